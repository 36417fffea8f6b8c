//! Every domain, one line each. What they contribute is put together here and handed to the kernel.

use crate::domain::{Domain, EventKind, EventKinds, KERNEL};
use crate::retention::Rule;

/// Puts the parts of these domains together, each part by itself: who asks for one does not link the others.
macro_rules! registry {
    ($($domain:path,)*) => {
        /// Every domain.
        pub const DOMAINS: &[Domain] = &[$($domain,)*];

        /// The kinds of events in the audit log.
        pub const fn events() -> EventKinds {
            const PARTS: &[&[EventKind]] = &[$($domain.events,)*];
            EventKinds::of(PARTS)
        }

        /// How long things are kept.
        pub fn retention() -> impl Iterator<Item = &'static Rule> {
            const PARTS: &[&[Rule]] = &[$($domain.retention,)*];
            PARTS.iter().flat_map(|rules| rules.iter())
        }
    };
}

registry! {
    KERNEL,
    crate::accounts::DOMAIN,
    crate::sessions::DOMAIN,
    crate::mfa::DOMAIN,
    crate::social::DOMAIN,
    crate::audit::DOMAIN,
    crate::privacy::DOMAIN,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clashes;

    #[test]
    fn no_two_domains_claim_one_name_of_an_event() {
        let claims = DOMAINS.iter().flat_map(|domain| domain.events.iter().map(|kind| (domain.name, kind.name())));
        let found: Vec<String> = clashes(claims).iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}
