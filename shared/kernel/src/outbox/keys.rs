//! The keys of outbox items, and the partitions of the index in which they wait.

use super::OutboxId;
use crate::dynamo::{Key, shard_of};
use crate::entities;

/// How many partitions of the index `due` waiting items are spread over: a hot index partition would
/// throttle the writes of everybody.
pub const SHARDS: u8 = 8;

entities! {
    OUTBOX_ITEM: "OutboxItem" {
        table: Main, pk: "OUTBOX#{item}", sk: "OUTBOX", index: Some("due: due_shard, due_at, while it waits"),
        ttl: Some("14 days after it was given up"),
        personal: No("sealed, and deleted once it is carried out"),
        meaning: "A mail that was decided on and is not sent yet; its content and address are sealed."
    }
}

/// [`OUTBOX_ITEM`].
pub fn outbox_item(id: OutboxId) -> Key {
    Key::main(format!("OUTBOX#{id}"), "OUTBOX")
}

/// The id in the partition key of an [`OUTBOX_ITEM`].
pub fn id_of(pk: &str) -> Option<OutboxId> {
    pk.strip_prefix("OUTBOX#")?.parse().ok()
}

/// The partition of the index `due` that an item waits in.
pub fn due_shard(id: OutboxId) -> String {
    format!("OUTBOX#{}", shard_of(id.as_bytes(), SHARDS))
}

/// The partitions of the index `due` that items wait in.
pub fn due_shards() -> impl Iterator<Item = String> {
    (0..SHARDS).map(|shard| format!("OUTBOX#{shard}"))
}
