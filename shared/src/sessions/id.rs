//! The ids of sessions.

use crate::ids;

ids! {
    /// One sign-in on one device, until it ends.
    SessionId,
}
