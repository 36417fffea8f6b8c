//! What the stream lost or could not send: put before it again, or given up when it says nothing useful any more.
//!
//! A stream forgets after a day, and what Lambda puts on its dead-letter queue is only metadata; the items
//! themselves still wait in the index `due`.

use std::ops::AddAssign;

use jiff::SignedDuration;

use super::item::{Touched, bury_waiting, touch};
use super::{OutboxId, keys};
use crate::clock::Timestamp;
use crate::dynamo::request::Index;
use crate::dynamo::{Store, StoreError};
use crate::fault::Fault;
use crate::telemetry::{Metrics, chain, metrics};

/// How long an item waits for the stream before it is put there again.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
/// How many items of one partition of the index are looked at in one run.
const BATCH: i32 = 100;

/// What a run did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Redriven {
    /// Items put before the stream again.
    pub redriven: u32,
    /// Items given up.
    pub buried: u32,
    /// How long the oldest of the items has waited.
    pub oldest: SignedDuration,
}

impl AddAssign for Redriven {
    fn add_assign(&mut self, other: Self) {
        self.redriven += other.redriven;
        self.buried += other.buried;
        self.oldest = self.oldest.max(other.oldest);
    }
}

/// Looks at every item that has waited for five minutes: one `Query` per partition of the index, and one
/// `UpdateItem` per item found. The partitions are looked at side by side, and an item that cannot be handled holds
/// up no other: the run goes on, and fails at the end.
pub async fn redrive(store: &Store, metrics: &Metrics, now: Timestamp) -> Result<Redriven, Fault> {
    let partitions = keys::due_shards().map(|partition| redrive_partition(store, metrics, partition, now));
    let mut done = Redriven::default();
    let mut failed = None;
    for (one, error) in futures_util::future::join_all(partitions).await {
        done += one;
        failed = failed.or(error);
    }
    metrics.record(metrics::OUTBOX_AGE, done.oldest, now);
    failed.map_or(Ok(done), Err)
}

async fn redrive_partition(
    store: &Store,
    metrics: &Metrics,
    partition: String,
    now: Timestamp,
) -> (Redriven, Option<Fault>) {
    let until = now.plus(-PATIENCE).to_string();
    let index = Index::due(&partition);
    let mut done = Redriven::default();
    let found = match store.query_index_until(&index, &until, BATCH).await {
        Ok(found) => found,
        Err(error) => return (done, Some(error)),
    };
    let mut failed = None;
    let ids = found.iter().filter_map(|key| keys::id_of(&key.pk));
    for id in ids {
        let waited = id.created_at().map(|created_at| now.since(created_at)).unwrap_or_default();
        done.oldest = done.oldest.max(waited);
        match redrive_one(store, metrics, id, now).await {
            Ok(one) => done += one,
            Err(error) => {
                tracing::error!(item = %id, error = chain(&error), "an outbox item cannot be redriven");
                failed = failed.or(Some(error));
            }
        }
    }
    (done, failed)
}

async fn redrive_one(store: &Store, metrics: &Metrics, id: OutboxId, now: Timestamp) -> Result<Redriven, Fault> {
    let why = match touch(store, id, now).await {
        Ok(Touched::Redriven) => return Ok(Redriven { redriven: 1, ..Redriven::default() }),
        Ok(Touched::Nothing) => return Ok(Redriven::default()),
        Ok(Touched::TooOld) => "too old to be useful".to_owned(),
        // It can be neither sent nor judged, and would come up again for ever.
        Err(error @ Fault::Store(StoreError::Corrupt { .. })) => error.to_string(),
        Err(error) => return Err(error),
    };
    if !bury_waiting(store, id, &why, now).await? {
        return Ok(Redriven::default());
    }
    tracing::error!(item = %id, why, "mail given up");
    metrics.count(metrics::MAIL_DEAD_LETTERED, now);
    Ok(Redriven { buried: 1, ..Redriven::default() })
}
