//! How long things are kept: one table, which the code asks and `docs/retention.md` is made from.
//!
//! What is only an item carries the moment of its end and DynamoDB removes it, within days and for nothing; the code never
//! shows what has outlived that moment. A nightly search for such items would read the whole table to find a few of them.
//! What is more than an item, such as a file in the bucket, is removed by the scheduler every night at 02:00 UTC: it finds
//! what is due in a sparse index. Periods are counted from when something is written, so that a changed variable is true of
//! what comes after it.

use jiff::SignedDuration;

use crate::app::Config;
use crate::audit::EventName;

/// The events that tell where a person was and when, day by day, and little else.
pub const SIGN_INS: &[EventName] = &[EventName::Login, EventName::LoginFailed, EventName::Logout];

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

/// One line of the table.
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

/// The table.
pub const RULES: &[Rule] = &[
    Rule {
        what: "An export of a person's data: the file in the bucket with all its versions, and its link",
        period: |config| config.exports.kept,
        counted_from: "its completion",
        variable: Some("EXPORT_RETENTION_DAYS"),
        removed_by: RemovedBy::Scheduler,
    },
    Rule {
        what: "Sign-in records: the lines of the audit log about sign-ins, failed ones and sign-outs",
        period: |config| config.retention.sign_ins,
        counted_from: "the event",
        variable: Some("SIGN_IN_RETENTION_DAYS"),
        removed_by: RemovedBy::DynamoDb,
    },
    Rule {
        what: "Every other line of the audit log",
        period: |config| config.retention.audit,
        counted_from: "the event",
        variable: Some("AUDIT_RETENTION_DAYS"),
        removed_by: RemovedBy::DynamoDb,
    },
    Rule {
        what: "Sessions that have ended, however they ended, and what makes their device known",
        period: |_| crate::sessions::KNOWN_FOR,
        counted_from: "the sign-in, and at least 30 days more than a session lives (REFRESH_ABSOLUTE_DAYS)",
        variable: None,
        removed_by: RemovedBy::DynamoDb,
    },
    Rule {
        what: "Registrations that nobody confirmed",
        period: |_| SignedDuration::from_hours(24),
        counted_from: "the registration",
        variable: None,
        removed_by: RemovedBy::DynamoDb,
    },
    Rule {
        what: "Addresses that bounce or complained, as a MAC",
        period: |_| crate::mail::BELIEVED_FOR,
        counted_from: "the last report",
        variable: None,
        removed_by: RemovedBy::DynamoDb,
    },
    Rule {
        what: "Mails that could not be sent, sealed",
        period: |_| crate::outbox::KEPT,
        counted_from: "the last try",
        variable: None,
        removed_by: RemovedBy::DynamoDb,
    },
    Rule {
        what: "An account whose person asked to delete it: everything but what retention keeps of its audit log",
        period: |config| config.deletion.grace,
        counted_from: "the request",
        variable: Some("DELETION_GRACE_DAYS"),
        removed_by: RemovedBy::Exporter,
    },
];
