//! What every handler receives: the configuration, the store, and what makes and checks secrets.

use std::ops::Deref;
use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

use crate::accounts::{PasswordHasher, PasswordPolicy};
use crate::config::{Config, ConfigError};
use crate::dynamo::Store;
use crate::entropy::Entropy;
use crate::mail::{Renderer, Sender};
use crate::outbox::Mailer;
use crate::secret::{self, MaterialError, PepperMaterial, Sealer, SealingMaterial, SigningMaterial};
use crate::sessions::{AccessTokens, RefreshTokens};
use crate::telemetry::{self, Metrics};

/// The application, as handlers see it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// The configuration.
    pub config: Config,
    /// The two tables.
    pub store: Store,
    /// Randomness and ids.
    pub entropy: Entropy,
    /// Seals what waits, and holds the lookup key.
    pub sealer: Sealer,
    /// Hashes passwords.
    pub passwords: PasswordHasher,
    /// Judges passwords.
    pub password_policy: PasswordPolicy,
    /// Issues and verifies access tokens.
    pub access_tokens: AccessTokens,
    /// Makes and reads refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// Counts.
    pub metrics: Metrics,
}

/// The secrets that an [`App`] works with.
pub struct Secrets {
    /// What password hashes are keyed with.
    pub pepper: PepperMaterial,
    /// The ring of sealing keys.
    pub sealing: SealingMaterial,
    /// The keys of access tokens.
    pub signing: SigningMaterial,
}

/// Why the process cannot start.
#[derive(thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A secret is missing or unusable.
    #[error(transparent)]
    Secret(#[from] MaterialError),
    /// A mail template of ours cannot be read.
    #[error("a mail template cannot be read: {0}")]
    Template(#[from] minijinja::Error),
}

/// What a failing `main` prints.
impl std::fmt::Debug for StartError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// The application of this configuration, these secrets and this store.
    pub fn new(
        config: Config,
        secrets: &Secrets,
        store: Store,
        entropy: Entropy,
        metrics: Metrics,
    ) -> Result<Self, StartError> {
        let sealer = Sealer::new(&secrets.sealing).ok_or_else(|| MaterialError::Malformed("sealing".to_owned()))?;
        let passwords = PasswordHasher::new(&secrets.pepper, entropy.clone())
            .ok_or_else(|| MaterialError::Malformed("pepper".to_owned()))?;
        Ok(Self(Arc::new(Parts {
            access_tokens: AccessTokens::new(&secrets.signing, &config)?,
            refresh_tokens: RefreshTokens::new(&sealer),
            password_policy: PasswordPolicy::new(config.password_min_length, &config.app_name),
            config,
            store,
            entropy,
            sealer,
            passwords,
            metrics,
        })))
    }

    /// The application of this process: configuration from the environment, secrets from their folder, AWS by the
    /// SDK's own rules.
    pub async fn start() -> Result<Self, StartError> {
        let config = Config::from_environment()?;
        telemetry::start(&config.log_level);
        let secrets = Secrets {
            pepper: secret::read(&config.secrets, "pepper")?,
            sealing: secret::read(&config.secrets, "sealing")?,
            signing: secret::read(&config.secrets, "signing")?,
        };
        let entropy = Entropy::operating_system();
        let client = aws_sdk_dynamodb::Client::new(&aws().await);
        let store = Store::new(client, config.tables.clone(), entropy.clone());
        Self::new(config, &secrets, store, entropy, Metrics::to_stdout())
    }
}

impl Mailer {
    /// The mailer of this process. It holds no key but the one that opens mails.
    pub async fn start() -> Result<Self, StartError> {
        let config = Config::from_environment()?;
        telemetry::start(&config.log_level);
        let sealing: SealingMaterial = secret::read(&config.secrets, "sealing")?;
        let aws = aws().await;
        Ok(Self {
            store: Store::new(aws_sdk_dynamodb::Client::new(&aws), config.tables, Entropy::operating_system()),
            sealer: Sealer::new(&sealing).ok_or_else(|| MaterialError::Malformed("sealing".to_owned()))?,
            renderer: Renderer::new(&config.app_name, config.mail_templates)?,
            sender: Sender::new(ses(&aws), config.mail_from),
            metrics: Metrics::to_stdout(),
            entropy: Entropy::operating_system(),
        })
    }
}

/// The store of this process alone, for workers that need nothing else.
pub async fn start_store() -> Result<Store, StartError> {
    let config = Config::from_environment()?;
    telemetry::start(&config.log_level);
    Ok(Store::new(aws_sdk_dynamodb::Client::new(&aws().await), config.tables, Entropy::operating_system()))
}

/// SES, asked once and given its time: what is sent again goes out again.
fn ses(aws: &aws_config::SdkConfig) -> aws_sdk_sesv2::Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Config::CONNECT_TIMEOUT)
        .operation_timeout(Config::SEND_TIMEOUT)
        .build();
    let config =
        aws_sdk_sesv2::config::Builder::from(aws).retry_config(RetryConfig::disabled()).timeout_config(timeouts);
    aws_sdk_sesv2::Client::from_conf(config.build())
}

/// How AWS is called. After a thaw the first call meets a dead connection, so connecting is given up quickly and
/// tried again; even three calls in a row end before the function's own limit, and their failure is a problem.
async fn aws() -> aws_config::SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Config::CONNECT_TIMEOUT)
        .operation_attempt_timeout(Config::ATTEMPT_TIMEOUT)
        .operation_timeout(Config::OPERATION_TIMEOUT)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(timeouts)
        .load()
        .await
}
