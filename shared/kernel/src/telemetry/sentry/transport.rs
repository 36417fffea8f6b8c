//! How envelopes get to Sentry: a short queue, and a task that sends what is in it, one after the other.
//!
//! Sentry's own transports have threads or an HTTP client of their own. A thread would freeze with the process in the
//! middle of what it does, and a function has one HTTP client and one TLS stack ([`crate::outbound`];
//! docs/decisions/own-sentry-transport.md).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use sentry_core::client_report::{Reason, Recorder};
use sentry_core::protocol::{Envelope, EnvelopeHeaders};
use sentry_core::{Transport, TransportFactory, TransportOptions};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;

use super::Dsn;
use super::limits::resting_after;
use crate::clock::{Timestamp, system_now};
use crate::outbound::{Outbound, OutboundError, Reply};

/// How many reports wait at most.
const QUEUE: usize = 32;
/// How long Sentry may take to take one, and how long Lambda is kept from freezing the process for all that wait.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long nothing is sent after Sentry did not answer: while it is away, it holds up one event of many.
const REST: SignedDuration = SignedDuration::from_mins(1);
/// Who sends, in the words of Sentry's protocol.
const CLIENT: &str = concat!("latchkey/", env!("CARGO_PKG_VERSION"));

/// The queue that Sentry's client puts envelopes into.
pub(super) struct Queue {
    envelopes: Sender<Envelope>,
    waiting: Waiting,
    lost: Lost,
}

/// Counts what Sentry does not get; the client tells it with the next report (a client report).
#[derive(Clone, Default)]
struct Lost(Arc<OnceLock<Recorder>>);

/// How many reports wait or are being sent.
#[derive(Clone)]
pub struct Waiting(watch::Sender<usize>);

/// What sends the reports of the queue.
pub struct Posting {
    envelopes: Receiver<Envelope>,
    waiting: Waiting,
    lost: Lost,
    dsn: Dsn,
    outbound: Outbound,
}

/// A queue, and what sends what is put into it.
pub(super) fn queue(dsn: &Dsn, outbound: Outbound) -> (Queue, Posting) {
    let (sender, envelopes) = mpsc::channel(QUEUE);
    let (waiting, lost) = (Waiting(watch::Sender::new(0)), Lost::default());
    let queue = Queue { envelopes: sender, waiting: waiting.clone(), lost: lost.clone() };
    (queue, Posting { envelopes, waiting, lost, dsn: dsn.clone(), outbound })
}

impl TransportFactory for Queue {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        let _ = self.lost.0.set(options.client_report_recorder);
        let Self { envelopes, waiting, lost } = self;
        Arc::new(Self { envelopes: envelopes.clone(), waiting: waiting.clone(), lost: lost.clone() })
    }
}

impl Transport for Queue {
    fn send_envelope(&self, envelope: Envelope) {
        self.waiting.add();
        // A full queue loses the report, and nothing else.
        if let Err(refused) = self.envelopes.try_send(envelope) {
            self.waiting.done();
            self.lost.count(&refused.into_inner(), Reason::QueueOverflow);
        }
    }
}

impl Lost {
    fn count(&self, envelope: &Envelope, reason: Reason) {
        if let Some(recorder) = self.0.get() {
            recorder.record_lost_data(envelope, reason);
        }
    }
}

impl Waiting {
    /// Waits until all reports have left, two seconds at most.
    pub async fn sent(&self) {
        let _ = tokio::time::timeout(PATIENCE, self.0.subscribe().wait_for(|waiting| *waiting == 0)).await;
    }

    fn add(&self) {
        self.0.send_modify(|waiting| *waiting += 1);
    }

    fn done(&self) {
        self.0.send_modify(|waiting| *waiting = waiting.saturating_sub(1));
    }
}

impl Posting {
    /// What tells when its reports are sent.
    pub fn waiting(&self) -> Waiting {
        self.waiting.clone()
    }

    /// Sends what comes, until its reporter is gone.
    pub async fn run(mut self) {
        let mut resting_until: Option<Timestamp> = None;
        while let Some(envelope) = self.envelopes.recv().await {
            let now = system_now();
            if resting_until.is_some_and(|until| now < until) {
                self.lost.count(&envelope, Reason::RatelimitBackoff);
            } else {
                resting_until = self.post(envelope, now).await;
            }
            self.waiting.done();
        }
    }

    /// Sends one report. Tells until when Sentry wants no other, or cannot be expected to take one.
    async fn post(&self, envelope: Envelope, now: Timestamp) -> Option<Timestamp> {
        let id = envelope.uuid().copied().unwrap_or_default();
        let headers = EnvelopeHeaders::new().with_event_id(id).with_sent_at(now.into());
        let envelope = envelope.with_headers(headers);
        // Warnings: an error would be reported again.
        match self.send(&envelope).await {
            Ok(reply) => {
                if !reply.status.is_success() {
                    tracing::warn!(status = reply.status.as_u16(), "Sentry refused the report of an error");
                    // What it refuses because it is too much, Sentry counts itself.
                    if reply.status != StatusCode::TOO_MANY_REQUESTS {
                        self.lost.count(&envelope, Reason::SendError);
                    }
                }
                resting_after(reply.status, &reply.headers, now)
            }
            Err(error) => {
                tracing::warn!(%error, "the report of an error could not be sent to Sentry");
                self.lost.count(&envelope, Reason::NetworkError);
                Some(now.plus(REST))
            }
        }
    }

    async fn send(&self, envelope: &Envelope) -> Result<Reply, OutboundError> {
        let mut body = Vec::new();
        envelope.to_writer(&mut body).map_err(|_| OutboundError::Malformed)?;
        let request = Request::post(self.dsn.endpoint().clone())
            .header(header::CONTENT_TYPE, "application/x-sentry-envelope")
            .header("x-sentry-auth", self.dsn.key(CLIENT))
            .body(Bytes::from(body))
            .map_err(|_| OutboundError::Malformed)?;
        self.outbound.send(request, PATIENCE).await
    }
}
