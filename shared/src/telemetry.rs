//! Logs and metrics: JSON lines on standard output, which Lambda hands to CloudWatch.
//!
//! Nothing secret is ever a field of a log line; the types of secrets have no form that could be logged.

use std::io::Write as _;
use std::sync::Arc;

use tracing_subscriber::EnvFilter;

use crate::clock::Timestamp;

/// Libraries that log whole requests and events when they are asked for detail: passwords, tokens, mailed codes.
/// Whatever an owner asks for, they only warn.
const TALKATIVE: &[&str] = &[
    "aws_config",
    "aws_runtime",
    "aws_sdk_dynamodb",
    "aws_sdk_sesv2",
    "aws_smithy_http_client",
    "aws_smithy_runtime",
    "aws_smithy_runtime_api",
    "h2",
    "hyper",
    "hyper_util",
    "lambda_http",
    "lambda_runtime",
    "rustls",
];

/// The filter that an owner asks for (`info`, or per module as in `warn,latchkey=debug`); none when it is none.
pub(crate) fn filter(text: &str) -> Option<EnvFilter> {
    let capped = TALKATIVE.iter().filter_map(|library| format!("{library}=warn").parse().ok());
    EnvFilter::try_new(text).ok().map(|filter| capped.fold(filter, EnvFilter::add_directive))
}

/// Starts logging with this filter.
pub fn start(level: &str) {
    let filter = filter(level).unwrap_or_default();
    let lines = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter);
    // A second start in one process (tests) keeps the first.
    let _ = lines.try_init();
}

/// What is counted. Every name can have an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// A mail was handed to SES.
    MailSent,
    /// A mail could not be handed over now and will be tried again.
    MailDeferred,
    /// A mail was given up: refused for good, or older than what it says. The item is kept for two weeks.
    MailDeadLettered,
    /// A refresh token came back that was used before; its session was ended.
    RefreshTokenReused,
}

impl Metric {
    /// Its name in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Self::MailSent => "MailSent",
            Self::MailDeferred => "MailDeferred",
            Self::MailDeadLettered => "MailDeadLettered",
            Self::RefreshTokenReused => "RefreshTokenReused",
        }
    }
}

/// Counts in CloudWatch's embedded metric format: no request, one log line.
#[derive(Clone)]
pub struct Metrics(Arc<dyn Fn(&str) + Send + Sync>);

impl Metrics {
    /// Metrics as lines on standard output.
    pub fn to_stdout() -> Self {
        Self::to_sink(|line| {
            let _ = writeln!(std::io::stdout(), "{line}");
        })
    }

    /// Metrics as lines to somewhere else, for tests.
    pub fn to_sink(sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Counts one.
    pub fn count(&self, metric: Metric, now: Timestamp) {
        let line = serde_json::json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": "Latchkey",
                    "Dimensions": [[]],
                    "Metrics": [{ "Name": metric.name(), "Unit": "Count" }],
                }],
            },
            metric.name(): 1,
        });
        (self.0)(&line.to_string());
    }
}
