//! Every domain, one line each. What they contribute is put together here and handed to the kernel.

use crate::domain::{Domain, KERNEL};
use crate::http::Code;
use crate::telemetry::Metric;

/// Puts the parts of these domains together, each part by itself: who asks for one does not link the others.
macro_rules! registry {
    ($($domain:path,)*) => {
        /// Every domain.
        pub const DOMAINS: &[Domain] = &[$($domain,)*];

        /// The error codes of every domain.
        pub fn codes() -> impl Iterator<Item = Code> {
            const PARTS: &[&[Code]] = &[$($domain.codes,)*];
            PARTS.iter().copied().flatten().copied()
        }

        /// What every domain counts.
        pub fn metrics() -> impl Iterator<Item = Metric> {
            const PARTS: &[&[Metric]] = &[$($domain.metrics,)*];
            PARTS.iter().copied().flatten().copied()
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
    use crate::domain::claimed_twice;

    #[test]
    fn no_two_domains_claim_the_same_code_or_metric() {
        assert_eq!(claimed_twice(DOMAINS, |domain| domain.codes), [""; 0]);
        assert_eq!(claimed_twice(DOMAINS, |domain| domain.metrics), [""; 0]);
    }
}
