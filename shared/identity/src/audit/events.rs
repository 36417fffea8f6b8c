//! The one event that several domains raise: suspicious activity, each for reasons of its own.

use super::{Event, Suspicion};
use latchkey_kernel::telemetry::EventKind;

latchkey_kernel::event_kinds! {
    /// Something that an attacker might have done.
    SUSPICIOUS_ACTIVITY = EventKind::new("SUSPICIOUS_ACTIVITY", "Something unusual happened").by_others();
}

/// Something that an attacker might have done, for this reason.
pub fn suspicious_activity(reason: Suspicion) -> Event {
    Event::of(&SUSPICIOUS_ACTIVITY).shown(reason.factor()).ended(reason.outcome()).with("reason", reason.word())
}
