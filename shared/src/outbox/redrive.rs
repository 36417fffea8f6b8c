//! What the stream lost or could not send: put before it again, or given up when it says nothing useful any more.
//!
//! A stream forgets after a day, and what Lambda puts on its dead-letter queue is only metadata; the items
//! themselves still wait in the index `outbox_due`.

use jiff::SignedDuration;

use super::item::{bury, touch};
use crate::clock::Timestamp;
use crate::dynamo::request::Index;
use crate::dynamo::{Store, StoreError, keys};
use crate::id::OutboxId;
use crate::telemetry::{Metric, Metrics};

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
}

/// Looks at every item that has waited for five minutes: one `Query` per partition of the index, and one
/// `UpdateItem` per item found.
pub async fn redrive(store: &Store, metrics: &Metrics, now: Timestamp) -> Result<Redriven, StoreError> {
    let until = now.plus(-PATIENCE).to_string();
    let mut done = Redriven::default();
    for partition in keys::outbox_due_shards() {
        let index = Index { name: "outbox_due", hash: "due_shard", range: "due_at", partition: &partition };
        for found in store.query_index_until(&index, &until, BATCH).await? {
            let pk = found.get("pk").and_then(|pk| pk.as_s().ok());
            let Some(id) = pk.and_then(|pk| keys::outbox_id_of(pk)) else { continue };
            redrive_one(store, metrics, id, now, &mut done).await?;
        }
    }
    Ok(done)
}

async fn redrive_one(
    store: &Store,
    metrics: &Metrics,
    id: OutboxId,
    now: Timestamp,
    done: &mut Redriven,
) -> Result<(), StoreError> {
    let Some(item) = touch(store, id, now).await? else { return Ok(()) };
    if item.useful_until < now {
        tracing::error!(request_id = item.request_id, item = %id, "mail given up: too old to be useful");
        bury(store, keys::outbox_item(id), "too old to be useful", now).await?;
        metrics.count(Metric::MailDeadLettered, now);
        done.buried += 1;
    } else {
        done.redriven += 1;
    }
    Ok(())
}
