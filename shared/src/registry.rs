//! Every domain, one line each. What they contribute is put together here and handed to the code that works on it.

use crate::app::{App, Domain};
use crate::domain::{EventKind, EventKinds};
use crate::kernel::Application;
use crate::mail::Template;
use crate::migrations::Step;
use crate::outbox::JobKind;
use crate::personal_data::PersonalData;
use crate::resealing::SealedKind;
use crate::retention::Rule;

/// Puts each part of these domains together by itself, so that a binary that asks for one links none of the others.
macro_rules! registry {
    ($($domain:path,)*) => {
        /// Every domain.
        pub const DOMAINS: &[Domain] = &[$($domain,)*];

        registry! { @part retention: Rule; $($domain,)* }
        registry! { @part jobs: JobKind<App>; $($domain,)* }
        registry! { @part sealed: SealedKind; $($domain,)* }
        registry! { @part migrations: &'static dyn Step; $($domain,)* }

        /// The kinds of events in the audit log.
        pub const fn events() -> EventKinds {
            const PARTS: &[&[EventKind]] = &[$($domain.events,)*];
            EventKinds::of(PARTS)
        }

        /// The mails of every domain.
        pub fn mails() -> impl Iterator<Item = &'static Template> {
            const PARTS: &[&[&[Template]]] = &[$($domain.mails,)*];
            PARTS.iter().copied().flatten().copied().flatten()
        }

        /// What each domain knows of users, in the order in which an export lists it and an erasure removes it.
        pub fn personal_data() -> impl Iterator<Item = &'static dyn PersonalData<<App as Application>::DataSubject>> {
            const PARTS: &[Option<&dyn PersonalData<<App as Application>::DataSubject>>] =
                &[$($domain.personal_data,)*];
            PARTS.iter().copied().flatten()
        }
    };
    (@part $part:ident: $type:ty; $($domain:path,)*) => {
        #[doc = concat!("The ", stringify!($part), " of every domain.")]
        pub fn $part() -> impl Iterator<Item = &'static $type> {
            const PARTS: &[&[$type]] = &[$($domain.$part,)*];
            PARTS.iter().copied().flatten()
        }
    };
}

registry! {
    Domain::KERNEL,
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
