//! The ids of the rows of the audit log.

use latchkey_kernel::ids;

ids! {
    /// One row of the audit log.
    AuditId,
}
