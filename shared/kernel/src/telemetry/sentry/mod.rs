//! Reports of errors to Sentry, if an operator names a DSN.
//!
//! A report says where in the code something failed (module, file and line of the log line), through which chain of
//! causes, in which route, with which code, in which release and environment, and names the request, by which the log
//! tells the rest. It carries no header, body, cookie or IP address and nothing of a person: the few fields that are
//! reported are named in `fields`, and whatever may hold words of a library is scrubbed (`scrub`).
//!
//! It has no stack trace. Releases are stripped, so that a trace would be a list of addresses, and symbols would make
//! every function larger and its cold start longer.
//!
//! Reports wait in a short queue and are sent beside what the process does anyway. An answer never waits for them; what
//! the queue does not hold, or what Sentry does not take in two seconds, is lost to it and stands in the log. Since
//! Lambda freezes a process between two events, [`Waiting::sent`] holds the next event back for as long, once the answer
//! has left.

mod chain;
mod dsn;
mod fields;
mod limits;
mod release;
mod scrub;
mod transport;

use std::sync::Arc;

use sentry_core::protocol::{Context, Event, Map};
use sentry_core::{Client, ClientOptions};
use tracing::span::{Attributes, Id};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer;
use tracing_subscriber::registry::LookupSpan;

pub use dsn::Dsn;
use fields::Fields;
use scrub::Scrubber;
pub use transport::{Posting, Waiting};

use crate::clock::{Timestamp, system_now};
use crate::entropy::Entropy;
use crate::outbound::Outbound;

/// How samples are drawn: one of so many.
const FINENESS: u32 = 1_000_000;
/// Under which name Sentry's Rust SDK reports a place in the code.
const PLACE: &str = "Rust Tracing Location";

/// Whether and how errors are reported.
#[derive(Debug, Clone)]
pub struct Reporting {
    /// Where to.
    pub dsn: Dsn,
    /// Which part of the errors, above 0 and at most 1.
    pub sample_rate: f64,
    /// Which deployment they happened in.
    pub environment: String,
}

/// A layer of the log that reports errors.
pub struct Reporter {
    client: Client,
    waiting: Waiting,
    kept: u32,
    entropy: Entropy,
}

/// A reporter, and what must run beside the process for its reports to be sent. The names of these kinds of items are our
/// own words, which no scrubbing takes out of a report.
pub fn reporter(
    reporting: &Reporting,
    entities: Vec<&'static str>,
    outbound: Outbound,
    entropy: Entropy,
) -> (Reporter, Posting) {
    let (queue, posting) = transport::queue(&reporting.dsn, outbound);
    let waiting = posting.waiting();
    let scrubber = Scrubber::keeping(entities);
    let mut options = ClientOptions::new()
        .release(release::name(release::COMMIT))
        .environment(reporting.environment.clone())
        .before_send(move |event| Some(scrubber.event(event)));
    options.dsn = Some(reporting.dsn.named().clone());
    options.transport = Some(Arc::new(queue));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1, it is no larger")]
    let kept = (reporting.sample_rate.clamp(0.0, 1.0) * f64::from(FINENESS)).round() as u32;
    (Reporter { client: Client::with_options(options), waiting, kept, entropy }, posting)
}

impl Reporter {
    /// What tells when its reports are sent.
    pub(super) fn waiting(&self) -> Waiting {
        self.waiting.clone()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Reporter {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: layer::Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: layer::Context<'_, S>) {
        let metadata = event.metadata();
        // What libraries say may be anything.
        let ours = metadata.target().starts_with("latchkey");
        // Drawn here and not by the client, whose randomness no seed repeats.
        if *metadata.level() != Level::ERROR || !ours || self.entropy.below(FINENESS) >= self.kept {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.extend(of_span);
            }
        }
        let now = system_now();
        let event = report(fields, metadata, now);
        self.client.capture_event(Event { event_id: self.entropy.uuid_v7(now), ..event }, None);
    }
}

/// One report. The client adds its release and environment.
fn report(fields: Fields, metadata: &'static Metadata<'static>, now: Timestamp) -> Event<'static> {
    let target = metadata.target();
    let message = fields.get("message").unwrap_or("error").to_owned();
    let of = |name| fields.get(name).unwrap_or_default().to_owned();
    let fingerprint = [target.to_owned(), message.clone(), of("route"), of("code")];
    let place = [
        ("module_path", metadata.module_path().map(Into::into)),
        ("file", metadata.file().map(Into::into)),
        ("line", metadata.line().map(Into::into)),
    ];
    let place: Map<_, _> = place.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    Event {
        timestamp: now.into(),
        logger: Some(target.to_owned()),
        transaction: fields.get("route").map(str::to_owned),
        message: Some(message),
        tags: fields.tags(),
        extra: fields.cause().map(|cause| ("cause".to_owned(), cause.into())).into_iter().collect(),
        fingerprint: fingerprint.map(Into::into).to_vec().into(),
        contexts: Map::from([(PLACE.to_owned(), Context::Other(place))]),
        exception: fields.into_exceptions().into(),
        ..Event::default()
    }
}
