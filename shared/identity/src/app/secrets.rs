//! The secrets of the application: which there are, and how they are created.

use crate::sessions::{KeyGenerationFailed, SigningMaterial};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::secret::{
    FromSecret as _, Macs, MacsMaterial, Pepper, Sealer, SealingMaterial, SecretError, SecretSource,
    split_older_sealing,
};

/// The secrets by name. Each function's policy allows it to read those that its code uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretName {
    /// What tags of tokens derive from, and things are looked up by.
    Macs,
    /// What password hashes are keyed with.
    Pepper,
    /// What seals.
    Sealing,
    /// The private keys of access tokens.
    Signing,
    /// Their public keys.
    Verifying,
}

impl SecretName {
    /// Every secret.
    pub const ALL: [Self; 5] = [Self::Macs, Self::Pepper, Self::Sealing, Self::Signing, Self::Verifying];

    /// The name, as in `{prefix}/pepper` and `pepper.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Macs => Macs::NAME,
            Self::Pepper => Pepper::NAME,
            Self::Sealing => Sealer::NAME,
            Self::Signing => "signing",
            Self::Verifying => "verifying",
        }
    }
}

/// Why secrets could not be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The place where they rest.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The RSA key.
    #[error(transparent)]
    Key(#[from] KeyGenerationFailed),
}

/// Creates each secret that has no value yet, and names those. Existing ones stay as they are: a new pepper would
/// lock everybody out. Of an older installation `sealing` becomes two.
pub async fn create_missing(
    source: &SecretSource,
    entropy: &Entropy,
    now: Timestamp,
) -> Result<Vec<SecretName>, CreateError> {
    let mut created = Vec::new();
    created.extend(split_sealing(source).await?);
    for name in SecretName::ALL {
        match source.read(name.name()).await {
            Ok(_) => continue,
            Err(SecretError::Missing(_)) => created.push(name),
            Err(error) => return Err(error.into()),
        }
        match name {
            SecretName::Macs => source.write_json(name.name(), &MacsMaterial::generate(entropy, now)).await?,
            SecretName::Pepper => source.write_json(name.name(), &Pepper::generate(entropy, now)).await?,
            SecretName::Sealing => source.write_json(name.name(), &SealingMaterial::generate(entropy, now)).await?,
            SecretName::Signing => source.write_json(name.name(), &SigningMaterial::generate(now)?).await?,
            SecretName::Verifying => {
                let signing: SigningMaterial = source.read_json(SecretName::Signing.name()).await?;
                source.write_json(name.name(), &signing.key_set()).await?;
            }
        }
    }
    Ok(created)
}

/// Gives what `macs` holds today its own secret, where an older `sealing` holds it. `macs` is written first: who is cut
/// off in between is done by the next run.
async fn split_sealing(source: &SecretSource) -> Result<Option<SecretName>, SecretError> {
    let json = match source.read(SecretName::Sealing.name()).await {
        Ok(json) => json,
        Err(SecretError::Missing(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some((sealing, macs)) = split_older_sealing(&json) else { return Ok(None) };
    let created = match source.read(SecretName::Macs.name()).await {
        Ok(_) => None,
        Err(SecretError::Missing(_)) => {
            source.write_json(SecretName::Macs.name(), &macs).await?;
            Some(SecretName::Macs)
        }
        Err(error) => return Err(error),
    };
    source.write_json(SecretName::Sealing.name(), &sealing).await?;
    Ok(created)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> (SecretSource, std::path::PathBuf) {
        let folder = std::env::temp_dir().join(format!("latchkey-{name}-{}", std::process::id()));
        (SecretSource::Folder(folder.clone()), folder)
    }

    fn now() -> Timestamp {
        Timestamp::from_millisecond(0).unwrap()
    }

    #[tokio::test]
    async fn secrets_are_created_once_and_never_replaced() {
        let (source, folder) = source("create-missing");
        let entropy = Entropy::operating_system();
        assert_eq!(create_missing(&source, &entropy, now()).await.unwrap(), SecretName::ALL);
        let before = source.read("pepper").await.unwrap();
        std::fs::remove_file(folder.join("verifying.json")).unwrap();
        assert_eq!(create_missing(&source, &entropy, now()).await.unwrap(), [SecretName::Verifying]);
        assert_eq!(source.read("pepper").await.unwrap(), before);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn an_older_sealing_becomes_two_secrets_with_the_same_keys() {
        let (source, folder) = source("split-sealing");
        let entropy = Entropy::operating_system();
        // The form of today's `macs` is that of yesterday's `sealing`.
        source.write_json("sealing", &MacsMaterial::generate(&entropy, now())).await.unwrap();
        let older = source.read("sealing").await.unwrap();
        assert!(matches!(source.read_as::<Sealer>().await, Err(SecretError::Malformed(_))));
        let created = create_missing(&source, &entropy, now()).await.unwrap();
        assert!(created.contains(&SecretName::Macs) && !created.contains(&SecretName::Sealing), "{created:?}");
        assert_eq!(source.read("macs").await.unwrap(), older);
        source.read_as::<Sealer>().await.unwrap();
        let sealing = source.read("sealing").await.unwrap();

        // A run that ended between the two writes is made good by the next.
        source.write("sealing", &older).await.unwrap();
        create_missing(&source, &entropy, now()).await.unwrap();
        assert_eq!(source.read("sealing").await.unwrap(), sealing);
        assert!(create_missing(&source, &entropy, now()).await.unwrap().is_empty());
        assert_eq!(source.read("macs").await.unwrap(), older);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
