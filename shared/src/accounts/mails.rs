//! The mails of the accounts domain.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::mail::{Content, Template};

/// Their templates.
pub const TEMPLATES: &[Template] = crate::mail_templates!["already_registered", "confirm_registration", "welcome"];

/// How long news is worth sending late.
pub(crate) const NEWS: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Asks the owner of an address whether the registration is theirs.
pub(super) struct ConfirmRegistration<'a> {
    pub(super) name: &'a str,
    pub(super) code: &'a str,
    pub(super) link: &'a str,
}

impl Content for ConfirmRegistration<'_> {
    const TEMPLATE: &'static str = "confirm_registration";

    fn values(&self) -> Value {
        json!({ "name": self.name, "code": self.code, "link": self.link })
    }
}

/// Tells the owner of an account that somebody, perhaps they, registered its address again.
pub(super) struct AlreadyRegistered;

impl Content for AlreadyRegistered {
    const TEMPLATE: &'static str = "already_registered";

    fn values(&self) -> Value {
        json!({})
    }
}

/// Welcomes a person whose account has come into being.
pub(super) struct Welcome<'a> {
    pub(super) name: &'a str,
}

impl Content for Welcome<'_> {
    const TEMPLATE: &'static str = "welcome";

    fn values(&self) -> Value {
        json!({ "name": self.name })
    }
}
