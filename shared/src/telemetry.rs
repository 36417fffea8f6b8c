//! Logs and metrics: JSON lines on standard output, which Lambda hands to CloudWatch.
//!
//! Nothing secret is ever a field of a log line; the types of secrets have no form that could be logged.

use std::io::Write as _;
use std::sync::Arc;

use jiff::SignedDuration;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::clock::Timestamp;

/// Libraries that log whole requests and events when they are asked for detail: passwords, tokens, mailed codes.
/// They only warn, whatever an owner asks for.
const TALKATIVE: &[&str] = &["aws_", "h2", "hyper", "lambda_", "rustls", "tower"];

/// The filter that an owner asks for (`info`, or per module as in `warn,latchkey=debug`); none when it is none.
pub(crate) fn filter(text: &str) -> Option<Targets> {
    text.parse().ok()
}

/// A filter of its own beside the owner's, so that no directive can be more specific than it.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let talkative = TALKATIVE.iter().any(|prefix| metadata.target().starts_with(prefix));
    !talkative || *metadata.level() <= Level::WARN
}

/// Starts logging with this filter.
pub fn start(level: &str) {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_filter(filter_fn(is_discreet));
    // A second start in one process (tests) keeps the first.
    let _ = registry().with(lines).with(filter(level).unwrap_or_default()).try_init();
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
    /// A mail was not sent, since its address bounces or its owner complained.
    MailSuppressed,
    /// SES reported that an address refuses mail for good.
    MailBounced,
    /// SES reported that somebody did not want a mail.
    MailComplained,
    /// A mail went out in our words, since the owner's template for it is broken.
    MailTemplateBroken,
    /// How long the mail that waits longest has waited, in seconds.
    OutboxAge,
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
            Self::MailSuppressed => "MailSuppressed",
            Self::MailBounced => "MailBounced",
            Self::MailComplained => "MailComplained",
            Self::MailTemplateBroken => "MailTemplateBroken",
            Self::OutboxAge => "OutboxAge",
            Self::RefreshTokenReused => "RefreshTokenReused",
        }
    }
}

/// Counts in CloudWatch's embedded metric format: no request, one log line.
#[derive(Clone)]
pub struct Metrics {
    namespace: Arc<str>,
    sink: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Metrics {
    /// Metrics as lines on standard output.
    pub fn to_stdout(namespace: &str) -> Self {
        Self::to_sink(namespace, |line| {
            let _ = writeln!(std::io::stdout(), "{line}");
        })
    }

    /// Metrics as lines to somewhere else, for tests.
    pub fn to_sink(namespace: &str, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { namespace: namespace.into(), sink: Arc::new(sink) }
    }

    /// Counts one.
    pub fn count(&self, metric: Metric, now: Timestamp) {
        self.write(metric, "Count", 1, now);
    }

    /// Records a duration.
    pub fn record(&self, metric: Metric, duration: SignedDuration, now: Timestamp) {
        self.write(metric, "Seconds", duration.as_secs(), now);
    }

    fn write(&self, metric: Metric, unit: &str, value: i64, now: Timestamp) {
        let line = serde_json::json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": &*self.namespace,
                    "Dimensions": [[]],
                    "Metrics": [{ "Name": metric.name(), "Unit": unit }],
                }],
            },
            metric.name(): value,
        });
        (self.sink)(&line.to_string());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    /// What was written.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Lines {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn no_directive_makes_a_library_log_requests() {
        let lines = Lines::default();
        let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone()).with_filter(filter_fn(is_discreet));
        let owners = filter("info,lambda_runtime::layers=trace,aws_smithy_runtime=trace").unwrap();
        tracing::subscriber::with_default(registry().with(layer).with(owners), || {
            tracing::trace!(target: "lambda_runtime::layers::api_response", "a whole event");
            tracing::debug!(target: "aws_smithy_runtime::client::orchestrator", "a whole request");
            tracing::warn!(target: "lambda_runtime", "a warning");
            tracing::info!(target: "latchkey::http", "an answer");
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(!written.contains("a whole"), "{written}");
        assert!(written.contains("a warning") && written.contains("an answer"), "{written}");
    }
}
