//! The ids of the rows of the audit log.

use crate::ids;

ids! {
    /// One row of the audit log.
    AuditId,
}
