//! What is counted of the audit log.

use crate::metrics;

metrics! {
    /// Something was written down as suspicious.
    SUSPICIOUS_ACTIVITY = "SuspiciousActivity",
}
