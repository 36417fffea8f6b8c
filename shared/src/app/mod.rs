//! What every handler receives: the kernel, and the services of identity's domains.

mod config;
mod secrets;
mod start;

use std::ops::Deref;
use std::sync::Arc;

pub use config::Config;
pub use secrets::{SecretName, create_missing};
pub use start::{StartError, start_scheduled};

use crate::accounts::{AccountHolder, PasswordHasher, PasswordPolicy};
use crate::clock::Timestamp;
use crate::dynamo::Store;
use crate::entropy::Entropy;
use crate::fault::Fault;
use crate::kernel::{Application, Kernel, Outside};
use crate::secret::{SecretSource, TagKeys};
use crate::sessions::{AccessTokens, RefreshTokens};
use crate::social::Providers;
use crate::telemetry::Metrics;

/// What one domain contributes to the application.
pub type Domain = crate::domain::Domain<App>;

/// The application, as handlers see it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    kernel: Kernel,
    /// The configuration.
    pub config: Config,
    /// Hashes passwords.
    pub passwords: PasswordHasher,
    /// Judges passwords.
    pub password_policy: PasswordPolicy,
    /// Issues and verifies access tokens.
    pub access_tokens: AccessTokens,
    /// Social sign-in providers.
    pub providers: Providers,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Deref for Parts {
    type Target = Kernel;

    fn deref(&self) -> &Kernel {
        &self.kernel
    }
}

impl Application for App {
    type Config = Config;
    type DataSubject = AccountHolder;

    fn kernel(&self) -> &Kernel {
        &self.0.kernel
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
        let kernel = Kernel::new(config.kernel(), secrets.clone(), store, entropy, outside, metrics, now);
        Self(Arc::new(Parts {
            passwords: PasswordHasher::new(kernel.secrets.hold(), kernel.entropy.clone()),
            password_policy: PasswordPolicy::new(config.passwords.clone(), config.app_name.clone()),
            access_tokens: AccessTokens::new(
                &kernel.secrets,
                config.tokens.clone(),
                config.lifetimes.clone(),
                kernel.entropy.clone(),
            ),
            providers: Providers::new(secrets.clone(), kernel.outbound.clone(), config.social.clone()),
            config,
            kernel,
        }))
    }

    /// Reads these secrets and opens the connection to the store, before the first request.
    pub async fn warm_up(&self, secrets: &[SecretName]) {
        self.kernel.warm_up(&names(secrets)).await;
    }

    /// Reads those of these secrets that were not read yet, all at once.
    pub async fn read_secrets(&self, secrets: &[SecretName]) -> Result<(), Fault> {
        self.secrets.read(&names(secrets)).await
    }
}

fn names(secrets: &[SecretName]) -> Vec<&'static str> {
    secrets.iter().map(|secret| secret.name()).collect()
}

impl Parts {
    /// The keys of the tags that can still be those of a session.
    pub async fn tag_keys(&self, now: Timestamp) -> Result<TagKeys, Fault> {
        Ok(TagKeys::new(self.macs().await?, now.plus(-self.config.lifetimes.absolute)))
    }

    /// Makes and reads refresh tokens.
    pub async fn refresh_tokens(&self, now: Timestamp) -> Result<RefreshTokens, Fault> {
        Ok(RefreshTokens::new(&self.tag_keys(now).await?))
    }
}
