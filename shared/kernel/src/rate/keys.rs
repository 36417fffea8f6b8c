//! The keys of rate counters.

use crate::dynamo::Key;
use crate::entities;

entities! {
    RATE_COUNTER: "RateCounter" {
        table: Ephemeral, pk: "RATE#{kind}#{subject}", sk: "COUNTER", index: None, ttl: Some("a day after it was last counted"),
        personal: No("counts only; gone after a day"),
        meaning: "What is counted, by limit and slice of its window, for one address (or /48 of IPv6), person, session, mail address or login (as a MAC), or device."
    }
}

/// [`RATE_COUNTER`] of one subject of this kind.
pub fn rate_counter(kind: &str, subject: &str) -> Key {
    Key::ephemeral(format!("RATE#{kind}#{subject}"), "COUNTER")
}
