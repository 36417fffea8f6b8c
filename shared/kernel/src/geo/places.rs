//! The database of places that a process holds: read from the bucket between requests, and looked after once a day.
//!
//! Lambda freezes a function when it asks for its next request, not when it has sent its answer. In between whoever asked
//! is not kept waiting, and so that is when the database is read.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::timeout;

use super::reading::{Outcome, Reading};
use super::{Database, DatabaseError, Place};
use crate::bucket::Reader;
use crate::clock::Timestamp;
use crate::outbound::OutboundError;
use crate::telemetry::{Metrics, chain, metrics};

/// How long a function may be kept from its next request; what has arrived by then is kept. Together with any usual
/// answer it is far from the function's own limit.
const AT_MOST: Duration = Duration::from_secs(5);
/// After how long the bucket is asked for a newer version.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// After how long it is asked again when it had none: the owner may have just begun to use it.
const STILL_MISSING: SignedDuration = SignedDuration::from_hours(1);
/// After how long a try that failed is followed by the next; twice as long each time that nothing arrived.
const TRY_AGAIN: SignedDuration = SignedDuration::from_secs(1);
/// How often that is doubled: up to 8 minutes and a half.
const MOST_DOUBLINGS: u32 = 9;

/// Where addresses are, as far as this process knows. Clones share it.
#[derive(Clone)]
pub struct Places(Arc<Inner>);

struct Inner {
    bucket: Option<Reader>,
    metrics: Metrics,
    current: RwLock<Option<Arc<Held>>>,
    work: Mutex<Work>,
}

/// A database with the tag of its version.
struct Held {
    etag: String,
    database: Database,
    /// Whether it was told already that it is damaged.
    is_damaged: AtomicBool,
}

#[derive(Default)]
struct Work {
    due: Option<Timestamp>,
    /// The time of the request after which the bucket is to be asked.
    wanted: Option<Timestamp>,
    reading: Reading,
    failures: u32,
}

impl Places {
    /// The places in this bucket; without one none is ever known. Reads nothing yet.
    pub fn new(bucket: Option<Reader>, metrics: Metrics) -> Self {
        Self(Arc::new(Inner { bucket, metrics, current: RwLock::default(), work: Mutex::default() }))
    }

    /// Where an address is, if that is known. No cost.
    pub fn find(&self, address: IpAddr, now: Timestamp) -> Option<Place> {
        let held = self.current()?;
        match held.database.find(address) {
            Ok(place) => place,
            Err(error) => {
                if !held.is_damaged.swap(true, Ordering::Relaxed) {
                    self.complain(&error, now);
                }
                None
            }
        }
    }

    /// Says that a request was answered at this time, after which the bucket may be due to be asked. No cost.
    pub fn answered(&self, now: Timestamp) {
        let mut work = self.work();
        if work.due.is_none_or(|due| now >= due) {
            // Should the try never end, the next one comes all the same.
            work.due = Some(now.plus(TRY_AGAIN));
            work.wanted = Some(now);
        }
    }

    /// Reads the newest database if it is due, for a few seconds at most; called when the answer has been sent. At most 1
    /// `GetObject` a day when there is nothing new.
    pub async fn catch_up(&self) {
        let Some(bucket) = &self.0.bucket else { return };
        let Some(now) = self.work().wanted.take() else { return };
        let known = self.current().map(|held| held.etag.clone());
        let mut reading = std::mem::take(&mut self.work().reading);
        let before = reading.arrived();
        let outcome = timeout(AT_MOST, reading.go_on(bucket, known.as_deref())).await;
        let outcome = outcome.unwrap_or_else(|_| Err(OutboundError::TimedOut.into()));
        let moved_on = reading.arrived() > before;
        let mut work = self.work();
        work.reading = reading;
        let wait = match outcome {
            Ok(Outcome::Whole { etag, content }) => {
                self.hold(etag, content, now);
                LOOK_AGAIN
            }
            Ok(Outcome::Unchanged) => LOOK_AGAIN,
            Ok(Outcome::Missing) => {
                // Whoever took it away had a reason: the database may not be used for ever.
                self.replace(None);
                // Most owners have none: the scheduler says so once a week, and not every environment.
                tracing::debug!("there is no database of places to read");
                STILL_MISSING
            }
            Err(error) => {
                work.failures = if moved_on { 0 } else { work.failures.saturating_add(1) };
                tracing::debug!(%error, arrived = work.reading.arrived(), "the database of places is read on later");
                work.due = Some(now.plus(TRY_AGAIN * (1 << work.failures.min(MOST_DOUBLINGS))));
                return;
            }
        };
        work.failures = 0;
        work.due = Some(now.plus(wait));
    }

    /// A version that cannot be read is remembered by its tag only through the one that serves: it is read again
    /// tomorrow, and the one from before stays.
    fn hold(&self, etag: String, content: bytes::Bytes, now: Timestamp) {
        match Database::open(content) {
            Ok(database) => {
                tracing::info!("the database of places was read");
                self.replace(Some(Held { etag, database, is_damaged: AtomicBool::new(false) }));
            }
            Err(error) => self.complain(&error, now),
        }
    }

    fn complain(&self, error: &DatabaseError, now: Timestamp) {
        tracing::error!(error = chain(error), "the database of places cannot be used");
        self.0.metrics.count(metrics::PLACES_DAMAGED, now);
    }

    fn replace(&self, held: Option<Held>) {
        *self.0.current.write().unwrap_or_else(PoisonError::into_inner) = held.map(Arc::new);
    }

    fn current(&self) -> Option<Arc<Held>> {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.0.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
