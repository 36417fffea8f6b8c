//! Every domain, one line each. What they contribute is put together here and handed to the kernel.

use crate::domain::{Domain, KERNEL};
use crate::dynamo::EntityShape;

/// Puts the parts of these domains together, each part by itself: who asks for one does not link the others.
macro_rules! registry {
    ($($domain:path,)*) => {
        /// Every domain.
        pub const DOMAINS: &[Domain] = &[$($domain,)*];

        /// Every kind of item, with its key, its table and whose data it holds.
        pub fn entities() -> impl Iterator<Item = &'static EntityShape> {
            const PARTS: &[&[&[EntityShape]]] = &[$($domain.entities,)*];
            PARTS.iter().copied().flatten().copied().flatten()
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
    use crate::domain::clashing_entities;

    #[test]
    fn no_two_kinds_of_items_share_a_name_or_can_meet_under_a_key() {
        assert_eq!(clashing_entities(DOMAINS), Vec::<String>::new());
    }
}
