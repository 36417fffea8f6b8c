//! How long things are kept: what a rule is. Each domain contributes its rules, which its code asks; `docs/retention.md` is
//! made from all of them.
//!
//! What is only an item carries the moment of its end and DynamoDB removes it, within days and for nothing; the code never
//! shows what has outlived that moment. A nightly search for such items would read the whole table to find a few of them.
//! What is more than an item, such as a file in the bucket, is removed by the scheduler every night at 02:00 UTC: it finds
//! what is due in a sparse index. Periods are counted from when something is written, so that a changed variable is true of
//! what comes after it.

use jiff::SignedDuration;

use crate::kernel::Application;

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
pub struct Rule<A: Application> {
    /// What is kept.
    pub what: &'static str,
    /// For how long.
    pub period: fn(&A::Config) -> SignedDuration,
    /// Counted from when.
    pub counted_from: &'static str,
    /// The variable that sets it, if an owner can.
    pub variable: Option<&'static str>,
    /// Who removes it.
    pub removed_by: RemovedBy,
}
