//! What is counted of the audit log.

use latchkey_kernel::metrics;

metrics! {
    /// Something was written down as suspicious.
    SUSPICIOUS_ACTIVITY = "SuspiciousActivity",
}
