//! The symmetric secrets as they lie at rest, in JSON. The signing keys are the sessions' own
//! ([`crate::sessions::SigningMaterial`]).

use serde::{Deserialize, Serialize};

use super::{FromSecret, KeyMaterial, Ring};
use crate::clock::Timestamp;
use crate::entropy::Entropy;

/// `pepper`: what password hashes are keyed with. All keys verify, the current one hashes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pepper {
    /// The peppers. None is ever removed: who has not signed in since it was replaced is still hashed with it.
    pub ring: Ring,
}

/// `sealing`: what is stored sealed, the outbox and the secrets of authenticator apps, is sealed with this.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealingMaterial {
    /// The ring. The current key seals, all open.
    pub ring: Ring,
}

/// `macs`: what MACs are made with, those that people carry as tags of tokens and those that things are found by.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MacsMaterial {
    /// The ring that keys of tags are derived from: refresh tokens, CSRF tokens, cursors.
    pub ring: Ring,
    /// The key of the MACs that things are found or compared by. It stays.
    pub lookup: KeyMaterial,
}

/// `sealing` as it was when `macs` was part of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BothMaterials {
    ring: Ring,
    lookup: KeyMaterial,
}

impl Pepper {
    /// A fresh pepper.
    pub fn generate(entropy: &Entropy, now: Timestamp) -> Self {
        Self { ring: Ring::generate(entropy, now) }
    }
}

impl FromSecret for Pepper {
    const NAME: &'static str = "pepper";

    fn from_secret(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().filter(|pepper: &Self| pepper.ring.current().is_some())
    }
}

impl SealingMaterial {
    /// Fresh material.
    pub fn generate(entropy: &Entropy, now: Timestamp) -> Self {
        Self { ring: Ring::generate(entropy, now) }
    }
}

impl MacsMaterial {
    /// Fresh material.
    pub fn generate(entropy: &Entropy, now: Timestamp) -> Self {
        Self { ring: Ring::generate(entropy, now), lookup: KeyMaterial::new(entropy.bytes()) }
    }
}

/// The two secrets that an older `sealing` holds; none if it is not an older one. Tokens and codes stay good, since the
/// keys stay the same: `rotate-keys macs` is what makes them different from those that seal.
pub fn split_older_sealing(json: &[u8]) -> Option<(SealingMaterial, MacsMaterial)> {
    let BothMaterials { ring, lookup } = serde_json::from_slice(json).ok()?;
    Some((SealingMaterial { ring: ring.clone() }, MacsMaterial { ring, lookup }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_key() {
        let now = Timestamp::from_millisecond(0).unwrap();
        let shown = format!("{:?}", MacsMaterial::generate(&Entropy::operating_system(), now));
        assert!(shown.contains("KeyMaterial(..)"), "{shown}");
        assert!(!shown.contains("=="), "{shown}");
    }
}
