//! Configuration: each domain declares its sections of variables, and each function reads the sections that it needs.
//!
//! A section is a small struct ([`Configured`]) whose variables are read together. It declares its variables and its readers
//! by [`section!`](crate::section). A process parses the sections that it reads once, at start, and stops at a wrong value
//! with the variable's name. What it does not read has no value: see [`Section`].
//! Why no library does it: docs/decisions/own-configuration-reader.md.

mod aws;
pub mod brand;
pub mod bucket;
pub mod http;
pub mod links;
pub mod looks;
pub mod mail;
mod origins;
pub mod places;
pub mod process;
mod public_url;
mod section;
mod values;
mod variable;

use std::collections::{BTreeMap, BTreeSet};

pub use aws::Aws;
pub use brand::{APP_NAME, AppName};
pub use bucket::BucketName;
pub use http::{ALLOWED_ORIGINS, Browsers, Callers, PUBLIC_URL, RATE_FACTOR};
pub use links::{Links, Policies};
pub use mail::Mail;
pub use origins::{as_browsers_write, parse_origin};
pub use places::PlacesSource;
pub use process::ProcessSettings;
pub use public_url::PublicUrl;
pub use section::{Configured, Section, Source};
pub use values::{ConfigError, Values, days, listed, page_address};
pub use variable::{Process, ReadBy, SectionShape, Variable, environment};

use crate::config::looks::Brand;
use crate::rate::MailboxLimits;

/// The kernel's own sections.
pub const SECTIONS: &[SectionShape] = &[
    brand::NAME,
    brand::LOOKS,
    links::LINKS,
    links::POLICIES,
    http::ADDRESS,
    http::BROWSERS,
    http::CALLERS,
    http::MAILBOXES,
    mail::MAIL,
    bucket::BUCKET_NAME,
    places::PLACES,
    process::PROCESS,
];

/// The kernel's configuration. That of an application holds it and adds the sections of its domains.
#[derive(Debug, Clone)]
pub struct Config {
    /// What every process reads.
    pub process: ProcessSettings,
    /// The name that people read.
    pub app_name: Section<AppName>,
    /// The logo and the colour that people see.
    pub brand: Section<Brand>,
    /// The operator's application and support.
    pub links: Section<Links>,
    /// The operator's policies.
    pub policies: Section<Policies>,
    /// Where the API is reached, without a slash at the end.
    pub public_url: Section<PublicUrl>,
    /// What browsers may do.
    pub browsers: Section<Browsers>,
    /// Who may ask, how much, and whose word for a request's address is taken.
    pub callers: Section<Callers>,
    /// What strangers can have mailed to one email address.
    pub mailboxes: Section<MailboxLimits>,
    /// How mails are sent.
    pub mail: Section<Mail>,
    /// The bucket.
    pub bucket: Section<BucketName>,
    /// Where the database of places is downloaded from.
    pub places: Section<PlacesSource>,
    reads: section::Reads,
}

impl Config {
    /// Reads the sections of the kernel that this process reads.
    pub fn read(source: &Source<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            process: source.always()?,
            app_name: source.section()?,
            brand: source.section()?,
            links: source.section()?,
            policies: source.section()?,
            public_url: source.section()?,
            browsers: source.section()?,
            callers: source.section()?,
            mailboxes: source.section()?,
            mail: source.section()?,
            bucket: source.section()?,
            places: source.section()?,
            reads: source.reads(),
        })
    }

    /// What this process reads of its environment, where it needs no domain's sections.
    pub fn from_environment(process: Process) -> Result<Self, ConfigError> {
        Self::read(&Source::new(process, &process_environment()))
    }

    /// The names of the sections that were read so far, of every domain. Release builds keep no count.
    pub fn sections_read(&self) -> BTreeSet<&'static str> {
        self.reads.names()
    }
}

/// The variables of this process's environment.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn process_environment() -> BTreeMap<String, String> {
    std::env::vars().collect()
}
