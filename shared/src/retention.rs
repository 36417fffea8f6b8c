//! How long things are kept: what a rule is. Each domain contributes its rules, which its code asks; `docs/retention.md` is
//! made from all of them.
//!
//! What is only an item carries the moment of its end and DynamoDB removes it, within days and for nothing; the code never
//! shows what has outlived that moment. A nightly search for such items would read the whole table to find a few of them.
//! What is more than an item, such as a file in the bucket, is removed by the scheduler every night at 02:00 UTC: it finds
//! what is due in a sparse index. Periods are counted from when something is written, so that a changed variable is true of
//! what comes after it.

use jiff::SignedDuration;

use crate::config::Config;
use crate::domain::EventKind;

/// The periods that an owner sets.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// An export and its link.
    pub exports: SignedDuration,
    /// A line of the audit log.
    pub audit: SignedDuration,
    /// A line of the audit log about a sign-in.
    pub sign_ins: SignedDuration,
}

impl Retention {
    /// How long a line of the audit log about an event of this kind is kept.
    pub fn of_line(&self, kind: &EventKind) -> SignedDuration {
        if kind.is_sign_in() { self.sign_ins } else { self.audit }
    }
}

/// Who removes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovedBy {
    /// DynamoDB, by the item's TTL.
    DynamoDb,
    /// The scheduler, every night.
    Scheduler,
    /// The exporter, when it is due.
    Exporter,
}

/// How long one kind of thing is kept: a line of `docs/retention.md`.
#[derive(Debug)]
pub struct Rule {
    /// What is kept.
    pub what: &'static str,
    /// For how long.
    pub period: fn(&Config) -> SignedDuration,
    /// Counted from when.
    pub counted_from: &'static str,
    /// The variable that sets it, if an owner can.
    pub variable: Option<&'static str>,
    /// Who removes it.
    pub removed_by: RemovedBy,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_is_forgotten_before_what_was_done_in_it() {
        let days = |count: i64| SignedDuration::from_hours(24 * count);
        let retention = Retention { exports: days(7), audit: days(365), sign_ins: days(90) };
        let change = EventKind::new("PASSWORD_CHANGE", "The password was changed");
        assert_eq!(retention.of_line(&EventKind::new("LOGIN", "Signed in").of_sign_in()), days(90));
        assert_eq!(retention.of_line(&change), days(365));
    }
}
