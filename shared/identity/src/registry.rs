//! Every domain, one line each. What they contribute is put together here and handed to the code that works on it.

use crate::app::{App, Domain};
use latchkey_kernel::config::SectionShape;
use latchkey_kernel::dynamo::EntityShape;
use latchkey_kernel::dynamo::migrations::Step;
use latchkey_kernel::dynamo::resealing::SealedKind;
use latchkey_kernel::http::Code;
use latchkey_kernel::kernel::Application;
use latchkey_kernel::mail::Template;
use latchkey_kernel::outbox::JobKind;
use latchkey_kernel::personal_data::PersonalData;
use latchkey_kernel::personal_data::retention::Rule;
use latchkey_kernel::telemetry::{EventKind, EventKinds, Metric};

/// Puts each part of these domains together by itself, so that a binary that asks for one links none of the others.
macro_rules! registry {
    ($($domain:path,)*) => {
        /// Every domain.
        pub const DOMAINS: &[Domain] = &[$($domain,)*];

        registry! { @part codes: Code; $($domain,)* }
        registry! { @part metrics: Metric; $($domain,)* }
        registry! { @part retention: Rule<App>; $($domain,)* }
        registry! { @part jobs: JobKind<App>; $($domain,)* }
        registry! { @part sealed: SealedKind; $($domain,)* }
        registry! { @part migrations: &'static dyn Step; $($domain,)* }

        /// Every kind of item, with its key, its table and whose data it holds.
        pub fn entities() -> impl Iterator<Item = &'static EntityShape> {
            const PARTS: &[&[&[EntityShape]]] = &[$($domain.entities,)*];
            PARTS.iter().copied().flatten().copied().flatten()
        }

        /// The sections of the configuration, of every domain.
        pub fn sections() -> impl Iterator<Item = &'static SectionShape> + Clone {
            const PARTS: &[&[SectionShape]] = &[$($domain.config,)*];
            PARTS.iter().copied().flatten()
        }

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
    use latchkey_kernel::domain::{claimed_twice, clashing_entities};

    /// What two domains claim of one part of what they contribute.
    fn clashes<N: ToString>(part: impl Fn(&'static Domain) -> Vec<N>) -> Vec<String> {
        let claims = |domain| part(domain).into_iter().map(|name| (domain.name, name.to_string())).collect::<Vec<_>>();
        claimed_twice(DOMAINS.iter().flat_map(claims))
    }

    #[test]
    fn no_two_domains_claim_one_error_code_metric_event_or_job() {
        assert_eq!(clashes(|domain| domain.codes.to_vec()), [""; 0]);
        assert_eq!(clashes(|domain| domain.metrics.to_vec()), [""; 0]);
        assert_eq!(clashes(|domain| domain.events.iter().map(EventKind::name).collect()), [""; 0]);
        assert_eq!(clashes(|domain| domain.jobs.iter().map(|job| job.name).collect()), [""; 0]);
        assert_eq!(clashes(|domain| domain.mails.iter().copied().flatten().map(|mail| mail.name).collect()), [""; 0]);
    }

    #[test]
    fn no_two_kinds_of_items_share_a_name_or_can_meet_under_a_key() {
        let each =
            |domain: &'static Domain| domain.entities.iter().copied().flatten().map(|shape| (domain.name, shape));
        assert_eq!(clashing_entities(DOMAINS.iter().flat_map(each)), [""; 0]);
    }

    #[test]
    fn a_variable_is_declared_once() {
        let sections_of = |domain: &'static Domain| domain.config.iter().map(|section| (domain.name, section));
        let claims = DOMAINS.iter().flat_map(sections_of).flat_map(|(domain, section)| {
            let names = section.variables.iter().map(|variable| variable.name).chain([section.name]);
            names.map(move |name| (format!("{} of {domain}", section.name), name.to_owned()))
        });
        assert_eq!(claimed_twice(claims), [""; 0]);
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
