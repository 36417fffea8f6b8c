//! Fetching the newest database from MaxMind into the bucket: once a week, if the owner has an account there.

use super::{ArchiveError, Database, DatabaseError, DownloadError, KEY, MaxMind, archive};
use crate::bucket::Bucket;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::secret::{Providers, SecretSource};
use crate::telemetry::{Metrics, metrics};

/// What an update needs.
#[derive(Clone)]
pub struct Update {
    /// Where the account is kept.
    pub secrets: SecretSource,
    /// Where the database is fetched from.
    pub maxmind: MaxMind,
    /// Where it is put; none if this deployment has no bucket.
    pub bucket: Option<Bucket>,
    /// Counts.
    pub metrics: Metrics,
}

/// What an update did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updated {
    /// Nothing: no account with MaxMind, or no bucket.
    NotConfigured,
    /// Nothing: the bucket has what MaxMind publishes.
    Unchanged,
    /// A new database lies in the bucket.
    Replaced,
}

/// Why there is no new database. The one in the bucket stays.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
    /// Nothing could be downloaded.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// What was downloaded has no database in it.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// What was downloaded is no database of cities.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Update {
    /// Puts the newest database into the bucket, unless it is there: 1 `GetSecretValue`, 1 `HeadObject`, 1 or 2 requests
    /// to MaxMind for the digest; if it differs, as many for the archive and 1 `PutObject`.
    pub async fn run(&self, now: Timestamp) -> Result<Updated, UpdateError> {
        let done = self.fetch().await;
        match &done {
            Ok(Updated::Replaced) => self.metrics.count(metrics::PLACES_UPDATED, now),
            Ok(_) => {}
            Err(_) => self.metrics.count(metrics::PLACES_UPDATE_FAILED, now),
        }
        done
    }

    async fn fetch(&self) -> Result<Updated, UpdateError> {
        let account = self
            .secrets
            .read_if_there::<Providers>()
            .await
            .map_err(Fault::from)?
            .and_then(|providers| providers.maxmind);
        let (Some(account), Some(bucket)) = (account, &self.bucket) else { return Ok(Updated::NotConfigured) };
        let (there, published) = tokio::join!(bucket.find(KEY), self.maxmind.digest(&account));
        let (there, published) = (there.map_err(Fault::from)?, published?);
        if there.and_then(|object| object.source_sha256).as_ref() == Some(&published) {
            return Ok(Updated::Unchanged);
        }
        let database = archive::database(&self.maxmind.archive(&account, &published).await?)?;
        Database::open(database.clone())?;
        bucket.write(KEY, database, &published).await.map_err(Fault::from)?;
        Ok(Updated::Replaced)
    }
}
