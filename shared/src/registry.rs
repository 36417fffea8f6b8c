//! Every domain, one line each. What they contribute is put together here and handed to the kernel.

use crate::config::SectionShape;
use crate::domain::{Domain, KERNEL};

/// Puts the parts of these domains together, each part by itself: who asks for one does not link the others.
macro_rules! registry {
    ($($domain:path,)*) => {
        /// Every domain.
        pub const DOMAINS: &[Domain] = &[$($domain,)*];

        /// The sections of the configuration, of every domain.
        pub fn sections() -> impl Iterator<Item = &'static SectionShape> + Clone {
            const PARTS: &[&[SectionShape]] = &[$($domain.config,)*];
            PARTS.iter().copied().flatten()
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
    use crate::config::named_twice;

    #[test]
    fn a_variable_is_declared_once() {
        let declared: Vec<_> = DOMAINS.iter().map(|domain| (domain.name, domain.config)).collect();
        assert_eq!(named_twice(&declared), None);
        assert!(sections().count() > DOMAINS.len());
    }

    #[test]
    fn what_a_section_reads_besides_its_own_is_declared_by_another() {
        let declared: Vec<_> = sections().flat_map(|section| section.variables).map(|one| one.name).collect();
        for section in sections() {
            for variable in section.also {
                assert!(declared.contains(&variable.name), "{} reads {}", section.name, variable.name);
            }
        }
    }
}
