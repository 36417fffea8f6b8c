//! Reports of errors to Sentry, if an owner names a DSN.
//!
//! A report says where in the code something failed, in which route, with which code, and names the request, by which the
//! log tells the rest. It carries no header, body, cookie or address and nothing of a person: the few fields that are
//! reported are named here, and the one that may hold words of a library is scrubbed.
//!
//! Reports wait in a short queue and are sent beside what the process does anyway. An answer never waits for them; what
//! the queue does not hold, or what Sentry does not take in two seconds, is lost to it and stands in the log.

mod dsn;
mod fields;
mod scrub;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

pub use dsn::Dsn;
use fields::Fields;

use crate::clock::{Timestamp, system_now};
use crate::entropy::Entropy;
use crate::outbound::Outbound;

/// How many reports wait at most.
const QUEUE: usize = 32;
/// How long Sentry may take to take one.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long nothing is sent after Sentry said that it is too much.
const REST: SignedDuration = SignedDuration::from_mins(1);
/// How samples are drawn: one of so many.
const FINENESS: u32 = 1_000_000;

/// Whether and how errors are reported.
#[derive(Debug, Clone)]
pub struct Reporting {
    /// Where to.
    pub dsn: Dsn,
    /// Which part of the errors, above 0 and at most 1.
    pub sample_rate: f64,
}

/// A layer of the log that hands errors to the queue.
pub struct Reporter {
    queue: Sender<Value>,
    kept: u32,
    entropy: Entropy,
}

/// What sends the reports of the queue, one after the other.
pub struct Posting {
    queue: Receiver<Value>,
    dsn: Dsn,
    outbound: Outbound,
}

/// A reporter, and what must run beside the process for its reports to be sent.
pub fn reporter(reporting: &Reporting, outbound: Outbound, entropy: Entropy) -> (Reporter, Posting) {
    let (sender, queue) = mpsc::channel(QUEUE);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1, it is no larger")]
    let kept = (reporting.sample_rate.clamp(0.0, 1.0) * f64::from(FINENESS)).round() as u32;
    let posting = Posting { queue, dsn: reporting.dsn.clone(), outbound };
    (Reporter { queue: sender, kept, entropy }, posting)
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Reporter {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        // What libraries say may be anything.
        let ours = metadata.target().starts_with("latchkey");
        if *metadata.level() != Level::ERROR || !ours || self.entropy.below(FINENESS) >= self.kept {
            return;
        }
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.extend(of_span);
            }
        }
        event.record(&mut fields);
        let id = self.entropy.uuid_v7(system_now()).simple().to_string();
        // A full queue loses the report, and nothing else.
        let _ = self.queue.try_send(report(&id, event.metadata().target(), &fields, system_now()));
    }
}

/// One report, in the form of an event of Sentry.
fn report(id: &str, target: &str, fields: &Fields, now: Timestamp) -> Value {
    let message = fields.get("message").unwrap_or("error");
    let tags: serde_json::Map<String, Value> =
        fields.tags().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    json!({
        "event_id": id,
        "timestamp": now,
        "platform": "other",
        "level": "error",
        "logger": target,
        "release": concat!("latchkey@", env!("CARGO_PKG_VERSION")),
        "transaction": fields.get("route"),
        "message": { "formatted": message },
        "tags": tags,
        "extra": { "cause": fields.cause() },
        "fingerprint": [target, message, fields.get("route").unwrap_or_default(), fields.get("code").unwrap_or_default()],
    })
}

impl Posting {
    /// Sends what comes, until its reporter is gone.
    pub async fn run(mut self) {
        let mut resting_until: Option<Timestamp> = None;
        while let Some(report) = self.queue.recv().await {
            if resting_until.is_some_and(|until| system_now() < until) {
                continue;
            }
            if self.post(&report).await == Some(StatusCode::TOO_MANY_REQUESTS) {
                resting_until = Some(system_now().plus(REST));
            }
        }
    }

    /// Sends one report; tells what Sentry said of it, if it said anything.
    async fn post(&self, report: &Value) -> Option<StatusCode> {
        let head = json!({ "event_id": report["event_id"], "sent_at": system_now() });
        let envelope = format!("{head}\n{}\n{report}\n", json!({ "type": "event" }));
        let key = &self.dsn.key;
        let client = concat!("latchkey/", env!("CARGO_PKG_VERSION"));
        let request = Request::post(self.dsn.endpoint.clone())
            .header("content-type", "application/x-sentry-envelope")
            .header("x-sentry-auth", format!("Sentry sentry_version=7, sentry_client={client}, sentry_key={key}"))
            .body(Bytes::from(envelope))
            .ok()?;
        match self.outbound.send(request, PATIENCE).await {
            Ok(reply) => Some(reply.status),
            Err(error) => {
                // A warning: an error would be reported again.
                tracing::warn!(%error, "an error could not be reported to Sentry");
                None
            }
        }
    }
}
