//! Password hashing: Argon2id (RFC 9106) over HMAC-SHA-256(pepper, password).
//!
//! The parameters are OWASP's (Password Storage Cheat Sheet): 19,456 KiB, two passes, one lane. The pepper lies
//! apart from the table, so a stolen table alone cannot be guessed against. Hashing runs on the blocking pool, so
//! that store calls go on beside it, and over one block of memory that is kept: a fresh one per hash grows the
//! process tenfold.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::Password;
use super::imported_hash::{ImportRefused, ImportedHash, Recipe};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::secret::{Digest, Held, KeyMaterial, Pepper, mac};

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT: usize = 16;
const OUTPUT: usize = 32;

/// A stored password: a hash, how it is computed, and the number of the pepper it was made with. `Debug` shows none
/// of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct HashedPassword {
    #[serde(flatten)]
    hash: Hash,
    pepper: u32,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Hash {
    /// Ours: a PHC string.
    Ours { phc: String },
    /// Another system's, keyed with our pepper: without it the table is as little worth to a thief as with ours.
    Imported { recipe: Recipe, length: usize, keyed: Digest },
}

impl std::fmt::Debug for HashedPassword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("HashedPassword(..)")
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Another password, or none to compare with.
    Wrong,
    /// The password.
    Right,
    /// The password, but stored with other parameters or an older pepper: hash it anew.
    RightButOutdated,
}

/// Hashes and compares passwords. Cheap to clone.
#[derive(Clone)]
pub struct PasswordHasher(Arc<Inner>);

struct Inner {
    pepper: Held<Pepper>,
    entropy: Entropy,
    memory: Mutex<Vec<Block>>,
    count: AtomicU64,
}

/// A hash cannot be computed: something is wrong with what is stored, or with this process.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed: {0}")]
struct HashingError(&'static str);

impl From<HashingError> for Fault {
    fn from(error: HashingError) -> Self {
        Self::internal(error)
    }
}

/// Why a hash of another system is not taken over.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    /// It is not one that is recognised.
    #[error(transparent)]
    Refused(#[from] ImportRefused),
    /// It could not be hashed anew.
    #[error(transparent)]
    Failed(#[from] Fault),
}

const DIED: HashingError = HashingError("the hashing thread died");
const IMPOSSIBLE_PEPPER: HashingError = HashingError("the pepper's version is not in the secret");

/// What a comparison needs of a stored password.
struct Expected {
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl PasswordHasher {
    /// A hasher with this pepper.
    pub fn new(pepper: Held<Pepper>, entropy: Entropy) -> Self {
        Self(Arc::new(Inner { pepper, entropy, memory: Mutex::default(), count: AtomicU64::new(0) }))
    }

    /// Takes over a hash that another system made; [`Verdict::RightButOutdated`] is the best that is ever said of it.
    pub async fn take_over(&self, text: &str) -> Result<HashedPassword, TakeOverError> {
        let ImportedHash { recipe, output } = ImportedHash::parse(text)?;
        let (pepper, key) = self.current_pepper().await?;
        let hash = Hash::Imported { recipe, length: output.len(), keyed: keyed(&key, &output) };
        Ok(HashedPassword { hash, pepper })
    }

    /// Hashes a password that is to be stored.
    pub async fn hash(&self, password: Password) -> Result<HashedPassword, Fault> {
        let salt: [u8; SALT] = self.0.entropy.bytes();
        let (pepper, key) = self.current_pepper().await?;
        let output = self.compute(password, key, current_params()?, salt.to_vec(), OUTPUT).await?;
        let (salt, output) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(output));
        let phc = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${output}");
        Ok(HashedPassword { hash: Hash::Ours { phc }, pepper })
    }

    /// Compares a password with a stored one. Without one it does the same work and finds it wrong, so that the
    /// time tells nothing of whether there is an account.
    pub async fn verify(&self, password: Password, stored: Option<&HashedPassword>) -> Result<Verdict, Fault> {
        let expected = match stored.map(|stored| (&stored.hash, stored.pepper)) {
            Some((Hash::Ours { phc }, _)) => Expected::read(phc)?,
            Some((Hash::Imported { recipe, length, keyed }, pepper)) => {
                return self.verify_imported(password, (recipe, *length, *keyed), pepper).await;
            }
            None => Expected { params: current_params()?, salt: vec![0; SALT], output: vec![0; OUTPUT] },
        };
        let (current_pepper, current_key) = self.current_pepper().await?;
        let key = match stored.filter(|stored| stored.pepper != current_pepper) {
            None => current_key,
            Some(other) => self.other_pepper(other.pepper).await?,
        };
        let output =
            self.compute(password, key, expected.params.clone(), expected.salt.clone(), expected.output.len()).await?;
        let same: bool = output.ct_eq(&expected.output).into();
        let Some(stored) = stored.filter(|_| same) else { return Ok(Verdict::Wrong) };
        let current = stored.pepper >= current_pepper
            && expected.params.m_cost() == MEMORY_KIB
            && expected.params.t_cost() == PASSES
            && expected.params.p_cost() == LANES
            && expected.salt.len() == SALT
            && expected.output.len() == OUTPUT;
        Ok(if current { Verdict::Right } else { Verdict::RightButOutdated })
    }

    async fn verify_imported(
        &self,
        password: Password,
        (recipe, length, expected): (&Recipe, usize, Digest),
        pepper: u32,
    ) -> Result<Verdict, Fault> {
        let key = self.other_pepper(pepper).await?;
        self.0.count.fetch_add(1, Ordering::Relaxed);
        let recipe = recipe.clone();
        let work = move || recipe.compute(password.expose(), length);
        let output = tokio::task::spawn_blocking(work).await.map_err(|_| DIED)?;
        let output = output.ok_or(HashingError("the imported hash asks for what is not computed"))?;
        Ok(if keyed(&key, &output) == expected { Verdict::RightButOutdated } else { Verdict::Wrong })
    }

    /// How many hashes were computed so far: the work of an answer, which must not depend on whether an account
    /// exists.
    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::Relaxed)
    }

    /// The number and the key that new hashes are made with.
    async fn current_pepper(&self) -> Result<(u32, KeyMaterial), Fault> {
        let pepper = self.0.pepper.get().await?;
        let (number, key) = pepper.ring.current().ok_or(IMPOSSIBLE_PEPPER)?;
        Ok((number, key.clone()))
    }

    /// The pepper of this number. One that is not known may be newer than what this environment read last.
    async fn other_pepper(&self, number: u32) -> Result<KeyMaterial, Fault> {
        if let Some(key) = self.0.pepper.get().await?.ring.get(number) {
            return Ok(key.clone());
        }
        self.0.pepper.read().await?.ring.get(number).cloned().ok_or(IMPOSSIBLE_PEPPER.into())
    }

    async fn compute(
        &self,
        password: Password,
        pepper: KeyMaterial,
        params: Params,
        salt: Vec<u8>,
        length: usize,
    ) -> Result<Vec<u8>, Fault> {
        let inner = Arc::clone(&self.0);
        let work = move || inner.compute(&password, &pepper, params, &salt, length);
        tokio::task::spawn_blocking(work).await.map_err(|_| DIED)?
    }
}

impl Inner {
    fn compute(
        &self,
        password: &Password,
        pepper: &KeyMaterial,
        params: Params,
        salt: &[u8],
        length: usize,
    ) -> Result<Vec<u8>, Fault> {
        self.count.fetch_add(1, Ordering::Relaxed);
        let keyed = Zeroizing::new(mac(pepper.expose(), &[b"password/v1", password.expose().as_bytes()]));
        let blocks = params.block_count();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut output = vec![0; length];
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() < blocks {
            memory.resize(blocks, Block::default());
        }
        let memory = memory.get_mut(..blocks).ok_or(HashingError("no memory"))?;
        argon2
            .hash_password_into_with_memory(keyed.as_slice(), salt, &mut output, memory)
            .map_err(|_| HashingError("Argon2 refuses the parameters"))?;
        Ok(output)
    }
}

impl Expected {
    fn read(phc: &str) -> Result<Self, Fault> {
        const UNREADABLE: HashingError = HashingError("the stored hash is no PHC string of Argon2id");
        let hash = password_hash::phc::PasswordHash::new(phc).map_err(|_| UNREADABLE)?;
        if hash.algorithm.as_str() != "argon2id" || hash.version != Some(0x13) {
            return Err(UNREADABLE.into());
        }
        let params = Params::try_from(&hash).map_err(|_| UNREADABLE)?;
        let salt = hash.salt.ok_or(UNREADABLE)?;
        let output = hash.hash.ok_or(UNREADABLE)?;
        Ok(Self { params, salt: salt.as_ref().to_vec(), output: output.as_bytes().to_vec() })
    }
}

/// What is stored of an imported hash: a MAC under the pepper, in the type whose comparison takes constant time.
fn keyed(pepper: &KeyMaterial, output: &[u8]) -> Digest {
    Digest::of(&mac(pepper.expose(), &[b"imported-password/v1", output]))
}

fn current_params() -> Result<Params, Fault> {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT))
        .map_err(|_| HashingError("Argon2 refuses the parameters").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use latchkey_kernel::secret::Ring;
    use serde_json::json;

    fn hasher(numbers: &[u32]) -> PasswordHasher {
        let key = |number: &u32| {
            let (key, then) = (STANDARD.encode([u8::try_from(*number).unwrap(); 32]), "1970-01-01T00:00:00Z");
            json!({ "key": key, "added_at": then, "used_from": then })
        };
        let keys: serde_json::Map<_, _> = numbers.iter().map(|number| (number.to_string(), key(number))).collect();
        let ring: Ring = serde_json::from_value(json!({ "keys": keys })).unwrap();
        PasswordHasher::new(Held::of(Pepper { ring }), Entropy::operating_system())
    }

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_recognised_and_stored_with_the_parameters_of_the_standard() {
        let hasher = hasher(&[1]);
        let stored = hasher.hash(password("correct horse")).await.unwrap();
        let Hash::Ours { phc } = &stored.hash else { panic!("not ours") };
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_eq!(hasher.verify(password("correct horse"), Some(&stored)).await.unwrap(), Verdict::Right);
        assert_eq!(hasher.verify(password("correct house"), Some(&stored)).await.unwrap(), Verdict::Wrong);
        assert_eq!(hasher.verify(password("correct horse"), None).await.unwrap(), Verdict::Wrong);
        assert_eq!(hasher.count(), 4);
    }

    #[tokio::test]
    async fn without_the_pepper_the_right_password_does_not_verify() {
        let stored = hasher(&[1]).hash(password("correct horse")).await.unwrap();
        let mut other = stored.clone();
        other.pepper = 2;
        assert_eq!(hasher(&[2]).verify(password("correct horse"), Some(&other)).await.unwrap(), Verdict::Wrong);
        assert!(hasher(&[2]).verify(password("correct horse"), Some(&stored)).await.is_err());
    }

    #[tokio::test]
    async fn an_imported_hash_is_recognised_with_its_pepper_only_and_asks_for_a_new_one() {
        const BCRYPT: &str = "$2b$04$CCCCCCCCCCCCCCCCCCCCC.0uP/2zHIr81tVya45gVnDFLBmqu9l4W";
        let right = || password("correct horse battery staple");
        let stored = hasher(&[1]).take_over(BCRYPT).await.unwrap();
        let kept = serde_json::to_string(&stored).unwrap();
        assert!(!kept.contains("0uP/2zHIr81tVya45gVnDFLBmqu9l4W"), "{kept}");
        let stored: HashedPassword = serde_json::from_str(&kept).unwrap();
        for numbers in [&[1][..], &[1, 2]] {
            let hasher = hasher(numbers);
            assert_eq!(hasher.verify(right(), Some(&stored)).await.unwrap(), Verdict::RightButOutdated);
            assert_eq!(hasher.verify(password("another"), Some(&stored)).await.unwrap(), Verdict::Wrong);
            assert_eq!(hasher.count(), 2);
        }
        let other = HashedPassword { pepper: 2, ..stored };
        assert_eq!(hasher(&[2]).verify(right(), Some(&other)).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn an_older_pepper_asks_for_a_new_hash() {
        let stored = hasher(&[1]).hash(password("correct horse")).await.unwrap();
        assert_eq!(
            hasher(&[1, 2]).verify(password("correct horse"), Some(&stored)).await.unwrap(),
            Verdict::RightButOutdated
        );
    }
}
