//! What every handler receives: the configuration, the store, and what makes and checks secrets.

mod secrets;
mod start;

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use secrets::ReadAt;
pub use secrets::{SERVE_FOR, SecretName, create_missing};
pub use start::{StartError, start_scheduled};

use crate::accounts::{PasswordHasher, PasswordPolicy};
use crate::bucket::{Bucket, Reader};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::dynamo::Store;
use crate::entropy::Entropy;
use crate::fault::Fault;
use crate::geo::Places;
use crate::http::rate::Leases;
use crate::outbound::Outbound;
use crate::secret::{Held, Macs, Sealer, SecretSource, TagKeys};
use crate::sessions::{AccessTokens, RefreshTokens};
use crate::social::Providers;
use crate::telemetry::Metrics;

/// The application, as handlers see it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What the application asks of others.
pub struct Outside {
    /// The bucket, if the deployment has one.
    pub bucket: Option<Bucket>,
    /// What reads the database of places from it.
    pub places: Option<Reader>,
    /// How other services are asked.
    pub outbound: Outbound,
}

/// The parts of an [`App`].
pub struct Parts {
    /// The configuration.
    pub config: Config,
    /// The two tables.
    pub store: Store,
    /// Randomness and ids.
    pub entropy: Entropy,
    /// Hashes passwords.
    pub passwords: PasswordHasher,
    /// Judges passwords.
    pub password_policy: PasswordPolicy,
    /// Issues and verifies access tokens.
    pub access_tokens: AccessTokens,
    /// Who else can say who a person is.
    pub providers: Providers,
    /// The bucket, if the deployment has one.
    pub bucket: Option<Bucket>,
    /// Where addresses are.
    pub places: Places,
    /// Counts.
    pub metrics: Metrics,
    /// What this environment may admit of large limits by itself.
    pub leases: Leases,
    sealing: Held<Sealer>,
    macs: Held<Macs>,
    secrets: Mutex<ReadAt>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// The application of this configuration, these secrets and this store. Secrets are read when they are first
    /// needed; `now` is the time from which they count as read.
    pub fn new(
        config: Config,
        secrets: &SecretSource,
        store: Store,
        entropy: Entropy,
        outside: Outside,
        metrics: Metrics,
        now: Timestamp,
    ) -> Self {
        Self(Arc::new(Parts {
            passwords: PasswordHasher::new(Held::new(secrets.clone()), entropy.clone()),
            password_policy: PasswordPolicy::new(
                config.password_min_length,
                config.password_min_length_alone,
                &config.app_name,
            ),
            access_tokens: AccessTokens::new(secrets, &config, entropy.clone()),
            sealing: Held::new(secrets.clone()),
            macs: Held::new(secrets.clone()),
            secrets: Mutex::new(ReadAt::new(now)),
            providers: Providers::new(secrets.clone(), outside.outbound, config.social.clone()),
            config,
            store,
            entropy,
            places: Places::new(outside.places, metrics.clone()),
            bucket: outside.bucket,
            metrics,
            leases: Leases::default(),
        }))
    }
}

impl Parts {
    /// Seals what waits.
    pub async fn sealer(&self) -> Result<Arc<Sealer>, Fault> {
        self.sealing.get().await
    }

    /// The key that things are looked up by.
    pub async fn macs(&self) -> Result<Arc<Macs>, Fault> {
        self.macs.get().await
    }

    /// The keys of the tags that can still be those of a session.
    pub async fn tag_keys(&self, now: Timestamp) -> Result<TagKeys, Fault> {
        Ok(TagKeys::new(self.macs().await?, now.plus(-self.config.lifetimes.absolute)))
    }

    /// Makes and reads refresh tokens.
    pub async fn refresh_tokens(&self, now: Timestamp) -> Result<RefreshTokens, Fault> {
        Ok(RefreshTokens::new(&self.tag_keys(now).await?))
    }
}
