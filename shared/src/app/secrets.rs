//! The secrets of the application: which there are, how they come into being, and how an environment that lives for
//! hours follows their rotation.

use std::sync::PoisonError;

use jiff::SignedDuration;

use super::App;
use crate::clock::Timestamp;
use crate::entropy::Entropy;
use crate::secret::{FromSecret as _, Pepper, Sealer, SealingMaterial, SecretError, SecretSource};
use crate::sessions::{KeyGenerationFailed, SigningMaterial};

/// After how long secrets are read again, beside a request.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// After how long they are read again before a request: an environment that rested may have missed a rotation. Less
/// than the time for which a key is known before it is used.
const OUTDATED_AFTER: SignedDuration = SignedDuration::from_mins(8);
/// After how long reading them is tried again, when it failed.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// The secrets by name. Each function's policy allows it to read those that its code uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretName {
    /// What password hashes are keyed with.
    Pepper,
    /// What seals, derives refresh tokens, and looks things up.
    Sealing,
    /// The private keys of access tokens.
    Signing,
    /// Their public keys.
    Verifying,
}

impl SecretName {
    /// Every secret.
    pub const ALL: [Self; 4] = [Self::Pepper, Self::Sealing, Self::Signing, Self::Verifying];

    /// The name, as in `{prefix}/pepper` and `pepper.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pepper => Pepper::NAME,
            Self::Sealing => Sealer::NAME,
            Self::Signing => "signing",
            Self::Verifying => "verifying",
        }
    }
}

impl App {
    /// Opens the connection to the store and reads these secrets, all at once, before the first request. What fails
    /// is logged and tried again by the request that needs it.
    pub async fn warm_up(&self, secrets: &[SecretName]) {
        let (store, read) = tokio::join!(self.store.ping(), self.read_secrets(secrets));
        if let Err(error) = store {
            tracing::error!(%error, "the store could not be reached at start");
        }
        if let Err(error) = read {
            tracing::error!(%error, "a secret could not be read at start");
        }
    }

    /// Reads those of these secrets that were not read yet, at once.
    pub async fn read_secrets(&self, secrets: &[SecretName]) -> Result<(), SecretError> {
        let read = async |name: SecretName| match name {
            _ if !secrets.contains(&name) => Ok(()),
            SecretName::Pepper => self.passwords.pepper().get().await.map(drop),
            SecretName::Sealing => self.sealing.get().await.map(drop),
            SecretName::Signing => self.access_tokens.signing().get().await.map(drop),
            SecretName::Verifying => self.access_tokens.verifying().get().await.map(drop),
        };
        let [pepper, sealing, signing, verifying] = SecretName::ALL.map(read);
        let (pepper, sealing, signing, verifying) = tokio::join!(pepper, sealing, signing, verifying);
        pepper.and(sealing).and(signing).and(verifying)
    }

    /// Whether the secrets are too old for a request to be answered with them.
    pub fn secrets_are_outdated(&self, now: Timestamp) -> bool {
        let read_at = *self.secrets_read_at.lock().unwrap_or_else(PoisonError::into_inner);
        now.since(read_at) >= OUTDATED_AFTER
    }

    /// Reads the secrets that this process uses again, when they were read five minutes ago. What cannot be read stays
    /// as it was.
    pub async fn keep_secrets_fresh(&self, now: Timestamp) {
        {
            let mut read_at = self.secrets_read_at.lock().unwrap_or_else(PoisonError::into_inner);
            if now.since(*read_at) < STALE_AFTER {
                return;
            }
            *read_at = now;
        }
        let (pepper, sealing, signing, verifying) = tokio::join!(
            self.passwords.pepper().read_again(),
            self.sealing.read_again(),
            self.access_tokens.signing().read_again(),
            self.access_tokens.verifying().read_again(),
        );
        if !(pepper && sealing && signing && verifying) {
            let again = now.plus(TRY_AGAIN_AFTER - STALE_AFTER);
            *self.secrets_read_at.lock().unwrap_or_else(PoisonError::into_inner) = again;
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
/// lock everybody out.
pub async fn create_missing(
    source: &SecretSource,
    entropy: &Entropy,
    now: Timestamp,
) -> Result<Vec<SecretName>, CreateError> {
    let mut created = Vec::new();
    for name in SecretName::ALL {
        match source.read(name.name()).await {
            Ok(_) => continue,
            Err(SecretError::Missing(_)) => created.push(name),
            Err(error) => return Err(error.into()),
        }
        match name {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn secrets_are_created_once_and_never_replaced() {
        let folder = std::env::temp_dir().join(format!("latchkey-create-missing-{}", std::process::id()));
        let source = SecretSource::Folder(folder.clone());
        let entropy = Entropy::operating_system();
        let now = Timestamp::from_millisecond(0).unwrap();
        assert_eq!(create_missing(&source, &entropy, now).await.unwrap(), SecretName::ALL);
        let before = source.read("pepper").await.unwrap();
        std::fs::remove_file(folder.join("verifying.json")).unwrap();
        assert_eq!(create_missing(&source, &entropy, now).await.unwrap(), [SecretName::Verifying]);
        assert_eq!(source.read("pepper").await.unwrap(), before);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
