//! The kinds of events in the audit log, as domains contribute them.

use super::Metric;

/// One kind of event: its name in rows and answers, its description, and what holds of every event of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventKind {
    name: &'static str,
    description: &'static str,
    is_sign_in: bool,
    is_by_user: bool,
    metric: Option<Metric>,
}

impl EventKind {
    /// A kind of event that the account's own user causes. Rows are stored and answered with the name, so a name never
    /// changes and is never used for something else.
    pub const fn new(name: &'static str, description: &'static str) -> Self {
        Self { name, description, is_sign_in: false, is_by_user: true, metric: None }
    }

    /// A sign-in record, which has a retention of its own: it says where a user was and when, and little else.
    #[must_use]
    pub const fn of_sign_in(self) -> Self {
        Self { is_sign_in: true, ..self }
    }

    /// An event whose cause is not known to be the account's user: a failed attempt, or something that is done to the
    /// account.
    #[must_use]
    pub const fn by_others(self) -> Self {
        Self { is_by_user: false, ..self }
    }

    /// An event that is counted as this metric.
    #[must_use]
    pub const fn counted_as(self, metric: Metric) -> Self {
        Self { metric: Some(metric), ..self }
    }

    /// What it is counted as.
    pub const fn metric(&self) -> Option<Metric> {
        self.metric
    }

    /// The name, as rows and answers have it.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What happened, in words for users.
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// Whether it is a sign-in record.
    pub const fn is_sign_in(&self) -> bool {
        self.is_sign_in
    }

    /// Whether the account's user is taken to have caused it.
    pub const fn is_by_user(&self) -> bool {
        self.is_by_user
    }
}

/// Declares a domain's kinds of events, each a constant, and `EVENTS`, the list of them all: a kind cannot be left out of
/// the list.
#[macro_export]
macro_rules! event_kinds {
    ($($(#[$doc:meta])* $kind:ident = $value:expr;)*) => {
        $($(#[$doc])* const $kind: $crate::telemetry::EventKind = $value;)*

        /// Every kind of event of this domain.
        pub(crate) const EVENTS: &[$crate::telemetry::EventKind] = &[$($kind),*];
    };
}

/// The kinds of events of several domains, as a registry puts them together.
#[derive(Debug, Clone, Copy)]
pub struct EventKinds(&'static [&'static [EventKind]]);

impl EventKinds {
    /// Those of these domains.
    pub const fn of(domains: &'static [&'static [EventKind]]) -> Self {
        Self(domains)
    }

    /// All of them, domain by domain.
    pub fn iter(self) -> impl Iterator<Item = &'static EventKind> {
        self.0.iter().flat_map(|domain| domain.iter())
    }

    /// The kind with this name. A row that a newer version wrote may have a name that this version does not know.
    pub fn find(self, name: &str) -> Option<&'static EventKind> {
        self.iter().find(|kind| kind.name == name)
    }
}
