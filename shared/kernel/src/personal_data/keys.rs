//! The keys of erasures. An erasure lies in the partition that it empties, whichever domain that one belongs to.

use crate::dynamo::Key;
use crate::entities;

entities! {
    ERASURE: "Erasure" {
        table: Main, pk: "{partition of the data subject}", sk: "ERASURE", index: None, ttl: None,
        personal: Partition,
        meaning: "How far the erasure of an account is, until it is done."
    }
}

/// [`ERASURE`] of the data subject whose partition this is.
pub fn erasure(partition: String) -> Key {
    Key::main(partition, "ERASURE")
}
