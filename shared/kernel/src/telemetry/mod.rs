//! Logs and metrics: JSON lines on standard output, which Lambda hands to CloudWatch.
//!
//! Nothing secret is ever a field of a log line; the types of secrets have no form that could be logged.

mod embedded_metrics;
mod encoding;
mod event_kind;
mod metric;
pub mod metrics;
pub mod sentry;
mod trail;

pub use embedded_metrics::Metrics;
pub use event_kind::{EventKind, EventKinds};
pub use metric::Metric;
pub use trail::{Happened, Told, Trail};

use std::error::Error;
use std::panic::Location;
use std::sync::OnceLock;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

use encoding::Encoded;
use sentry::{Reporter, Waiting};

/// Libraries that log whole requests and events when they are asked for detail: passwords, tokens, mailed codes.
/// They only warn, whatever an owner asks for.
const TALKATIVE: &[&str] = &["aws_", "h2", "hyper", "lambda_", "rustls", "tower"];

/// The filter that an owner asks for (`info`, or per module as in `warn,latchkey_identity=debug`); none when it is none.
pub(crate) fn filter(text: &str) -> Option<Targets> {
    text.parse().ok()
}

/// A filter of its own beside the owner's, so that no directive can be more specific than it.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let talkative = TALKATIVE.iter().any(|prefix| metadata.target().starts_with(prefix));
    !talkative || *metadata.level() <= Level::WARN
}

/// The reports of this process that are not sent yet; none where errors are not reported.
static REPORTS: OnceLock<Waiting> = OnceLock::new();

/// Starts logging with this filter, and perhaps reporting errors.
pub fn start(level: &str, reporter: Option<Reporter>) {
    // A second start in one process (tests) keeps the first.
    if let Some(reporter) = &reporter {
        let _ = REPORTS.set(reporter.waiting());
    }
    let _ = log_to(std::io::stdout, level, reporter).try_init();
    std::panic::set_hook(Box::new(|panic| tell_of_panic(panic.location())));
}

/// Waits until what was reported has been sent, two seconds at most. For the time between an answer, or the end of a
/// worker's batch, and the next event: Lambda freezes the process then, and connections do not outlive that.
pub async fn reports_sent() {
    if let Some(reports) = REPORTS.get() {
        reports.sent().await;
    }
}

/// An error as a field of a log line, which shows its text; a report tells the whole chain of its causes.
pub fn chain(error: &(impl Error + 'static)) -> &(dyn Error + 'static) {
    error
}

/// A panic is a line of the log like any other, within the request in which it happened. Its own words are not told: they
/// may hold whatever was being worked on.
fn tell_of_panic(location: Option<&Location<'_>>) {
    tracing::error!(location = location.map(tracing::field::display), "panicked");
}

/// The log of a process, with this filter: JSON lines to a writer. Each line of a request carries the request's span,
/// and in it the trace that AWS X-Ray knows it by.
pub fn log_to<W>(writer: W, level: &str, reporter: Option<Reporter>) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(Encoded(writer))
        .with_filter(filter_fn(is_discreet));
    registry().with(lines).with(reporter).with(filter(level).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

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
        let level = "info,lambda_runtime::layers=trace,aws_smithy_runtime=trace";
        tracing::subscriber::with_default(log_to(lines.clone(), level, None), || {
            tracing::trace!(target: "lambda_runtime::layers::api_response", "a whole event");
            tracing::debug!(target: "aws_smithy_runtime::client::orchestrator", "a whole request");
            tracing::warn!(target: "lambda_runtime", "a warning");
            tracing::info!(target: "latchkey_kernel::http", "an answer");
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(!written.contains("a whole"), "{written}");
        assert!(written.contains("a warning") && written.contains("an answer"), "{written}");
    }

    #[test]
    fn a_panic_is_a_line_that_says_where_and_not_what() {
        let lines = Lines::default();
        tracing::subscriber::with_default(log_to(lines.clone(), "info", None), || {
            let span = tracing::error_span!("request", request_id = "request-7");
            span.in_scope(|| tell_of_panic(Some(Location::caller())));
        });
        let line: serde_json::Value = serde_json::from_slice(&lines.0.lock().unwrap()).unwrap();
        assert_eq!((&line["message"], &line["level"]), (&"panicked".into(), &"ERROR".into()));
        assert_eq!(line["span"]["request_id"], "request-7");
        assert!(line["location"].as_str().unwrap().contains("telemetry"), "{line}");
    }

    #[test]
    fn nothing_that_is_logged_makes_a_line_of_its_own_or_changes_how_a_line_is_shown() {
        let lines = Lines::default();
        let odd = "a\n{\"level\":\"INFO\"}\r\u{1b}[31m\u{7f}\u{85}\u{9b}\u{2028}\u{2029}\u{202e}\u{2066}\u{feff}é";
        tracing::subscriber::with_default(log_to(lines.clone(), "info", None), || {
            let span = tracing::error_span!("request", trace_id = odd);
            span.in_scope(|| tracing::info!(odd, "{odd}"));
        });
        let written = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(written.trim_end().chars().all(|c| matches!(c, ' '..='~' | 'é')), "{written:?}");
        assert_eq!(written.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(
            (&line["odd"], &line["message"], &line["span"]["trace_id"]),
            (&odd.into(), &odd.into(), &odd.into())
        );
        assert_eq!(line["level"], "INFO");
    }
}
