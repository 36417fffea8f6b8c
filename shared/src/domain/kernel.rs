//! What the kernel itself contributes.

use super::Domain;
use crate::retention::{RemovedBy, Rule};

/// The kernel's own items, codes, metrics and variables.
pub const KERNEL: Domain = Domain { name: "kernel", retention: RETENTION, ..Domain::NONE };

const RETENTION: &[Rule] = &[
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
];
