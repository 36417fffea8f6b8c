//! How long lines of the audit log are kept.

use crate::app::App;
use latchkey_kernel::personal_data::retention::{RemovedBy, Rule};

/// The rules of this domain.
pub(super) const RETENTION: &[Rule<App>] = &[
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
];
