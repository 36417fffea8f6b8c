//! Schedule expressions as EventBridge Scheduler writes them, and the times at which they are due.
//!
//! `rate(5 minutes)`, `at(2026-11-21T15:00:00)` and `cron(minutes hours day-of-month month day-of-week year)`.
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>. The rare cron marks `W` and `#`
//! are refused by name.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/// How far ahead a cron expression is searched: the longest gap is a 29 February across a year 2100.
const SEARCHED_DAYS: usize = 366 * 9;

/// When a schedule is due.
#[derive(Debug, Clone)]
pub enum Expression {
    /// Every so often, counted from the last time.
    Rate(SignedDuration),
    /// Once.
    At(Timestamp),
    /// At the times of a calendar.
    Cron(Box<Cron>),
}

/// The six fields of a cron expression and the zone they are meant in.
#[derive(Debug, Clone)]
pub struct Cron {
    minutes: Vec<i16>,
    hours: Vec<i16>,
    days: Option<Vec<i16>>,
    last_day_of_month: bool,
    months: Vec<i16>,
    weekdays: Option<Vec<i16>>,
    years: Vec<i16>,
    zone: TimeZone,
}

/// Why a schedule expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schedule expression `{expression}`: {problem}")]
pub struct ExpressionError {
    expression: String,
    problem: String,
}

impl Expression {
    /// Parses an expression; `zone` is a name of the IANA database.
    pub fn parse(expression: &str, zone: &str) -> Result<Self, ExpressionError> {
        read(expression, zone).map_err(|problem| ExpressionError { expression: expression.to_owned(), problem })
    }

    /// The first time after `last` at which it is due.
    pub fn next_after(&self, last: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Rate(period) => last.checked_add(*period).ok(),
            Self::At(once) => (*once > last).then_some(*once),
            Self::Cron(cron) => cron.next_after(last),
        }
    }

    /// The times it became due after `last` and up to `now`, but only the latest `most` of them.
    pub fn due(&self, last: Timestamp, now: Timestamp, most: usize) -> Vec<Timestamp> {
        let mut due = std::collections::VecDeque::new();
        let mut time = last;
        while let Some(next) = self.next_after(time).filter(|next| *next <= now) {
            due.push_back(next);
            if due.len() > most {
                due.pop_front();
            }
            time = next;
        }
        due.into()
    }
}

/// The event of one invocation: the scheduler's placeholders filled in.
pub fn fill(input: &str, due: Timestamp) -> String {
    let time = due.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    input.replace("<aws.scheduler.scheduled-time>", &time).replace("<aws.scheduler.attempt-number>", "1")
}

fn read(expression: &str, zone: &str) -> Result<Expression, String> {
    let zone = TimeZone::get(zone).map_err(|error| error.to_string())?;
    let (kind, rest) = expression.split_once('(').ok_or("it is not rate(…), at(…) or cron(…)")?;
    let inner = rest.strip_suffix(')').ok_or("its bracket is not closed")?;
    match kind {
        "rate" => {
            let (value, unit) = inner.split_once(' ').ok_or("a rate is a number and a unit")?;
            let value: i64 = value.parse().ok().filter(|value| *value > 0).ok_or("a rate is a whole number")?;
            let seconds = match unit.trim_end_matches('s') {
                "minute" => 60,
                "hour" => 3600,
                "day" => 86_400,
                _ => return Err("a rate is in minutes, hours or days".to_owned()),
            };
            Ok(Expression::Rate(SignedDuration::from_secs(value.saturating_mul(seconds))))
        }
        "at" => {
            let time: DateTime = inner.parse().map_err(|_| "at(…) takes yyyy-mm-ddThh:mm:ss")?;
            let once = time.to_zoned_datetime(zone).map_err(|error| error.to_string())?;
            Ok(Expression::At(once.timestamp()))
        }
        "cron" => cron(inner, zone).map(Box::new).map(Expression::Cron),
        _ => Err("it is not rate(…), at(…) or cron(…)".to_owned()),
    }
}

fn cron(fields: &str, zone: TimeZone) -> Result<Cron, String> {
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [minutes, hours, days, months, weekdays, years] = fields.as_slice() else {
        return Err("cron has six fields".to_owned());
    };
    if (*days == "?") == (*weekdays == "?") {
        return Err("exactly one of day-of-month and day-of-week is `?`".to_owned());
    }
    let last_day_of_month = *days == "L";
    Ok(Cron {
        minutes: field(minutes, 0, 59, &[])?,
        hours: field(hours, 0, 23, &[])?,
        days: if *days == "?" || last_day_of_month { None } else { Some(field(days, 1, 31, &[])?) },
        last_day_of_month,
        months: field(months, 1, 12, &MONTHS)?,
        weekdays: if *weekdays == "?" { None } else { Some(field(weekdays, 1, 7, &WEEKDAYS)?) },
        years: field(years, 1970, 2199, &[])?,
        zone,
    })
}

/// One field: `*`, numbers or names, ranges, steps, and lists of those.
fn field(text: &str, lowest: i16, highest: i16, names: &[&str]) -> Result<Vec<i16>, String> {
    let number = |part: &str| -> Result<i16, String> {
        let by_name = (lowest..).zip(names).find(|(_, name)| name.eq_ignore_ascii_case(part)).map(|(value, _)| value);
        by_name
            .or_else(|| part.parse().ok())
            .filter(|value| (lowest..=highest).contains(value))
            .ok_or_else(|| format!("`{part}` is not read here (from {lowest} to {highest})"))
    };
    let mut values = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0).ok_or("a step is above 0")?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if range == "*" => (lowest, highest),
            // `5/15` means from 5 on, every 15.
            None => (number(range)?, if part.contains('/') { highest } else { number(range)? }),
        };
        values.extend((from..=to).step_by(step));
    }
    values.sort_unstable();
    values.dedup();
    if values.is_empty() { Err(format!("`{text}` means no time at all")) } else { Ok(values) }
}

impl Cron {
    fn next_after(&self, last: Timestamp) -> Option<Timestamp> {
        let first = last.to_zoned_datetime(self.zone.clone()).date();
        first.series(jiff::Span::new().days(1)).take(SEARCHED_DAYS).filter(|date| self.runs_on(*date)).find_map(
            |date| {
                let times = self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
                times
                    .filter_map(|(hour, minute)| {
                        let time = date.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
                        Some(time.to_zoned_datetime(self.zone.clone()).ok()?.timestamp())
                    })
                    .find(|time| *time > last)
            },
        )
    }

    fn runs_on(&self, date: Date) -> bool {
        let day = i16::from(date.day());
        let weekday = i16::from(date.weekday().to_sunday_one_offset());
        self.years.contains(&date.year())
            && self.months.contains(&i16::from(date.month()))
            && self.days.as_ref().is_none_or(|days| days.contains(&day))
            && (!self.last_day_of_month || date == date.last_of_month())
            && self.weekdays.as_ref().is_none_or(|weekdays| weekdays.contains(&weekday))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, zone: &str, last: &str) -> String {
        let expression = Expression::parse(expression, zone).unwrap();
        expression.next_after(last.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn each_kind_of_expression_gives_its_next_time() {
        for (expression, zone, last, expected) in [
            ("rate(5 minutes)", "UTC", "2026-11-21T15:03:10Z", "2026-11-21T15:08:10Z"),
            ("rate(1 day)", "UTC", "2026-11-21T15:03:10Z", "2026-11-22T15:03:10Z"),
            ("at(2026-12-01T08:00:00)", "Europe/Berlin", "2026-11-21T00:00:00Z", "2026-12-01T07:00:00Z"),
            ("cron(0 3 * * ? *)", "UTC", "2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z"),
            ("cron(0 3 * * ? *)", "UTC", "2026-11-21T02:59:59Z", "2026-11-21T03:00:00Z"),
            ("cron(15/20 8-9 * * ? *)", "UTC", "2026-11-21T08:36:00Z", "2026-11-21T08:55:00Z"),
            ("cron(0 9 ? * MON-FRI *)", "UTC", "2026-11-20T09:00:00Z", "2026-11-23T09:00:00Z"),
            ("cron(0 9 ? * 1 *)", "UTC", "2026-11-20T09:00:00Z", "2026-11-22T09:00:00Z"),
            ("cron(0 0 L * ? *)", "UTC", "2026-11-21T00:00:00Z", "2026-11-30T00:00:00Z"),
            ("cron(0 0 29 FEB ? *)", "UTC", "2026-11-21T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("cron(30 6 1 1,7 ? *)", "Asia/Tokyo", "2026-11-21T00:00:00Z", "2026-12-31T21:30:00Z"),
        ] {
            assert_eq!(next(expression, zone, last), expected, "{expression}");
        }
    }

    #[test]
    fn times_missed_are_due_in_order_and_only_the_latest_of_many() {
        let hourly = Expression::parse("rate(1 hour)", "UTC").unwrap();
        let last = "2026-11-21T00:00:00Z".parse().unwrap();
        let due = hourly.due(last, "2026-11-21T03:30:00Z".parse().unwrap(), 100);
        assert_eq!(due.len(), 3);
        let capped = hourly.due(last, "2026-12-21T00:00:00Z".parse().unwrap(), 2);
        assert_eq!(
            capped.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["2026-12-20T23:00:00Z", "2026-12-21T00:00:00Z"]
        );
    }

    #[test]
    fn the_scheduled_time_is_filled_in_as_the_scheduler_writes_it() {
        let due = "2026-11-21T15:05:00.25Z".parse().unwrap();
        assert_eq!(fill(r#"{"time":"<aws.scheduler.scheduled-time>"}"#, due), r#"{"time":"2026-11-21T15:05:00Z"}"#);
    }

    #[test]
    fn an_expression_that_cannot_be_kept_is_refused() {
        for expression in [
            "rate(0 minutes)",
            "rate(5 weeks)",
            "cron(0 3 * * *)",
            "cron(0 3 * * * *)",
            "cron(61 3 * * ? *)",
            "cron(0 3 ? * 6#3 *)",
            "cron(0 3 15W * ? *)",
            "daily",
            "at(tomorrow)",
            "cron(9-3 0 * * ? *)",
        ] {
            assert!(Expression::parse(expression, "UTC").is_err(), "{expression}");
        }
        assert!(Expression::parse("rate(5 minutes)", "Mars/Olympus").is_err());
    }
}
