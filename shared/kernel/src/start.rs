//! How a process starts: configuration from the environment, clients of AWS, secrets from where they rest.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;

use crate::bucket::{Bucket, Reader};
use crate::clock::{Timestamp, system_now};
use crate::config::{Config, ConfigError, Process};
use crate::dynamo::{ATTEMPT_TIMEOUT, EntityShape, OPERATION_TIMEOUT, Store};
use crate::entropy::Entropy;
use crate::geo::{MaxMind, Update};
use crate::kernel::Outside;
use crate::mail::{Feedback, Renderer, SEND_TIMEOUT, Sender, Template};
use crate::outbound::{CONNECT_TIMEOUT, Outbound};
use crate::outbox::Mailer;
use crate::secret::{FromSecret, Held, SECRET_TIMEOUT, SecretSource};
use crate::telemetry::{self, Metrics, chain, sentry};

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

/// What a process has when it has started: its log is on, and no request was made yet.
pub struct Started {
    /// The two tables.
    pub store: Store,
    /// Where secrets are read from.
    pub secrets: SecretSource,
    /// Randomness and ids.
    pub entropy: Entropy,
    /// Counts.
    pub metrics: Metrics,
    /// What it asks of other services.
    pub outside: Outside,
    /// The time.
    pub now: Timestamp,
}

impl Started {
    /// Starts a process of this configuration. `entities` are the kinds of items whose names a report of an error may hold.
    pub fn new(config: &Config, entities: impl Iterator<Item = &'static EntityShape>) -> Self {
        let aws = begin(config, entities);
        let entropy = Entropy::operating_system();
        let outbound = Outbound::new();
        Self {
            store: Store::new(dynamodb(config, &aws), config.process.tables.clone(), entropy.clone()),
            secrets: secret_source(config, &aws),
            entropy,
            metrics: Metrics::to_stdout(&config.process.metrics_namespace),
            outside: Outside { bucket: bucket(config, &aws), places: reader(config, &aws, &outbound), outbound },
            now: system_now(),
        }
    }
}

impl Mailer {
    /// The mailer of this process. It holds no key but the one that opens mails.
    pub async fn start(
        process: Process,
        entities: impl Iterator<Item = &'static EntityShape>,
        mails: impl Iterator<Item = &'static Template>,
    ) -> Result<Self, StartError> {
        let config = Config::from_environment(process)?;
        let aws = begin(&config, entities);
        let dynamodb = dynamodb(&config, &aws);
        Ok(Self {
            sealing: read_now(secret_source(&config, &aws)).await,
            renderer: Renderer::new(&config, mails)?,
            sender: Sender::new(ses(&config, &aws), &config),
            store: Store::new(dynamodb, config.process.tables, Entropy::operating_system()),
            metrics: Metrics::to_stdout(&config.process.metrics_namespace),
            entropy: Entropy::operating_system(),
        })
    }
}

impl Feedback {
    /// The worker of this process.
    pub async fn start(
        process: Process,
        entities: impl Iterator<Item = &'static EntityShape>,
    ) -> Result<Self, StartError> {
        let config = Config::from_environment(process)?;
        let aws = begin(&config, entities);
        Ok(Self {
            macs: read_now(secret_source(&config, &aws)).await,
            store: Store::new(dynamodb(&config, &aws), config.process.tables, Entropy::operating_system()),
            metrics: Metrics::to_stdout(&config.process.metrics_namespace),
        })
    }
}

/// What every process begins with: its log, and how it calls AWS.
fn begin(config: &Config, entities: impl Iterator<Item = &'static EntityShape>) -> SdkConfig {
    let reporter = config.process.reporting.as_ref().map(|reporting| {
        let entities = entities.map(|shape| shape.entity.name()).collect();
        let (reporter, posting) = sentry::reporter(reporting, entities, Outbound::new(), Entropy::operating_system());
        // Beside everything, for as long as the process lives: no answer waits for a report.
        tokio::spawn(posting.run());
        reporter
    });
    telemetry::start(&config.process.log_level, reporter);
    aws(config)
}

/// A secret that a worker needs for all that it does, read before its first event. What fails is tried again by the
/// event that needs it.
async fn read_now<T: FromSecret>(source: SecretSource) -> Held<T> {
    let held = Held::new(source);
    if let Err(error) = held.get().await {
        tracing::error!(error = chain(&error), "a secret could not be read at start");
    }
    held
}

/// What scheduled tasks need: the store, the metrics, and what fetches the database of places.
pub fn start_scheduled(
    process: Process,
    entities: impl Iterator<Item = &'static EntityShape>,
) -> Result<(Store, Metrics, Update), StartError> {
    let config = Config::from_environment(process)?;
    let aws = begin(&config, entities);
    let metrics = Metrics::to_stdout(&config.process.metrics_namespace);
    let outbound = Outbound::new();
    let places = Update {
        secrets: secret_source(&config, &aws),
        bucket: bucket(&config, &aws),
        maxmind: MaxMind::new(outbound, config.places.url.clone()),
        metrics: metrics.clone(),
    };
    Ok((Store::new(dynamodb(&config, &aws), config.process.tables, Entropy::operating_system()), metrics, places))
}

/// The bucket, if the deployment has one. No client is made yet: a function that never asks for one does not link it.
fn bucket(config: &Config, aws: &SdkConfig) -> Option<Bucket> {
    Some(Bucket::new(aws.clone(), config.bucket.if_read()?.name.as_ref()?, config.process.aws.endpoint("S3")))
}

/// What reads the database of places from the bucket.
fn reader(config: &Config, aws: &SdkConfig, outbound: &Outbound) -> Option<Reader> {
    let endpoint = config.process.aws.endpoint("S3");
    Reader::new(outbound.clone(), aws, config.bucket.if_read()?.name.as_ref()?, endpoint.as_deref())
}

fn secret_source(config: &Config, aws: &SdkConfig) -> SecretSource {
    SecretSource::new(&config.process.secrets, || {
        let mut client = aws_sdk_secretsmanager::config::Builder::from(aws);
        client.set_endpoint_url(config.process.aws.endpoint("SECRETS_MANAGER"));
        // A request may wait for it; what was read before serves as well.
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(SECRET_TIMEOUT).build();
        client.set_timeout_config(Some(timeouts));
        aws_sdk_secretsmanager::Client::from_conf(client.build())
    })
}

fn dynamodb(config: &Config, aws: &SdkConfig) -> aws_sdk_dynamodb::Client {
    let mut client = aws_sdk_dynamodb::config::Builder::from(aws);
    client.set_endpoint_url(config.process.aws.endpoint("DYNAMODB"));
    aws_sdk_dynamodb::Client::from_conf(client.build())
}

/// SES, asked once and given its time: what is sent again goes out again.
fn ses(config: &Config, aws: &SdkConfig) -> aws_sdk_sesv2::Client {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(SEND_TIMEOUT).build();
    let mut client =
        aws_sdk_sesv2::config::Builder::from(aws).retry_config(RetryConfig::disabled()).timeout_config(timeouts);
    client.set_endpoint_url(config.process.aws.endpoint("SESV2"));
    aws_sdk_sesv2::Client::from_conf(client.build())
}

/// How AWS is called. After a thaw the first call meets a dead connection, so connecting is given up quickly and
/// tried again; even three calls in a row end before the function's own limit, and their failure is a problem.
fn aws(config: &Config) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    // What Lambda gives a function is in its environment, for as long as the environment lives. The SDK's whole chain
    // would also look for profiles, containers and instances, and bring the code for it into every binary.
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(config.process.aws.region.clone().map(Region::new))
        .use_fips(config.process.aws.use_fips)
        .use_dual_stack(config.process.aws.use_dual_stack)
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .identity_cache(IdentityCache::lazy().build())
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(timeouts)
        // Answers are small and whole tries have their timeout; watching each body's pace costs more than it tells.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}
