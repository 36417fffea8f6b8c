//! What a domain is made of: each contributes its items, error codes, mails and so on from its own folder, as one
//! [`Domain`]. The registry of a crate lists them, one line a domain, and hands each part to the code that works on it.

mod claims;
mod clashes;
mod kernel;

pub use claims::claimed_twice;
pub use clashes::clashing_entities;

use crate::dynamo::migrations::Step;
use crate::dynamo::resealing::SealedKind;
use crate::http::Code;
use crate::kernel::Application;
use crate::mail::Template;
use crate::outbox::JobKind;
use crate::personal_data::PersonalData;
use crate::personal_data::retention::Rule;
use crate::telemetry::{EventKind, Metric};

use crate::config::SectionShape;
use crate::dynamo::EntityShape;

/// What one domain contributes. A domain's `domain.rs` names the fields that it has, and takes the rest from
/// [`Domain::NONE`].
///
/// Every `DOMAIN` is a `const`: a binary that asks for the error codes alone links no mail template.
pub struct Domain<A: Application> {
    /// The name of its folder.
    pub name: &'static str,
    /// Its kinds of items, one list for each of its `keys.rs`.
    pub entities: &'static [&'static [EntityShape]],
    /// The sections of its configuration.
    pub config: &'static [SectionShape],
    /// Its error codes. A code that several domains answer with is the lowest one's.
    pub codes: &'static [Code],
    /// What it counts.
    pub metrics: &'static [Metric],
    /// Its kinds of events in the audit log.
    pub events: &'static [EventKind],
    /// How long it keeps things.
    pub retention: &'static [Rule<A>],
    /// Its mails, a list for each folder of them.
    pub mails: &'static [&'static [Template]],
    /// Its jobs.
    pub jobs: &'static [JobKind<A>],
    /// What it knows of users.
    pub personal_data: Option<&'static dyn PersonalData<A::DataSubject>>,
    /// Its rows that stay sealed for as long as they are there.
    pub sealed: &'static [SealedKind],
    /// Its migrations.
    pub migrations: &'static [&'static dyn Step],
}

impl<A: Application> Domain<A> {
    /// A domain that contributes nothing.
    pub const NONE: Self = Self {
        name: "",
        entities: &[],
        config: &[],
        codes: &[],
        metrics: &[],
        events: &[],
        retention: &[],
        mails: &[],
        jobs: &[],
        personal_data: None,
        sealed: &[],
        migrations: &[],
    };
}
