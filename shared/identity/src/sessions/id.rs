//! The ids of sessions.

use latchkey_kernel::ids;

ids! {
    /// One sign-in on one device, until it ends.
    SessionId,
}
