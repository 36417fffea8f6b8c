//! Forgetting exports that have expired: every night, by the sparse index in which they wait.

use futures_util::future::join_all;

use super::store;
use crate::privacy::keys;
use latchkey_kernel::bucket::Bucket;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::request::Index;
use latchkey_kernel::dynamo::{Key, Row as _, Store, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::telemetry::chain;

/// How many exports of one partition of the index are forgotten in one run.
const BATCH: i32 = 100;

/// Forgets every export whose time is over, and tells how many there were: 1 `Query` for each of eight partitions of the
/// index, then for each export 1 `GetItem`, what forgetting its file costs, and 1 `DeleteItem`. A file that is not there
/// any more is as well. One that cannot be forgotten holds up no other: the run goes on, and fails at the end.
pub async fn clear_away(store: &Store, bucket: Option<&Bucket>, now: Timestamp) -> Result<u32, Fault> {
    let partitions = keys::export_due_shards().map(|partition| clear_partition(store, bucket, partition, now));
    let mut forgotten = 0;
    let mut failed = None;
    for (count, error) in join_all(partitions).await {
        forgotten += count;
        failed = failed.or(error);
    }
    failed.map_or(Ok(forgotten), Err)
}

async fn clear_partition(
    store: &Store,
    bucket: Option<&Bucket>,
    partition: String,
    now: Timestamp,
) -> (u32, Option<Fault>) {
    let index = Index::due(&partition);
    let found = match store.query_index_until(&index, &now.to_string(), BATCH).await {
        Ok(found) => found,
        Err(error) => return (0, Some(error)),
    };
    let (mut forgotten, mut failed) = (0, None);
    for key in found {
        match forget(store, bucket, &key, now).await {
            Ok(done) => forgotten += u32::from(done),
            Err(error) => {
                tracing::error!(error = chain(&error), "an export cannot be forgotten");
                failed = failed.or(Some(error));
            }
        }
    }
    (forgotten, failed)
}

/// The file first: an item without a file is found again, a file without an item never.
async fn forget(store: &Store, bucket: Option<&Bucket>, key: &Key, now: Timestamp) -> Result<bool, Fault> {
    let Some((account, request)) = keys::export_of(&key.pk, &key.sk) else {
        return Ok(false);
    };
    // What the index says may be behind.
    let Some(export) = store::find(store, account, request).await?.filter(|export| export.expires_at <= now) else {
        return Ok(false);
    };
    if let Some(bucket) = bucket {
        bucket.forget(&export.object).await?;
    }
    store.delete(&export.key(), &present()).await
}
