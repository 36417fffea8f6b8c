//! What another system would have computed of a password.

use std::num::NonZeroU32;

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;
use zeroize::Zeroizing;

use super::Recipe;

/// The most bytes of a password that bcrypt reads, the zero at its end included.
const BCRYPT_READS: usize = 72;
/// The bytes of a bcrypt hash that are stored.
const BCRYPT_STORED: usize = 23;

impl Recipe {
    /// The hash of `password`, of `length` bytes. None when the recipe asks for too much, or for what its algorithm
    /// does not know. Its memory is its own and given back: the block that our own hashes reuse must not grow by it.
    pub(in crate::accounts) fn compute(&self, password: &str, length: usize) -> Option<Vec<u8>> {
        self.check().ok()?;
        let mut output = vec![0; length];
        match self {
            Self::Bcrypt { cost, salt } => {
                output = bcrypt::bcrypt(*cost, salt.0.as_slice().try_into().ok()?, &as_bcrypt_reads(password)).to_vec();
                output.truncate(BCRYPT_STORED);
            }
            Self::Scrypt { log_n, r, p, salt } => {
                let params = scrypt::Params::new(*log_n, *r, *p).ok()?;
                scrypt::scrypt(password.as_bytes(), &salt.0, &params, &mut output).ok()?;
            }
            Self::FirebaseScrypt { log_n, r, salt, signer_key } => {
                let params = scrypt::Params::new(*log_n, *r, 1).ok()?;
                let mut key = Zeroizing::new([0; 32]);
                scrypt::scrypt(password.as_bytes(), &salt.0, &params, key.as_mut_slice()).ok()?;
                output.clone_from(&signer_key.0);
                encrypt(key.as_slice(), &mut output)?;
            }
            Self::Pbkdf2Sha256 { iterations, salt } => {
                let iterations = NonZeroU32::new(*iterations)?;
                pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt.0, password.as_bytes(), &mut output);
            }
            Self::Pbkdf2Sha1 { iterations, salt } => {
                let iterations = NonZeroU32::new(*iterations)?;
                pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA1, iterations, &salt.0, password.as_bytes(), &mut output);
            }
            Self::Argon2 { kind, version, memory_kib, passes, lanes, salt } => {
                let params = Params::new(*memory_kib, *passes, *lanes, Some(length)).ok()?;
                let argon2 = Argon2::new(Algorithm::new(kind).ok()?, Version::try_from(*version).ok()?, params);
                argon2.hash_password_into(password.as_bytes(), &salt.0, &mut output).ok()?;
            }
        }
        Some(output)
    }
}

/// The password as bcrypt reads it: a zero after it, and nothing past the 72nd byte. So the other system took any
/// password with the same first 72 bytes, and the first sign-in here does as well; whatever was typed is then hashed
/// as ours, in full.
fn as_bcrypt_reads(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.bytes().chain([0]).take(BCRYPT_READS).collect())
}

/// AES-256 in counter mode from zero, as Firebase has it. The key encrypts nothing else, so the counter may begin so.
fn encrypt(key: &[u8], text: &mut [u8]) -> Option<()> {
    let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_256, key).ok()?).ok()?;
    key.less_safe_encrypt(text, EncryptionContext::Iv128(FixedLength::from([0; 16]))).ok().map(drop)
}
