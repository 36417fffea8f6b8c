//! Instants, and the one place that reads a clock.
//!
//! A request's time is the gateway's (`requestContext.timeEpoch`) and a schedule's is its event's, so that a
//! recorded event replays exactly. Only stream workers, whose events carry no trustworthy time, ask the system.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// An instant in UTC, in whole milliseconds.
///
/// Written as RFC 3339 with exactly three decimals (`2026-03-01T09:30:00.000Z`), so that the order of the
/// strings is the order of the instants and conditions in the store may compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Timestamp(jiff::Timestamp);

/// Milliseconds of 9999-01-01T00:00:00Z: past it the four-digit year, and with it the order of strings, ends.
const LATEST_MILLISECOND: i64 = 253_370_764_800_000;

impl Timestamp {
    /// The instant that lies `milliseconds` after 1970-01-01T00:00:00Z, if it lies between 1970 and 9999.
    pub fn from_millisecond(milliseconds: i64) -> Option<Self> {
        if !(0..LATEST_MILLISECOND).contains(&milliseconds) {
            return None;
        }
        jiff::Timestamp::from_millisecond(milliseconds).ok().map(Self)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn as_millisecond(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded down: the unit of JWT dates and of DynamoDB's TTL.
    pub fn as_second(self) -> i64 {
        self.0.as_second()
    }

    /// The instant `by` later (earlier for a negative duration); the same instant where the calendar ends before.
    #[must_use]
    pub fn plus(self, by: SignedDuration) -> Self {
        self.0.checked_add(by).map_or(self, Self)
    }

    /// How long after `earlier` this instant is; negative when it is before.
    pub fn since(self, earlier: Self) -> SignedDuration {
        self.0.duration_since(earlier.0)
    }

    /// The calendar day in UTC, `2026-03-01`.
    pub fn day(self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }

    /// The calendar month in UTC, `2026-03`.
    pub fn month(self) -> String {
        self.0.strftime("%Y-%m").to_string()
    }

    /// The first moment of the calendar month in UTC.
    #[must_use]
    pub fn start_of_month(self) -> Self {
        format!("{}-01T00:00:00Z", self.month()).parse().unwrap_or(self)
    }

    /// The first moment of the next calendar month in UTC.
    #[must_use]
    pub fn start_of_next_month(self) -> Self {
        // From the 1st on 32 days are always in the next month and never in the one after it.
        self.start_of_month().plus(SignedDuration::from_hours(32 * 24)).start_of_month()
    }

    /// The moment just before this one.
    #[must_use]
    pub fn before(self) -> Self {
        self.plus(SignedDuration::from_millis(-1))
    }

    /// For names of files: `20260301_093000`, in UTC.
    pub fn stamp(self) -> String {
        self.0.strftime("%Y%m%d_%H%M%S").to_string()
    }

    /// What calendar and clock show in UTC.
    pub fn civil(self) -> jiff::civil::DateTime {
        jiff::tz::Offset::UTC.to_datetime(self.0)
    }

    /// For people: `1 March 2026, 09:30 UTC`.
    pub fn for_people(self) -> String {
        self.0.strftime("%-d %B %Y, %H:%M UTC").to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let instant: jiff::Timestamp = text.parse()?;
        jiff::Timestamp::from_millisecond(instant.as_millisecond()).map(Self)
    }
}

impl From<Timestamp> for SystemTime {
    fn from(instant: Timestamp) -> Self {
        UNIX_EPOCH + Duration::from_millis(instant.as_millisecond().unsigned_abs())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The system's clock: for stream workers and the command line only.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
pub fn system_now() -> Timestamp {
    let now = jiff::Timestamp::now();
    Timestamp(jiff::Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now))
}

/// Measures how long something takes, for metrics: no rule depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(clippy::disallowed_methods, reason = "what is measured is only reported")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Whole milliseconds since then.
    pub fn milliseconds(self) -> i64 {
        i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_of_the_strings_is_the_order_of_the_instants(
            a in 0_i64..LATEST_MILLISECOND,
            b in 0_i64..LATEST_MILLISECOND,
        ) {
            let (a, b) = (Timestamp::from_millisecond(a).unwrap(), Timestamp::from_millisecond(b).unwrap());
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            prop_assert_eq!(a.to_string().parse::<Timestamp>().unwrap(), a);
        }

        #[test]
        fn a_month_begins_within_itself_and_after_the_one_before(at in 0_i64..LATEST_MILLISECOND) {
            let at = Timestamp::from_millisecond(at).unwrap();
            let beginning = at.start_of_month();
            prop_assert!(beginning <= at && beginning.month() == at.month());
            prop_assert!(beginning.as_millisecond() == 0 || beginning.before().month() < at.month());
            let next = at.start_of_next_month();
            prop_assert!(next > at && next.before().month() == at.month() || next.as_millisecond() >= LATEST_MILLISECOND - 1);
        }
    }
}
