//! What every process reads: its tables, its secrets, its log and where AWS is.

use super::{Aws, ConfigError, Configured, ReadBy, SectionShape, Values};
use crate::dynamo::Tables;
use crate::secret::SecretsAt;
use crate::section;
use crate::telemetry::{self, sentry};

section! {
    /// What every process reads.
    PROCESS: "process", ReadBy::Every, also [];
    MAIN_TABLE = None, 88, "The DynamoDB table of people and business data.";
    EPHEMERAL_TABLE = None, 93, "The DynamoDB table of what expires by itself.";
    SECRETS_PREFIX = Some(""), 64, "What the names of the secrets in AWS Secrets Manager begin with: {SECRETS_PREFIX}/pepper and so on.";
    SECRETS_DIR = Some(""), 100, "A folder that holds macs.json, pepper.json, sealing.json, signing.json and verifying.json, read instead of AWS Secrets Manager. providers.json may be there as well.";
    METRICS_NAMESPACE = Some("Latchkey"), 73, "The CloudWatch namespace of the product's own metrics.";
    LOG_LEVEL = Some("info"), 5, "What is logged: error, warn, info, or a filter per module.";
    SENTRY_DSN = Some(""), 95, "Where errors are reported to, such as https://key@o1.ingest.sentry.io/42. Empty: nowhere.";
    SENTRY_SAMPLE_RATE = Some("1"), 5, "Which part of the errors is reported, above 0 and at most 1.";
    SENTRY_ENVIRONMENT = Some("local"), 64, "Which deployment the reports name as their environment, 1 to 64 letters, digits, `.`, `_` and `-`. On AWS it is the name of the stack.";
}

/// What every process reads.
#[derive(Debug, Clone)]
pub struct ProcessSettings {
    /// The tables' names.
    pub tables: Tables,
    /// Where the secrets rest.
    pub secrets: SecretsAt,
    /// The CloudWatch namespace of metrics.
    pub metrics_namespace: String,
    /// Where AWS is.
    pub aws: Aws,
    /// The filter of the log.
    pub log_level: String,
    /// Whether and where errors are reported.
    pub reporting: Option<sentry::Reporting>,
}

impl Configured for ProcessSettings {
    const SHAPE: SectionShape = PROCESS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            tables: Tables { main: read.text(&MAIN_TABLE)?, ephemeral: read.text(&EPHEMERAL_TABLE)? },
            secrets: secrets(read)?,
            metrics_namespace: read.text(&METRICS_NAMESPACE)?,
            aws: Aws::from_variables(read.undeclared()),
            log_level: read.parsed(&LOG_LEVEL, "error, warn, info, or a filter per module", |text| {
                telemetry::filter(text).map(|_| text.to_owned())
            })?,
            reporting: reporting(read)?,
        })
    }
}

fn secrets(read: &Values<'_>) -> Result<SecretsAt, ConfigError> {
    if let Some(folder) = read.filled(&SECRETS_DIR)? {
        return Ok(SecretsAt::Folder(folder.into()));
    }
    read.filled(&SECRETS_PREFIX)?.map(SecretsAt::Manager).ok_or(ConfigError::Missing(SECRETS_PREFIX.name))
}

fn reporting(read: &Values<'_>) -> Result<Option<sentry::Reporting>, ConfigError> {
    // A wrong one may hold a key all the same, and what is wrong with the configuration is logged.
    let dsn = read.optional(&SENTRY_DSN, "https://, a key, @, a host, / and a project", sentry::Dsn::parse);
    let dsn = dsn.map_err(|error| match error {
        ConfigError::Wrong { name, expected, .. } => ConfigError::Wrong { name, value: "…".to_owned(), expected },
        missing @ ConfigError::Missing(_) => missing,
    })?;
    let sample_rate = read.parsed(&SENTRY_SAMPLE_RATE, "a number above 0 and at most 1", |text| {
        text.parse().ok().filter(|rate: &f64| *rate > 0.0 && *rate <= 1.0)
    })?;
    // Sentry refuses blanks and slashes, and more than 64 characters.
    let environment = read.parsed(&SENTRY_ENVIRONMENT, "1 to 64 letters, digits, ., _ and -", |text| {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        (plain && (1..=64).contains(&text.len())).then(|| text.to_owned())
    })?;
    Ok(dsn.map(|dsn| sentry::Reporting { dsn, sample_rate, environment }))
}
