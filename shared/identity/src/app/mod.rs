//! What every handler receives: the kernel, and the services of identity's domains.

mod config;
mod secrets;

use std::ops::Deref;
use std::sync::Arc;

pub use config::Config;
pub use secrets::{SecretName, create_missing};

use crate::accounts::{AccountHolder, PasswordHasher, PasswordPolicy};
use crate::registry;
use crate::sessions::{AccessTokens, RefreshTokens};
use crate::social::Providers;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::config::Process;
use latchkey_kernel::dynamo::Store;
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::kernel::{Application, Kernel, Outside};
use latchkey_kernel::secret::{SecretSource, TagKeys};
use latchkey_kernel::start::{StartError, Started};
use latchkey_kernel::telemetry::Metrics;

/// What one domain contributes to the application.
pub type Domain = latchkey_kernel::domain::Domain<App>;

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
            providers: Providers::new(kernel.secrets.source().clone(), kernel.outbound.clone(), config.social.clone()),
            config,
            kernel,
        }))
    }

    /// The application of this process, warmed up for the use of these secrets.
    pub async fn start(process: Process, secrets: &[SecretName]) -> Result<Self, StartError> {
        let config = Config::from_environment(process)?;
        let Started { store, secrets: source, entropy, metrics, outside, now } =
            Started::new(&config, registry::entities());
        let app = Self::new(config, &source, store, entropy, outside, metrics, now);
        app.warm_up(secrets).await;
        Ok(app)
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
