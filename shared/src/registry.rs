//! Every domain, one line each. What they contribute is put together here and handed to the code that works on it.

use crate::app::{App, Domain};
use crate::kernel::Application;
use crate::mail::Template;
use crate::migrations::Step;
use crate::outbox::JobKind;
use crate::personal_data::PersonalData;
use crate::resealing::SealedKind;

/// Puts each part of these domains together by itself, so that a binary that asks for one links none of the others.
macro_rules! registry {
    ($($domain:path,)*) => {
        /// Every domain.
        pub const DOMAINS: &[Domain] = &[$($domain,)*];

        registry! { @part jobs: JobKind<App>; $($domain,)* }
        registry! { @part sealed: SealedKind; $($domain,)* }
        registry! { @part migrations: &'static dyn Step; $($domain,)* }

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
