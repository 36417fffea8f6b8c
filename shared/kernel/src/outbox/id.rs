//! The ids of outbox items.

use crate::ids;

ids! {
    /// One side effect that waits to be carried out.
    OutboxId,
}
