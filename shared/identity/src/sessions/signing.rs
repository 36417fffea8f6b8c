//! The RSA keys of access tokens at rest, their life, and the one that signs.
//!
//! ```text
//!  next -------- 3 hours -------> current ------------------> previous ------- 2 hours -------> gone
//!  published, signs nothing       signs                       its private half is gone,
//!                                                             the public one verifies
//! ```
//!
//! API Gateway's JWT authorizer may keep a key set for two hours, and a cache before it an hour more, so a key is
//! published that long before it signs. A previous key stays published for longer than the longest life of a token, an
//! hour. (Secrets Manager keeps the version before the last write, with the private half in it, until the next one.)
//!
//! Why RSA: docs/decisions/rs256.md. Why no library signs: docs/decisions/own-token-signing.md.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::jwk::{Jwk, KeySet};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::secret::FromSecret;

/// `signing`: the keys that have a private half, and what is left of the one before.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningMaterial {
    current: PrivateKey,
    next: Option<PrivateKey>,
    previous: Option<RetiredKey>,
}

/// A key pair and since when it is what it is. `Debug` shows no key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivateKey {
    since: Timestamp,
    /// PKCS#8 (RFC 5958) in base64.
    pkcs8: String,
    public: Jwk,
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (since, kid) = (&self.since, &self.public.kid);
        formatter.debug_struct("PrivateKey").field("since", since).field("kid", kid).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetiredKey {
    since: Timestamp,
    public: Jwk,
}

/// What one call of [`SigningMaterial::rotate`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningStep {
    /// A next key was made; it is published and signs nothing yet.
    Published,
    /// The next key signs from now on.
    Promoted,
    /// The previous key is published no more.
    Retired,
    /// The next step may be taken from this instant on.
    NotBefore(Timestamp),
}

/// No RSA key can be made.
#[derive(Debug, thiserror::Error)]
#[error("an RSA key cannot be made")]
pub struct KeyGenerationFailed;

impl SigningMaterial {
    /// How long a key is published before it signs.
    pub const PUBLISHED_FOR: SignedDuration = SignedDuration::from_hours(3);
    /// How long a key is published after it has signed.
    pub const VERIFIES_FOR: SignedDuration = SignedDuration::from_hours(2);

    /// Fresh material: one RSA key of 2048 bits, which signs at once.
    pub fn generate(now: Timestamp) -> Result<Self, KeyGenerationFailed> {
        Ok(Self { current: PrivateKey::generate(now)?, next: None, previous: None })
    }

    /// What the secret `verifying` holds and JWKS shows.
    pub fn key_set(&self) -> KeySet {
        let next = self.next.iter().map(|key| &key.public);
        let previous = self.previous.iter().map(|key| &key.public);
        KeySet { keys: std::iter::once(&self.current.public).chain(next).chain(previous).cloned().collect() }
    }

    /// Takes the next step of a rotation, or begins one.
    pub fn rotate(&mut self, now: Timestamp) -> Result<SigningStep, KeyGenerationFailed> {
        if let Some(previous) = &self.previous {
            let ready_at = previous.since.plus(Self::VERIFIES_FOR);
            if now < ready_at {
                return Ok(SigningStep::NotBefore(ready_at));
            }
            self.previous = None;
            return Ok(SigningStep::Retired);
        }
        let Some(next) = self.next.take() else {
            self.next = Some(PrivateKey::generate(now)?);
            return Ok(SigningStep::Published);
        };
        let ready_at = next.since.plus(Self::PUBLISHED_FOR);
        if now < ready_at {
            self.next = Some(next);
            return Ok(SigningStep::NotBefore(ready_at));
        }
        let former = std::mem::replace(&mut self.current, PrivateKey { since: now, ..next });
        self.previous = Some(RetiredKey { since: now, public: former.public });
        Ok(SigningStep::Promoted)
    }

    /// The next key's wait begins anew: it was not published when it should have been.
    pub fn publish_again(&mut self, now: Timestamp) {
        if let Some(next) = &mut self.next {
            next.since = now;
        }
    }

    /// Replaces every key at once, for a key that others may hold. Whatever was signed with the old ones is refused.
    pub fn replace(&mut self, now: Timestamp) -> Result<(), KeyGenerationFailed> {
        *self = Self::generate(now)?;
        Ok(())
    }
}

impl PrivateKey {
    fn generate(now: Timestamp) -> Result<Self, KeyGenerationFailed> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyGenerationFailed)?;
        let der: Pkcs8V1Der = pair.as_der().map_err(|_| KeyGenerationFailed)?;
        let public = Jwk::of(&pair).ok_or(KeyGenerationFailed)?;
        Ok(Self { since: now, pkcs8: STANDARD.encode(der.as_ref()), public })
    }
}

/// The current key, parsed once and used for every signature. jsonwebtoken, which verifies, would parse it anew for each
/// (0.7 ms where this takes 0.25 ms), and what makes its signers is a plain function, which cannot hold a parsed key.
pub(super) struct TokenSigner {
    pair: KeyPair,
    /// Base64url of the header of every token.
    pub(super) header: String,
}

impl TokenSigner {
    /// RSASSA-PKCS1-v1_5 with SHA-256. The padding needs no randomness and the blinding's is the library's own, so
    /// nothing random reaches the token.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(signature)
    }
}

impl FromSecret for TokenSigner {
    const NAME: &'static str = "signing";

    fn from_secret(json: &[u8]) -> Option<Self> {
        let material: SigningMaterial = serde_json::from_slice(json).ok()?;
        let der = Zeroizing::new(STANDARD.decode(&material.current.pkcs8).ok()?);
        let pair = KeyPair::from_pkcs8(&der).ok()?;
        let public = Jwk::of(&pair).filter(|public| *public == material.current.public)?;
        let signer = Self { pair, header: super::access_token::header(&public.kid) };
        // The first signature of a key also sets up its blinding; better here than in somebody's first request.
        signer.sign(b"warm up")?;
        Some(signer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millisecond(minutes * 60_000).unwrap()
    }

    fn kids(material: &SigningMaterial) -> Vec<String> {
        material.key_set().keys.into_iter().map(|key| key.kid).collect()
    }

    #[test]
    fn a_key_is_published_before_it_signs_and_after_it_has_signed() {
        let mut material = SigningMaterial::generate(at(0)).unwrap();
        let first = kids(&material);
        assert_eq!(material.rotate(at(60)).unwrap(), SigningStep::Published);
        let both = kids(&material);
        assert_eq!((both.len(), &both[..1]), (2, first.as_slice()));
        assert_eq!(material.rotate(at(239)).unwrap(), SigningStep::NotBefore(at(240)));
        assert_eq!(material.rotate(at(240)).unwrap(), SigningStep::Promoted);
        let swapped = kids(&material);
        assert_eq!((&swapped[0], &swapped[1]), (&both[1], &both[0]));
        assert_eq!(material.rotate(at(359)).unwrap(), SigningStep::NotBefore(at(360)));
        assert_eq!(material.rotate(at(360)).unwrap(), SigningStep::Retired);
        assert_eq!(kids(&material), both[1..]);
    }

    #[test]
    fn nothing_of_a_previous_private_key_is_kept() {
        let mut material = SigningMaterial::generate(at(0)).unwrap();
        let private = material.current.pkcs8.clone();
        material.rotate(at(0)).unwrap();
        assert_eq!(material.rotate(at(180)).unwrap(), SigningStep::Promoted);
        assert!(!serde_json::to_string(&material).unwrap().contains(&private));
        assert!(!format!("{material:?}").contains(&material.current.pkcs8));
    }

    #[test]
    fn a_secret_whose_halves_do_not_fit_is_not_signed_with() {
        let mut material = SigningMaterial::generate(at(0)).unwrap();
        assert!(TokenSigner::from_secret(&serde_json::to_vec(&material).unwrap()).is_some());
        material.current.public = SigningMaterial::generate(at(0)).unwrap().current.public;
        assert!(TokenSigner::from_secret(&serde_json::to_vec(&material).unwrap()).is_none());
    }
}
