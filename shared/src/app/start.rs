//! How a process starts: configuration from the environment, AWS by the SDK's own rules, secrets from where they rest.

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

use super::{App, SecretName};
use crate::clock::system_now;
use crate::config::{Config, ConfigError};
use crate::dynamo::Store;
use crate::entropy::Entropy;
use crate::mail::{Feedback, Renderer, Sender};
use crate::outbox::Mailer;
use crate::secret::{Held, SecretSource};
use crate::telemetry::{self, Metrics};

/// Why the process cannot start.
#[derive(thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
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

impl App {
    /// The application of this process, warmed up for the use of these secrets.
    pub async fn start(secrets: &[SecretName]) -> Result<Self, StartError> {
        let config = Config::from_environment()?;
        telemetry::start(&config.log_level);
        let entropy = Entropy::operating_system();
        let aws = aws().await;
        let store = Store::new(aws_sdk_dynamodb::Client::new(&aws), config.tables.clone(), entropy.clone());
        let source = secret_source(&config, &aws);
        let metrics = Metrics::to_stdout(&config.metrics_namespace);
        let app = Self::new(config, &source, store, entropy, metrics, system_now());
        app.warm_up(secrets).await;
        Ok(app)
    }
}

impl Mailer {
    /// The mailer of this process. It holds no key but the one that opens mails.
    pub async fn start() -> Result<Self, StartError> {
        let config = Config::from_environment()?;
        telemetry::start(&config.log_level);
        let aws = aws().await;
        Ok(Self {
            sealing: Held::new(secret_source(&config, &aws)),
            store: Store::new(aws_sdk_dynamodb::Client::new(&aws), config.tables, Entropy::operating_system()),
            renderer: Renderer::new(&config.app_name, config.mail_templates)?,
            sender: Sender::new(ses(&aws), config.mail_from, config.mail_configuration_set),
            metrics: Metrics::to_stdout(&config.metrics_namespace),
            entropy: Entropy::operating_system(),
        })
    }
}

impl Feedback {
    /// The worker of this process.
    pub async fn start() -> Result<Self, StartError> {
        let config = Config::from_environment()?;
        telemetry::start(&config.log_level);
        let aws = aws().await;
        Ok(Self {
            sealing: Held::new(secret_source(&config, &aws)),
            store: Store::new(aws_sdk_dynamodb::Client::new(&aws), config.tables, Entropy::operating_system()),
            metrics: Metrics::to_stdout(&config.metrics_namespace),
        })
    }
}

/// The store and the metrics of this process, for workers that need nothing else.
pub async fn start_store() -> Result<(Store, Metrics), StartError> {
    let config = Config::from_environment()?;
    telemetry::start(&config.log_level);
    let client = aws_sdk_dynamodb::Client::new(&aws().await);
    let metrics = Metrics::to_stdout(&config.metrics_namespace);
    Ok((Store::new(client, config.tables, Entropy::operating_system()), metrics))
}

fn secret_source(config: &Config, aws: &aws_config::SdkConfig) -> SecretSource {
    SecretSource::new(&config.secrets, || aws_sdk_secretsmanager::Client::new(aws))
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
