//! The keys of requests that came with an `Idempotency-Key`.

use crate::dynamo::Key;
use crate::entities;

entities! {
    IDEMPOTENCY_RECORD: "IdempotencyRecord" {
        table: Ephemeral, pk: "IDEMPOTENCY#{MAC of caller, path and key}", sk: "RECORD", index: None, ttl: Some("24 hours"),
        personal: No("MACs, and an answer that is sealed; dies within a day"),
        meaning: "A request that came with an Idempotency-Key: who is at it, and then its answer."
    }
}

/// [`IDEMPOTENCY_RECORD`], by the MAC of caller, path and key.
pub fn idempotency_record(mac: &str) -> Key {
    Key::ephemeral(format!("IDEMPOTENCY#{mac}"), "RECORD")
}
