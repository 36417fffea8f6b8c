//! Rate limits: sliding windows that never admit more than their limit, at one atomic update per request.
//!
//! A window is counted in slices. Each request adds one to the slice of its moment and reads all slices back
//! in the same update; the oldest slice that the window still touches counts in full, so the sum is never less
//! than what truly happened within the window. Refused tries count as well: who keeps hammering stays out.

use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;

use super::Problem;
use crate::clock::Timestamp;
use crate::dynamo::{Item, Store, StoreError, Update, keys};

/// Slices per window. Finer slices would lock out for a shorter while after a refusal, and cost larger items.
const SLICES: i64 = 6;
/// How many slices before the window each update removes.
const SWEPT: i64 = 24;
/// A counter that is used after longer rests leaves slices behind that no update names; so many are let lie.
const LITTER: usize = 24;

/// So many requests per span of time, written as `10/min`, `15/hour` or `2/day`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    limit: u32,
    window_ms: i64,
}

impl Rate {
    /// The same span with `factor` times the requests.
    #[must_use]
    pub fn times(self, factor: u32) -> Self {
        Self { limit: self.limit.saturating_mul(factor), ..self }
    }

    fn slice_ms(self) -> i64 {
        self.window_ms / SLICES
    }

    fn slice(self, now: Timestamp) -> i64 {
        now.as_millisecond() / self.slice_ms()
    }

    /// Whether `counts` (by slice) admit the request that is already counted among them; else seconds to wait.
    fn judge(self, now: Timestamp, counts: impl Fn(i64) -> u32) -> Result<(), u32> {
        let current = self.slice(now);
        let sum_from = |oldest: i64| (oldest..=current).fold(0_u32, |sum, slice| sum.saturating_add(counts(slice)));
        if sum_from(current - SLICES) <= self.limit {
            return Ok(());
        }
        // The first moment at which enough old slices have left the window for one more request.
        let leaving = (current - SLICES + 1..=current).find(|oldest| sum_from(*oldest) < self.limit);
        let free_slice = leaving.unwrap_or(current + 1) + SLICES;
        let wait_ms = free_slice * self.slice_ms() - now.as_millisecond();
        Err(u32::try_from(wait_ms.max(0) / 1000 + 1).unwrap_or(u32::MAX))
    }
}

/// The text is no rate.
#[derive(Debug, thiserror::Error)]
#[error("a rate is written as 10/min, 15/hour or 2/day")]
pub struct RateMalformed;

impl FromStr for Rate {
    type Err = RateMalformed;

    fn from_str(text: &str) -> Result<Self, RateMalformed> {
        let (limit, span) = text.split_once('/').ok_or(RateMalformed)?;
        let window_ms = match span {
            "min" => 60_000,
            "hour" => 3_600_000,
            "day" => 86_400_000,
            _ => return Err(RateMalformed),
        };
        let limit = limit.parse().ok().filter(|limit| *limit > 0).ok_or(RateMalformed)?;
        Ok(Self { limit, window_ms })
    }
}

/// Why a request may not go on.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The limit is used up for so many seconds.
    #[error("the limit is used up for {0} seconds")]
    Limited(u32),
    /// The counter cannot be kept; then nobody is admitted.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Limited(seconds) => Self::rate_limited(seconds),
            Refused::Store(error) => error.into(),
        }
    }
}

/// Counts one request of `counted` (an address, a session, the MAC of a mail address) against the limit `name`.
/// 1 `UpdateItem`, 1 write unit; now and then a second one, which sweeps.
pub async fn admit(
    store: &Store,
    name: &'static str,
    counted: String,
    rate: Rate,
    now: Timestamp,
) -> Result<(), Refused> {
    let current = rate.slice(now);
    let oldest = current - SLICES;
    let ends_at = now.as_second() + rate.window_ms / 1000 + 60;
    let mut update = Update::of(keys::rate_counter(name, &counted))
        .set("ttl", ends_at)
        .set("v", 1_u32)
        .set("entity", keys::Entity::RateCounter.name())
        .add(&slice_name(current), 1);
    for stale in oldest - SWEPT..oldest {
        update = update.remove(&slice_name(stale));
    }
    let item = store.update_item(update).await?.unwrap_or_default();
    if let Err(error) = sweep(store, name, &counted, &item, oldest).await {
        tracing::warn!(%error, "a counter was not swept");
    }
    let count = |slice: i64| match item.get(&slice_name(slice)) {
        Some(AttributeValue::N(number)) => number.parse().unwrap_or(u32::MAX),
        Some(_) => u32::MAX,
        None => 0,
    };
    rate.judge(now, count).map_err(Refused::Limited)
}

/// Takes back a request that [`admit`] counted and refused, where the one who is counted is not the one who asks: then
/// refusals that count would let anybody use up somebody else's limit for good. 1 `UpdateItem`, 1 write unit.
pub async fn uncount(
    store: &Store,
    name: &'static str,
    counted: &str,
    rate: Rate,
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = Update::of(keys::rate_counter(name, counted)).add(&slice_name(rate.slice(now)), -1);
    store.update_item(update).await.map(drop)
}

/// Removes what lies before the window, once it has become much. Nobody adds to those slices any more, so no count
/// is lost by it.
async fn sweep(store: &Store, name: &str, counted: &str, item: &Item, oldest: i64) -> Result<(), StoreError> {
    let is_stale = |name: &&String| slice_number(name).is_some_and(|slice| slice < oldest);
    let stale: Vec<&String> = item.keys().filter(is_stale).collect();
    if stale.len() <= LITTER {
        return Ok(());
    }
    let sweep =
        stale.into_iter().fold(Update::of(keys::rate_counter(name, counted)), |update, slice| update.remove(slice));
    store.update_item(sweep).await.map(drop)
}

fn slice_name(slice: i64) -> String {
    format!("s{slice}")
}

fn slice_number(name: &str) -> Option<i64> {
    name.strip_prefix('s')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_are_read_as_they_are_written() {
        let rate: Rate = "10/min".parse().unwrap();
        assert_eq!((rate.limit, rate.window_ms), (10, 60_000));
        for wrong in ["", "10", "0/min", "-1/min", "10/year", "10/ min"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_window_of_the_rates_length_ever_admits_more_than_the_limit(
            limit in 1_u32..8,
            gaps in proptest::collection::vec(0_i64..25_000, 1..120),
        ) {
            let rate = Rate { limit, window_ms: 60_000 };
            let mut counts = HashMap::<i64, u32>::new();
            let mut admitted = Vec::<i64>::new();
            let mut at = 1_000_000;
            for gap in gaps {
                at += gap;
                let now = Timestamp::from_millisecond(at).unwrap();
                *counts.entry(rate.slice(now)).or_default() += 1;
                if rate.judge(now, |slice| counts.get(&slice).copied().unwrap_or(0)).is_ok() {
                    admitted.push(at);
                    let within = admitted.iter().filter(|earlier| at - **earlier < rate.window_ms).count();
                    prop_assert!(within <= limit as usize);
                }
            }
        }

        #[test]
        fn after_the_wait_that_was_named_a_request_is_admitted(limit in 1_u32..8, tries in 1_u32..40, start in 0_i64..600_000) {
            let rate = Rate { limit, window_ms: 60_000 };
            let mut counts = HashMap::<i64, u32>::new();
            let now = Timestamp::from_millisecond(start).unwrap();
            *counts.entry(rate.slice(now)).or_default() += limit + tries;
            let wait = rate.judge(now, |slice| counts.get(&slice).copied().unwrap_or(0)).unwrap_err();
            let later = Timestamp::from_millisecond(start + i64::from(wait) * 1000).unwrap();
            *counts.entry(rate.slice(later)).or_default() += 1;
            prop_assert!(rate.judge(later, |slice| counts.get(&slice).copied().unwrap_or(0)).is_ok());
        }
    }
}
