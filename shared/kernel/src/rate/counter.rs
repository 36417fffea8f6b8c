//! The counts of one [`Counted`]: an item with an attribute for each slice of each of its limits.

use aws_sdk_dynamodb::types::AttributeValue;

use super::window::{LONGEST_MS, SLICES};
use super::{Counted, Limit, keys};
use crate::clock::Timestamp;
use crate::dynamo::{Item, Store, Update};
use crate::fault::Fault;

/// How many slices before the window each update removes.
const SWEPT: i64 = 12;
/// A counter that is used after longer rests leaves slices behind that no update names; so many are let lie.
const LITTER: usize = 24;
/// How many of them one sweep removes, oldest first. DynamoDB takes expressions of up to 4 KB, which is less than 900 names,
/// so a counter that was left with thousands is swept a few times.
const MOST_SWEPT: usize = 200;
/// How much longer than the longest window a counter lies, in seconds.
const LEEWAY: i64 = 3_600;

/// What is counted of it.
pub(crate) struct Counts {
    counted: Counted,
    item: Item,
}

impl Counts {
    /// What one slice of a limit counted. What cannot be read counts as more than any limit.
    pub(crate) fn of(&self, limit: Limit, slice: i64) -> u32 {
        match self.item.get(&attribute(&self.counted, limit, slice)) {
            // Below zero is what was given back twice, since the answer to the first time was lost.
            Some(AttributeValue::N(number)) => {
                number.parse::<i64>().map_or(u32::MAX, |count| u32::try_from(count.max(0)).unwrap_or(u32::MAX))
            }
            Some(_) => u32::MAX,
            None => 0,
        }
    }
}

/// Adds so much to each of these limits, in the slice of this moment, and reads all slices back: 1 `UpdateItem`, 1 write
/// unit per KB; now and then a second one, which sweeps.
pub(crate) async fn add(
    store: &Store,
    counted: &Counted,
    adds: &[(Limit, u32)],
    now: Timestamp,
) -> Result<Counts, Fault> {
    let mut update = Update::of(counted.key())
        .set("ttl", now.as_second() + LONGEST_MS / 1000 + LEEWAY)
        .set("v", 1_u32)
        .set("entity", keys::RATE_COUNTER.name());
    for (limit, amount) in adds {
        let current = limit.rate.slice(now);
        update = update.add(&attribute(counted, *limit, current), i64::from(*amount));
        for stale in current - SLICES - SWEPT..current - SLICES {
            update = update.remove(&attribute(counted, *limit, stale));
        }
    }
    let item = store.update_item(update).await?.unwrap_or_default();
    if let Err(error) = sweep(store, counted, adds, &item, now).await {
        tracing::warn!(%error, "a counter was not swept");
    }
    Ok(Counts { counted: counted.clone(), item })
}

/// Takes one back from each of these limits, where it was counted at `then`: 1 `UpdateItem`, 1 write unit per KB.
pub(crate) async fn take_back(
    store: &Store,
    counted: &Counted,
    limits: &[Limit],
    then: Timestamp,
) -> Result<(), Fault> {
    store.update_item(taking_back(counted, limits, then)).await.map(drop)
}

/// The same as a step of a transaction.
pub(crate) fn taking_back(counted: &Counted, limits: &[Limit], then: Timestamp) -> Update {
    limits.iter().fold(Update::of(counted.key()), |update, limit| {
        update.add(&attribute(counted, *limit, limit.rate.slice(then)), -1)
    })
}

/// Removes what lies before the windows of these limits, once it has become much. Nobody adds to those slices any more,
/// so no count is lost by it.
async fn sweep(
    store: &Store,
    counted: &Counted,
    adds: &[(Limit, u32)],
    item: &Item,
    now: Timestamp,
) -> Result<(), Fault> {
    let stale_from = |name: &str| {
        adds.iter().find_map(|(limit, _)| {
            let slice = slice_of(name, *limit).filter(|slice| *slice < limit.rate.slice(now) - SLICES)?;
            Some(limit.rate.slice_begins_at_ms(slice))
        })
    };
    let mut stale: Vec<(i64, &String)> = item.keys().filter_map(|name| Some((stale_from(name)?, name))).collect();
    if stale.len() <= LITTER {
        return Ok(());
    }
    stale.sort_unstable();
    let oldest = stale.into_iter().take(MOST_SWEPT);
    let sweep = oldest.fold(Update::of(counted.key()), |update, (_, slice)| update.remove(slice));
    store.update_item(sweep).await.map(drop)
}

fn attribute(counted: &Counted, limit: Limit, slice: i64) -> String {
    format!("{}{slice}", counted.prefix(limit))
}

/// The slice of a limit that an attribute counts, in whatever bucket.
fn slice_of(attribute: &str, limit: Limit) -> Option<i64> {
    let rest = attribute.strip_prefix(limit.name).filter(|rest| rest.starts_with(['.', '@']))?;
    rest.rsplit_once('.')?.1.parse().ok()
}
