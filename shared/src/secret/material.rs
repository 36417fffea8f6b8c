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

/// `sealing`: the ring that seals (and from which other keys are derived), and the lookup key, which stays.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealingMaterial {
    /// The ring. The current key seals, all open.
    pub ring: Ring,
    /// The key of the MACs that things are found or compared by.
    pub lookup: KeyMaterial,
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
        Self { ring: Ring::generate(entropy, now), lookup: KeyMaterial::new(entropy.bytes()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_key() {
        let now = Timestamp::from_millisecond(0).unwrap();
        let shown = format!("{:?}", SealingMaterial::generate(&Entropy::operating_system(), now));
        assert!(shown.contains("KeyMaterial(..)"), "{shown}");
        assert!(!shown.contains("=="), "{shown}");
    }
}
