//! The secrets of the application: which there are, how they come into being, and how an environment that lives for
//! hours follows their rotation.

use std::sync::{MutexGuard, PoisonError};

use jiff::SignedDuration;

use super::App;
use crate::clock::Timestamp;
use crate::entropy::Entropy;
use crate::fault::Fault;
use crate::secret::{
    FromSecret as _, Macs, MacsMaterial, Pepper, Sealer, SealingMaterial, SecretError, SecretSource,
    split_older_sealing,
};
use crate::sessions::{KeyGenerationFailed, SigningMaterial};
use crate::telemetry::chain;

/// After how long secrets are read again, beside a request.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// After how long they are read again before a request: an environment that rested may have missed a rotation. Less
/// than the time for which a key is known before it is used.
const OUTDATED_AFTER: SignedDuration = SignedDuration::from_mins(8);
/// After how long reading them is tried again, when it failed.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// For how long what was read serves while it cannot be read again. After that nothing is done with it: keys may have
/// been retired since.
pub const SERVE_FOR: SignedDuration = SignedDuration::from_hours(24);

/// When the secrets of a process were read.
pub(super) struct ReadAt {
    /// When they were read, or what would make the next try due when that failed.
    tried: Timestamp,
    /// When all of them were read the last time.
    done: Timestamp,
}

impl ReadAt {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { tried: now, done: now }
    }
}

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

impl App {
    /// Opens the connection to the store and reads these secrets, all at once, before the first request. What fails
    /// is logged and tried again by the request that needs it.
    pub async fn warm_up(&self, secrets: &[SecretName]) {
        let (store, read) = tokio::join!(self.store.ping(), self.read_secrets(secrets));
        if let Err(error) = store {
            tracing::error!(error = chain(&error), "the store could not be reached at start");
        }
        if let Err(error) = read {
            tracing::error!(error = chain(&error), "a secret could not be read at start");
        }
    }

    /// Reads those of these secrets that were not read yet, at once.
    pub async fn read_secrets(&self, secrets: &[SecretName]) -> Result<(), Fault> {
        let read = async |name: SecretName| match name {
            _ if !secrets.contains(&name) => Ok(()),
            SecretName::Macs => self.macs.get().await.map(drop),
            SecretName::Pepper => self.passwords.pepper().get().await.map(drop),
            SecretName::Sealing => self.sealing.get().await.map(drop),
            SecretName::Signing => self.access_tokens.signing().get().await.map(drop),
            SecretName::Verifying => self.access_tokens.verifying().get().await.map(drop),
        };
        let [macs, pepper, sealing, signing, verifying] = SecretName::ALL.map(read);
        let (macs, pepper, sealing, signing, verifying) = tokio::join!(macs, pepper, sealing, signing, verifying);
        macs.and(pepper).and(sealing).and(signing).and(verifying)
    }

    /// Whether the secrets are too old for a request to be answered with them before they were tried to be read again.
    pub fn secrets_are_outdated(&self, now: Timestamp) -> bool {
        now.since(self.read_at().tried) >= OUTDATED_AFTER || self.secrets_are_expired(now)
    }

    /// Whether the secrets are so old that nothing may be done with them any more.
    pub fn secrets_are_expired(&self, now: Timestamp) -> bool {
        now.since(self.read_at().done) >= SERVE_FOR
    }

    fn read_at(&self) -> MutexGuard<'_, ReadAt> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the secrets that this process uses again, when they were read five minutes ago. What cannot be read stays
    /// as it was.
    pub async fn keep_secrets_fresh(&self, now: Timestamp) {
        {
            let mut read_at = self.read_at();
            if now.since(read_at.tried) < STALE_AFTER {
                return;
            }
            read_at.tried = now;
        }
        let (macs, pepper, sealing, signing, verifying) = tokio::join!(
            self.macs.read_again(),
            self.passwords.pepper().read_again(),
            self.sealing.read_again(),
            self.access_tokens.signing().read_again(),
            self.access_tokens.verifying().read_again(),
        );
        if macs && pepper && sealing && signing && verifying {
            self.read_at().done = now;
        } else {
            self.read_at().tried = now.plus(TRY_AGAIN_AFTER - STALE_AFTER);
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
