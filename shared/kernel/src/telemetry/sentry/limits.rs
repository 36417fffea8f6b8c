//! When Sentry wants no more reports: its header `X-Sentry-Rate-Limits`, or `Retry-After` (RFC 9110, 10.2.3) of a 429,
//! read as Sentry asks of its SDKs (develop.sentry.dev/sdk/expected-features/rate-limiting).

use http::{HeaderMap, StatusCode, header};
use jiff::SignedDuration;

use crate::clock::Timestamp;

/// Lists limits: `seconds:categories:scope:reason`, in which `;` separates categories and none stands for all.
const RATE_LIMITS: &str = "x-sentry-rate-limits";
/// What Sentry calls reports of errors; `default` are those of which it does not know what they are.
const OURS: &[&str] = &["", "default", "error"];
/// How long nothing is sent after a 429 that does not say.
const REST: SignedDuration = SignedDuration::from_mins(1);
/// The longest rest, in seconds: what asks for more is a mistake.
const LONGEST: f64 = 86_400.0;

/// Until when no error is to be reported, if an answer says so. Also one that took a report may.
pub(super) fn resting_after(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let limits: Vec<&str> = headers.get_all(RATE_LIMITS).iter().filter_map(|value| value.to_str().ok()).collect();
    let rest = if !limits.is_empty() {
        limits.iter().flat_map(|limits| limits.split(',')).filter_map(of_errors).max()
    } else if status == StatusCode::TOO_MANY_REQUESTS {
        Some(headers.get(header::RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?, now)).unwrap_or(REST))
    } else {
        None
    };
    rest.filter(SignedDuration::is_positive).map(|rest| now.plus(rest))
}

/// How long a limit lasts that concerns errors.
fn of_errors(limit: &str) -> Option<SignedDuration> {
    let mut parts = limit.trim().split(':');
    let rest = parts.next().and_then(seconds).unwrap_or(REST);
    let categories = parts.next()?;
    categories.split(';').any(|category| OURS.contains(&category)).then_some(rest)
}

/// Seconds, or a date.
fn retry_after(value: &str, now: Timestamp) -> Option<SignedDuration> {
    let until = || jiff::fmt::rfc2822::parse(value).ok().map(|date| date.timestamp());
    seconds(value).or_else(|| Some(SignedDuration::from_secs(until()?.as_second() - now.as_second())))
}

/// Whole or not.
fn seconds(text: &str) -> Option<SignedDuration> {
    let seconds: f64 = text.parse().ok()?;
    SignedDuration::try_from_secs_f64(seconds.clamp(0.0, LONGEST)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many milliseconds nothing is sent after an answer with these headers.
    fn rest(status: u16, headers: &[(&'static str, &'static str)]) -> Option<i64> {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let until = resting_after(status.try_into().unwrap(), &headers, now)?;
        Some(until.as_millisecond() - now.as_millisecond())
    }

    #[test]
    fn sentrys_limits_on_errors_are_obeyed_whatever_the_status() {
        for (limits, milliseconds) in [
            ("60:error:organization", Some(60_000)),
            ("2.5:error:key", Some(2_500)),
            ("60:transaction:key, 2700:default;error;security:organization", Some(2_700_000)),
            ("30::organization:quota", Some(30_000)),
            ("60:transaction;log_item:key", None),
            ("5:error:key,40::key,10:error:key", Some(40_000)),
            ("soon:error:key", Some(60_000)),
            ("1e300:error:key", Some(86_400_000)),
            ("inf:error:key", Some(86_400_000)),
            ("NaN:error:key", Some(60_000)),
            ("-4:error:key", None),
            ("0:error:key", None),
            ("", None),
        ] {
            assert_eq!(rest(200, &[("x-sentry-rate-limits", limits)]), milliseconds, "{limits}");
            assert_eq!(rest(429, &[("x-sentry-rate-limits", limits), ("retry-after", "7")]), milliseconds, "{limits}");
        }
    }

    #[test]
    fn a_429_is_obeyed_for_as_long_as_it_says_or_a_minute() {
        for (value, milliseconds) in
            [("7", 7_000), ("1.5", 1_500), ("Sun, 01 Mar 2026 12:00:09 GMT", 9_000), ("whenever", 60_000)]
        {
            assert_eq!(rest(429, &[("retry-after", value)]), Some(milliseconds), "{value}");
        }
        assert_eq!(rest(429, &[]), Some(60_000));
        assert_eq!(rest(503, &[("retry-after", "7")]), None);
        assert_eq!(rest(200, &[]), None);
    }
}
