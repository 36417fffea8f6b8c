//! The keys of MACs: those of tags, which people carry, and the one by which things are looked up.
//!
//! A tag (of a refresh token, a CSRF token, a cursor) is made with the current key of a ring and lives no longer than a
//! session can. So a key that was replaced longer ago than that has no honest tag left, and who copied it then can make
//! none today. The lookup key cannot rotate with them: what it made could not be found again.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{FromSecret, MacsMaterial, Ring, mac};
use crate::clock::Timestamp;

/// The secret `macs`.
pub struct Macs {
    ring: Ring,
    lookup: Zeroizing<[u8; 32]>,
}

impl FromSecret for Macs {
    const NAME: &'static str = "macs";

    fn from_secret(json: &[u8]) -> Option<Self> {
        Self::new(serde_json::from_slice(json).ok()?)
    }
}

impl Macs {
    /// The keys of this material; none when no key of its ring is in use.
    pub fn new(material: MacsMaterial) -> Option<Self> {
        material.ring.current()?;
        Some(Self { ring: material.ring, lookup: Zeroizing::new(*material.lookup.expose()) })
    }

    /// The key under which codes and looked-up names are authenticated.
    pub fn lookup_key(&self) -> &[u8; 32] {
        &self.lookup
    }
}

/// The keys of the tags that may still be good.
pub struct TagKeys {
    macs: Arc<Macs>,
    since: Timestamp,
}

impl TagKeys {
    /// The keys of tags that were made at `since` or later.
    pub fn new(macs: Arc<Macs>, since: Timestamp) -> Self {
        Self { macs, since }
    }

    /// The keys of tags for one purpose, the one for new tags first.
    pub fn derive(&self, purpose: &str) -> Vec<Zeroizing<[u8; 32]>> {
        let keys = self.macs.ring.keys_since(self.since);
        keys.map(|key| Zeroizing::new(mac(key.expose(), &[b"derive/v1", purpose.as_bytes()]))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::KeyMaterial;
    use super::*;

    fn tags(numbers: &[u32]) -> TagKeys {
        let macs = Macs::new(MacsMaterial { ring: Ring::of(numbers), lookup: KeyMaterial::new([9; 32]) }).unwrap();
        TagKeys::new(Arc::new(macs), Timestamp::from_millisecond(0).unwrap())
    }

    #[test]
    fn keys_of_tags_come_current_first_and_differ_by_purpose() {
        let both = tags(&[1, 2]).derive("refresh/v1");
        assert_eq!(both.len(), 2);
        assert_eq!(both.first(), tags(&[2]).derive("refresh/v1").first());
        assert_ne!(both, tags(&[1, 2]).derive("cursor/v1"));
    }
}
