//! The mails of the privacy domain.

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::mail::{Content, Template};
use crate::origin::Origin;

/// Their templates.
pub const TEMPLATES: &[Template] = crate::mail_templates!["deletion_cancelled", "deletion_scheduled"];

/// Tells a person that their account will be deleted, and how to prevent it.
pub(super) struct DeletionScheduled<'a> {
    pub(super) name: &'a str,
    pub(super) scheduled_at: Timestamp,
    /// None where there is no grace, and nothing to prevent.
    pub(super) link: Option<&'a str>,
    pub(super) origin: &'a Origin,
}

impl Content for DeletionScheduled<'_> {
    const TEMPLATE: &'static str = "deletion_scheduled";

    fn values(&self) -> Value {
        let scheduled_at = self.scheduled_at.for_people();
        json!({ "name": self.name, "scheduled_at": scheduled_at, "link": self.link, "origin": self.origin })
    }
}

/// Tells a person that their account stays.
pub(super) struct DeletionCancelled<'a> {
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
}

impl Content for DeletionCancelled<'_> {
    const TEMPLATE: &'static str = "deletion_cancelled";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}
