//! Secret material: the keys as they lie at rest, one file (and on AWS one secret) per kind, so that a function
//! holds only what it needs.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::encoding::Pkcs8V1Der;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::entropy::Entropy;

/// A key of 256 bits, base64 at rest. Its `Debug` says nothing.
#[derive(Clone)]
pub struct KeyMaterial(Zeroizing<[u8; 32]>);

impl KeyMaterial {
    /// Key material of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for KeyMaterial {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("KeyMaterial(..)")
    }
}

impl Serialize for KeyMaterial {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(self.0.as_slice()))
    }
}

impl<'de> Deserialize<'de> for KeyMaterial {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let bytes = STANDARD.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
        bytes.try_into().map(Self::new).map_err(|_| serde::de::Error::custom("a key has 32 bytes"))
    }
}

/// `pepper`: what password hashes are keyed with, by version. The highest version hashes, all verify.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PepperMaterial {
    /// The peppers by version.
    pub versions: BTreeMap<u32, KeyMaterial>,
}

/// `sealing`: the ring that seals (and from which other keys are derived), and the lookup key, which stays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealingMaterial {
    /// The ring by number. The highest seals, all open.
    pub keys: BTreeMap<u32, KeyMaterial>,
    /// The key of the MACs that things are found or compared by.
    pub lookup: KeyMaterial,
}

/// `signing`: the RSA keys of access tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningMaterial {
    /// At least the current key.
    pub keys: Vec<SigningKey>,
}

/// One RSA key pair.
#[derive(Clone, Serialize, Deserialize)]
pub struct SigningKey {
    /// Where the key is in its life.
    pub state: SigningState,
    /// The private key: PKCS#8 (RFC 5958) in base64.
    pub pkcs8: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKey").field("state", &self.state).finish_non_exhaustive()
    }
}

/// The life of a signing key. A key is published two hours before it signs, because API Gateway's JWT authorizer
/// may keep a key set that long, and stays published until the last token it signed has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SigningState {
    /// Published, signs nothing yet.
    Next,
    /// Signs.
    Current,
    /// Signs no more; verifies.
    Previous,
}

/// Why secret material cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MaterialError {
    /// The file cannot be read.
    #[error("cannot read the secret {name}: {source}")]
    Unreadable {
        /// The secret's name.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// The content is not what the secret should hold. The cause is not shown: it may quote the content.
    #[error("the secret {0} does not have the expected form")]
    Malformed(String),
    /// A key cannot be used.
    #[error("the signing keys must be RSA keys of 2048 bits or more, exactly one of them current")]
    UnusableSigningKey,
}

/// Reads the secret `name` from a folder of JSON files.
pub(crate) fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, MaterialError> {
    let bytes = fs::read(folder.join(format!("{name}.json")))
        .map(Zeroizing::new)
        .map_err(|source| MaterialError::Unreadable { name: name.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|_| MaterialError::Malformed(name.to_owned()))
}

impl PepperMaterial {
    /// Fresh material with one version.
    pub fn generate(entropy: &Entropy) -> Self {
        Self { versions: BTreeMap::from([(1, KeyMaterial::new(entropy.bytes()))]) }
    }
}

impl SealingMaterial {
    /// Fresh material with one key.
    pub fn generate(entropy: &Entropy) -> Self {
        Self {
            keys: BTreeMap::from([(1, KeyMaterial::new(entropy.bytes()))]),
            lookup: KeyMaterial::new(entropy.bytes()),
        }
    }
}

impl SigningMaterial {
    /// Fresh material: one RSA key of 2048 bits, which signs at once.
    pub fn generate() -> Result<Self, MaterialError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| MaterialError::UnusableSigningKey)?;
        let der: Pkcs8V1Der = pair.as_der().map_err(|_| MaterialError::UnusableSigningKey)?;
        let key = SigningKey { state: SigningState::Current, pkcs8: STANDARD.encode(der.as_ref()) };
        Ok(Self { keys: vec![key] })
    }
}

/// Creates each secret that `folder` does not hold yet, readable by its owner only. Existing files stay as they
/// are: a new pepper would lock everybody out.
pub fn create_missing(folder: &Path) -> io::Result<()> {
    let entropy = Entropy::operating_system();
    fs::create_dir_all(folder)?;
    write_missing(folder, "pepper", || Ok(PepperMaterial::generate(&entropy)))?;
    write_missing(folder, "sealing", || Ok(SealingMaterial::generate(&entropy)))?;
    write_missing(folder, "signing", || SigningMaterial::generate().map_err(io::Error::other))
}

fn write_missing<T: Serialize>(folder: &Path, name: &str, make: impl FnOnce() -> io::Result<T>) -> io::Result<()> {
    let path = folder.join(format!("{name}.json"));
    if path.exists() {
        return Ok(());
    }
    let json = Zeroizing::new(serde_json::to_vec_pretty(&make()?)?);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Written beside and then renamed: a start that is interrupted leaves no half secret behind.
    let unfinished = folder.join(format!("{name}.json.new"));
    let _ = fs::remove_file(&unfinished);
    options.open(&unfinished)?.write_all(&json)?;
    fs::rename(unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_created_once_and_never_replaced() {
        let folder = std::env::temp_dir().join(format!("latchkey-secrets-{}", std::process::id()));
        create_missing(&folder).unwrap();
        let before = fs::read(folder.join("pepper.json")).unwrap();
        create_missing(&folder).unwrap();
        assert_eq!(fs::read(folder.join("pepper.json")).unwrap(), before);
        assert_eq!(read::<SigningMaterial>(&folder, "signing").unwrap().keys.len(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn debug_output_shows_no_key() {
        let shown = format!("{:?}", SealingMaterial::generate(&Entropy::operating_system()));
        assert!(shown.contains("KeyMaterial(..)"), "{shown}");
        assert!(!shown.contains("=="), "{shown}");
    }
}
