//! Every domain, one line each. What they contribute is put together here and handed to the kernel.

use crate::domain::{Domain, KERNEL};

/// Puts the parts of these domains together, each part by itself: who asks for one does not link the others.
macro_rules! registry {
    ($($domain:path,)*) => {
        /// Every domain.
        pub const DOMAINS: &[Domain] = &[$($domain,)*];
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
