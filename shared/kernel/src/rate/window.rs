//! Rates, and what a sliding window admits.
//!
//! A window is counted in slices. The oldest slice that the window still touches counts in full, so the sum is never
//! less than what truly happened within the window, and the limit is never exceeded.

use std::str::FromStr;

use super::Limit;
use super::tally::Standing;
use crate::clock::Timestamp;

/// Slices per window. Finer slices would lock out for a shorter while after a refusal, and cost larger items.
pub(crate) const SLICES: i64 = 6;

/// The longest window: counters are kept a little longer than this.
pub(crate) const LONGEST_MS: i64 = 86_400_000;

/// So many requests per span of time, written as `10/min`, `5/5min`, `15/hour` or `2/day`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    limit: u32,
    window_ms: i64,
}

/// What the counts of a window say. The request that looks is among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// How much is counted.
    pub(crate) used: u32,
    limit: u32,
    /// Seconds until one more request would be admitted if it is not now.
    pub(crate) retry_after: u32,
    /// Seconds until the first of what is counted leaves the window.
    grows_in: u32,
}

impl Rate {
    /// The same span with `factor` times the requests.
    #[must_use]
    pub fn times(self, factor: u32) -> Self {
        Self { limit: self.limit.saturating_mul(factor), ..self }
    }

    /// So many times the requests in so many times the span, which ends at a day.
    #[must_use]
    pub fn over(self, requests: u32, spans: i64) -> Self {
        Self {
            limit: self.limit.saturating_mul(requests),
            window_ms: self.window_ms.saturating_mul(spans).min(LONGEST_MS),
        }
    }

    /// So many of each `whole` requests in the same span, rounded up.
    #[must_use]
    pub fn share(self, part: u32, whole: u32) -> Self {
        Self { limit: self.limit.saturating_mul(part).div_ceil(whole.max(1)).max(1), ..self }
    }

    /// The requests that another rate of the same span leaves, at least one.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self { limit: self.limit.saturating_sub(other.limit).max(1), ..self }
    }

    pub(crate) fn limit(self) -> u32 {
        self.limit
    }

    pub(crate) fn seconds(self) -> i64 {
        self.window_ms / 1000
    }

    fn slice_ms(self) -> i64 {
        self.window_ms / SLICES
    }

    pub(crate) fn slice(self, now: Timestamp) -> i64 {
        now.as_millisecond() / self.slice_ms()
    }

    /// When the slice of this moment ends.
    pub(crate) fn slice_ends_at_ms(self, now: Timestamp) -> i64 {
        self.slice_begins_at_ms(self.slice(now) + 1)
    }

    /// When a slice begins. What is read from a stored name may be any number.
    pub(crate) fn slice_begins_at_ms(self, slice: i64) -> i64 {
        slice.saturating_mul(self.slice_ms())
    }

    /// Reads the counts of the window that ends now.
    pub(crate) fn look(self, now: Timestamp, counts: impl Fn(i64) -> u32) -> Look {
        let current = self.slice(now);
        // Requests reach the store in another order than the gateway: the next slice may have begun.
        let counts: Vec<(i64, u32)> = (current - SLICES..=current + 1).map(|slice| (slice, counts(slice))).collect();
        let sum_from = |oldest: i64| {
            let of_window = counts.iter().filter(|(slice, _)| *slice >= oldest);
            of_window.fold(0_u32, |sum, (_, count)| sum.saturating_add(*count))
        };
        // A slice is forgotten when the window does not touch it any more.
        let seconds_until = |oldest_left: i64| {
            let wait_ms = (oldest_left + SLICES) * self.slice_ms() - now.as_millisecond();
            u32::try_from(wait_ms.max(0) / 1000 + 1).unwrap_or(u32::MAX)
        };
        // The first moment at which enough old slices have left the window for one more request.
        let enough = (current - SLICES + 1..=current + 1).find(|oldest| sum_from(*oldest) < self.limit);
        let first = counts.iter().find(|(_, count)| *count > 0).map_or(current, |(slice, _)| *slice);
        Look {
            used: sum_from(current - SLICES),
            limit: self.limit,
            retry_after: seconds_until(enough.unwrap_or(current + 2)),
            grows_in: seconds_until(first + 1),
        }
    }
}

impl Look {
    /// How many of the `added` requests, which are counted among the others, come within the limit.
    pub(crate) fn granted(self, added: u32) -> u32 {
        let before = self.used.saturating_sub(added);
        self.limit.saturating_sub(before).min(added)
    }

    /// Whether nothing is left of the limit.
    pub(crate) fn is_used_up(self) -> bool {
        self.used >= self.limit
    }

    /// How a limit stands after this.
    pub(crate) fn standing(self, limit: Limit) -> Standing {
        let remaining = self.limit.saturating_sub(self.used);
        Standing { limit, remaining, grows_in: if remaining == 0 { self.retry_after } else { self.grows_in } }
    }
}

/// The text is no rate.
#[derive(Debug, thiserror::Error)]
#[error("a rate is written as 10/min, 5/5min, 15/hour or 2/day")]
pub struct RateMalformed;

impl FromStr for Rate {
    type Err = RateMalformed;

    fn from_str(text: &str) -> Result<Self, RateMalformed> {
        let (limit, span) = text.split_once('/').ok_or(RateMalformed)?;
        let unit = span.trim_start_matches(|c: char| c.is_ascii_digit());
        let count = span.strip_suffix(unit).ok_or(RateMalformed)?;
        let count: i64 = if count.is_empty() { 1 } else { count.parse().map_err(|_| RateMalformed)? };
        let unit_ms = match unit {
            "min" => 60_000,
            "hour" => 3_600_000,
            "day" => 86_400_000,
            _ => return Err(RateMalformed),
        };
        let window_ms = count.checked_mul(unit_ms).filter(|window| (1..=LONGEST_MS).contains(window));
        let limit = limit.parse().ok().filter(|limit| *limit > 0);
        limit.zip(window_ms).map(|(limit, window_ms)| Self { limit, window_ms }).ok_or(RateMalformed)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    #[test]
    fn rates_are_read_as_they_are_written() {
        let read = |text: &str| text.parse::<Rate>().map(|rate| (rate.limit, rate.window_ms)).unwrap();
        assert_eq!(read("10/min"), (10, 60_000));
        assert_eq!(read("5/5min"), (5, 300_000));
        assert_eq!(read("5000/hour"), (5000, 3_600_000));
        assert_eq!(read("100/day"), (100, 86_400_000));
        for wrong in [
            "",
            "10",
            "0/min",
            "-1/min",
            "10/year",
            "10/ min",
            "5/0min",
            "1/2day",
            "1/-5min",
            "1/99999999999999999999min",
        ] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_longer_span_ends_at_a_day() {
        let rate: Rate = "5/5min".parse().unwrap();
        assert_eq!(rate.over(3, 12), "15/hour".parse().unwrap());
        assert_eq!(rate.over(10, 288), "50/day".parse().unwrap());
        assert_eq!(rate.over(10, 10_000), "50/day".parse().unwrap());
    }

    #[test]
    fn what_a_share_leaves_is_the_rest_of_the_rate() {
        let sum: Rate = "20/day".parse().unwrap();
        assert_eq!(sum.less(sum.share(2, 5)), "12/day".parse().unwrap());
        assert_eq!(sum.less(sum).limit(), 1, "never none");
    }

    #[test]
    fn a_share_is_rounded_up() {
        for (whole, share) in [("3/10min", "2/10min"), ("10/hour", "4/hour"), ("20/day", "8/day"), ("1/day", "1/day")] {
            assert_eq!(whole.parse::<Rate>().unwrap().share(2, 5), share.parse().unwrap());
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
            let mut time = 1_000_000;
            for gap in gaps {
                time += gap;
                *counts.entry(rate.slice(at(time))).or_default() += 1;
                let look = rate.look(at(time), |slice| counts.get(&slice).copied().unwrap_or(0));
                if look.granted(1) == 1 {
                    admitted.push(time);
                    let within = admitted.iter().filter(|earlier| time - **earlier < rate.window_ms).count();
                    prop_assert!(within <= limit as usize);
                }
            }
        }

        #[test]
        fn of_every_rate_and_past_the_wait_that_is_named_is_enough_and_so_is_that_of_a_limit_with_nothing_left(
            limit in 1_u32..30,
            window_ms in prop_oneof![Just(60_000_i64), Just(300_000), Just(3_600_000), Just(LONGEST_MS)],
            begin in 0_i64..LONGEST_MS,
            past in proptest::collection::vec((0_i64..400, 1_u32..6), 1..60),
        ) {
            let rate = Rate { limit, window_ms };
            let mut counts = HashMap::<i64, u32>::new();
            let mut time = begin;
            for (permille, requests) in past {
                time += window_ms * permille / 1000;
                *counts.entry(rate.slice(at(time))).or_default() += requests;
                let look = rate.look(at(time), |slice| counts.get(&slice).copied().unwrap_or(0));
                let standing = look.standing(Limit::new("test", rate));
                let is_refused = look.granted(requests) < requests;
                prop_assert!(!is_refused || standing.remaining == 0);
                if standing.remaining == 0 {
                    prop_assert_eq!(standing.grows_in, look.retry_after);
                    let later = at(time + i64::from(look.retry_after) * 1000);
                    let mut counts = counts.clone();
                    *counts.entry(rate.slice(later)).or_default() += 1;
                    prop_assert_eq!(rate.look(later, |slice| counts.get(&slice).copied().unwrap_or(0)).granted(1), 1);
                }
            }
        }

        #[test]
        fn after_the_wait_that_was_named_a_request_is_admitted(limit in 1_u32..8, tries in 1_u32..40, start in 0_i64..600_000) {
            let rate = Rate { limit, window_ms: 60_000 };
            let mut counts = HashMap::<i64, u32>::new();
            *counts.entry(rate.slice(at(start))).or_default() += limit + tries;
            let look = rate.look(at(start), |slice| counts.get(&slice).copied().unwrap_or(0));
            prop_assert_eq!(look.granted(1), 0);
            let later = at(start + i64::from(look.retry_after) * 1000);
            *counts.entry(rate.slice(later)).or_default() += 1;
            prop_assert_eq!(rate.look(later, |slice| counts.get(&slice).copied().unwrap_or(0)).granted(1), 1);
        }
    }
}
