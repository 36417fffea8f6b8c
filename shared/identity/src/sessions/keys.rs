//! The keys of sessions, in the partition of their user.

use super::SessionId;
use crate::accounts::AccountId;
use crate::accounts::keys::partition;
use latchkey_kernel::dynamo::{Key, Range};
use latchkey_kernel::entities;

entities! {
    SESSION: "Session" {
        table: Main, pk: "ACCOUNT#{account}", sk: "SESSION#{session}", index: None,
        ttl: Some("30 days after its absolute end, however it ended"),
        personal: Partition,
        meaning: "A sign-in on one device: digests of its refresh tokens, its limits, address and device."
    }
}

/// [`SESSION`].
pub fn session(account: AccountId, id: SessionId) -> Key {
    Key::main(partition(account), format!("SESSION#{id}"))
}

/// Every [`SESSION`] of an account.
pub fn sessions_of(account: AccountId) -> Range {
    Range::main(partition(account), "SESSION#")
}
