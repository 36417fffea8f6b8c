//! How long exports and deleted accounts are kept.

use crate::app::App;
use latchkey_kernel::personal_data::retention::{RemovedBy, Rule};

/// The rules of this domain.
pub(super) const RETENTION: &[Rule<App>] = &[
    Rule {
        what: "An export of a person's data: the file in the bucket with all its versions, and its link",
        period: |config| config.exports.kept,
        counted_from: "its completion",
        variable: Some("EXPORT_RETENTION_DAYS"),
        removed_by: RemovedBy::Scheduler,
    },
    Rule {
        what: "An account whose person asked to delete it: everything but what retention keeps of its audit log",
        period: |config| config.deletion.grace,
        counted_from: "the request",
        variable: Some("DELETION_GRACE_DAYS"),
        removed_by: RemovedBy::Exporter,
    },
];
