//! Password hashes that other systems made: enough to recognise a password once, after which it is hashed as ours.
//!
//! Recognised are bcrypt, scrypt, the scrypt of Firebase, Django's PBKDF2, and Argon2 without our pepper. Nothing is
//! ever hashed anew with them. What such a hash costs was chosen elsewhere, perhaps by somebody who wants a function
//! to stall: [`Recipe::check`] refuses what would take more than about a second or 128 MB, when a hash is taken over
//! and again when it is computed.
//!
//! A comparison takes as long as the other system wanted it to. So until such a person first signs in, the time of an
//! answer can tell that an account was taken over from elsewhere; no decoy could cost as much as each of them.

mod compute;
mod parse;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most bytes that scrypt may fill (128 · N · r), times its p: what OWASP asks for at its highest.
const MOST_SCRYPT: u64 = 128 * 1024 * 1024;
/// The most memory of Argon2, in KiB.
const MOST_ARGON2_KIB: u32 = 128 * 1024;
/// The most memory of Argon2, in KiB, times its passes: four over the most memory.
const MOST_ARGON2_WORK: u64 = 4 * MOST_ARGON2_KIB as u64;
/// The most iterations of PBKDF2. Django 6.1 takes 1.5 million.
const MOST_ITERATIONS: u32 = 2_000_000;
/// The costs of bcrypt: each one more doubles the time, and 14 takes about a second.
const BCRYPT_COSTS: std::ops::RangeInclusive<u32> = 4..=14;
/// The most bytes of a salt or a signer key.
const LONGEST_SALT: usize = 128;
/// The bytes that a hash may have.
const OUTPUT: std::ops::RangeInclusive<usize> = 16..=64;

/// A hash of another system: how it is computed, and what must come out.
#[derive(Debug)]
pub(super) struct ImportedHash {
    pub(super) recipe: Recipe,
    pub(super) output: Vec<u8>,
}

/// Why a hash of another system is not taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportRefused {
    /// It is none of the forms that are known, or damaged.
    #[error("this is no password hash of a known form")]
    Unknown,
    /// To compare with it would take too long, or too much memory.
    #[error("the hash asks for more work than a sign-in may cost")]
    TooCostly,
}

/// How another system hashes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Recipe {
    /// bcrypt (Provos and Mazières 1999) in the forms that handle every byte right: `2a`, `2b` and `2y`.
    Bcrypt { cost: u32, salt: Bytes },
    /// scrypt (RFC 7914).
    Scrypt { log_n: u8, r: u32, p: u32, salt: Bytes },
    /// Firebase's: what scrypt gives is the key under which the project's signer key is encrypted. `salt` is the
    /// person's with the project's separator.
    FirebaseScrypt { log_n: u8, r: u32, salt: Bytes, signer_key: Bytes },
    /// PBKDF2 (RFC 8018) over HMAC-SHA-256.
    Pbkdf2Sha256 { iterations: u32, salt: Bytes },
    /// PBKDF2 over HMAC-SHA-1, as older Django sites have it.
    Pbkdf2Sha1 { iterations: u32, salt: Bytes },
    /// Argon2 (RFC 9106), of its three kinds, in version 16 or 19.
    Argon2 { kind: String, version: u32, memory_kib: u32, passes: u32, lanes: u32, salt: Bytes },
}

impl Recipe {
    /// Whether it may be computed at all.
    fn check(&self) -> Result<(), ImportRefused> {
        let (affordable, salt) = match self {
            Self::Bcrypt { cost, salt } => (BCRYPT_COSTS.contains(cost), salt),
            Self::Scrypt { log_n, r, p, salt } => (is_affordable_scrypt(*log_n, *r, *p), salt),
            Self::FirebaseScrypt { log_n, r, salt, signer_key } => {
                (is_affordable_scrypt(*log_n, *r, 1) && signer_key.0.len() <= LONGEST_SALT, salt)
            }
            Self::Pbkdf2Sha256 { iterations, salt } | Self::Pbkdf2Sha1 { iterations, salt } => {
                ((1..=MOST_ITERATIONS).contains(iterations), salt)
            }
            Self::Argon2 { memory_kib, passes, lanes, salt, .. } => {
                let work = u64::from(*memory_kib) * u64::from(*passes);
                (*memory_kib <= MOST_ARGON2_KIB && work <= MOST_ARGON2_WORK && *lanes <= 64, salt)
            }
        };
        if affordable && salt.0.len() <= LONGEST_SALT { Ok(()) } else { Err(ImportRefused::TooCostly) }
    }
}

fn is_affordable_scrypt(log_n: u8, r: u32, p: u32) -> bool {
    let filled = 1_u64.checked_shl(log_n.into()).and_then(|n| n.checked_mul(128)?.checked_mul(r.into()));
    filled.and_then(|filled| filled.checked_mul(p.into())).is_some_and(|work| work <= MOST_SCRYPT)
}

/// Bytes, base64 at rest.
#[derive(Clone)]
pub(super) struct Bytes(Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Bytes(..)")
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}
