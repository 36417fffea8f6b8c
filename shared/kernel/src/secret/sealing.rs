//! Sealing: AES-256-GCM for what must be read again, such as the mail that waits in the outbox.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{FromSecret, Ring, SealingMaterial};
use crate::entropy::Entropy;
use crate::fault::SealingError;

/// A sealed value: the key's number, a random nonce of 96 bits, the ciphertext with its tag.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sealed {
    key: u32,
    nonce: String,
    ciphertext: String,
}

impl Sealed {
    /// The number of the key that sealed it.
    pub fn key(&self) -> u32 {
        self.key
    }
}

/// The ring of keys: the current one seals, all of them open.
pub struct Sealer {
    current: (u32, Aes256Gcm),
    ring: Ring,
}

impl FromSecret for Sealer {
    const NAME: &'static str = "sealing";

    fn from_secret(json: &[u8]) -> Option<Self> {
        Self::new(serde_json::from_slice(json).ok()?)
    }
}

impl Sealer {
    /// The ring made of this material; none when no key of it is in use.
    pub fn new(material: SealingMaterial) -> Option<Self> {
        let (number, key) = material.ring.current()?;
        let current = (number, cipher(key.expose()));
        Some(Self { current, ring: material.ring })
    }

    /// The number of the key that seals.
    pub fn current_key(&self) -> u32 {
        self.current.0
    }

    /// Seals anew, with the current key, what an older one sealed for the same holder. None if the current one did.
    pub fn reseal(&self, sealed: &Sealed, holder: &[u8], entropy: &Entropy) -> Result<Option<Sealed>, SealingError> {
        if sealed.key == self.current.0 {
            return Ok(None);
        }
        Ok(Some(self.seal(&self.open(sealed, holder)?, holder, entropy)))
    }

    /// Seals `plain`; it opens only with the same `holder` (the id of the item it lies in).
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "AES-GCM refuses only what is longer than 64 GB"
    )]
    pub fn seal(&self, plain: &[u8], holder: &[u8], entropy: &Entropy) -> Sealed {
        let nonce: [u8; 12] = entropy.bytes();
        let (key, cipher) = &self.current;
        let ciphertext = cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: holder })
            .expect("AES-GCM refuses only what is longer than 64 GB");
        Sealed { key: *key, nonce: STANDARD.encode(nonce), ciphertext: STANDARD.encode(ciphertext) }
    }

    /// Opens what [`Sealer::seal`] sealed for the same holder.
    pub fn open(&self, sealed: &Sealed, holder: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        let nonce: [u8; 12] =
            STANDARD.decode(&sealed.nonce).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(SealingError::Damaged)?;
        let ciphertext = STANDARD.decode(&sealed.ciphertext).map_err(|_| SealingError::Damaged)?;
        let key = self.ring.get(sealed.key).ok_or(SealingError::UnknownKey(sealed.key))?;
        cipher(key.expose())
            .decrypt(&Nonce::from(nonce), Payload { msg: &ciphertext, aad: holder })
            .map(Zeroizing::new)
            .map_err(|_| SealingError::Damaged)
    }
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(&(*key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(numbers: &[u32]) -> Sealer {
        Sealer::new(SealingMaterial { ring: Ring::of(numbers) }).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_for_its_holder_only_and_after_a_rotation() {
        let entropy = Entropy::operating_system();
        let sealed = sealer(&[1]).seal(b"a code", b"item one", &entropy);
        assert_eq!(sealer(&[1, 2]).open(&sealed, b"item one").unwrap().as_slice(), b"a code");
        assert!(matches!(sealer(&[1]).open(&sealed, b"item two"), Err(SealingError::Damaged)));
        assert!(matches!(sealer(&[2]).open(&sealed, b"item one"), Err(SealingError::UnknownKey(1))));
    }

    #[test]
    fn what_is_sealed_anew_opens_without_the_key_that_sealed_it_first() {
        let entropy = Entropy::operating_system();
        let sealed = sealer(&[1]).seal(b"a code", b"item one", &entropy);
        let anew = sealer(&[1, 2]).reseal(&sealed, b"item one", &entropy).unwrap().unwrap();
        assert_eq!(sealer(&[2]).open(&anew, b"item one").unwrap().as_slice(), b"a code");
        assert!(sealer(&[1, 2]).reseal(&anew, b"item one", &entropy).unwrap().is_none(), "once is enough");
        assert!(matches!(sealer(&[1, 2]).reseal(&sealed, b"item two", &entropy), Err(SealingError::Damaged)));
    }
}
