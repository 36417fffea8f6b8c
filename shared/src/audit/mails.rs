//! The mails of the audit domain.

use serde_json::{Value, json};

use crate::mail::{Content, Template};
use crate::origin::Origin;

/// Their templates.
pub const TEMPLATES: &[Template] = crate::mail_templates!["many_failed_factors", "many_failed_sign_ins", "new_country"];

/// Tells a person that wrong passwords were tried for the account, so many that no more are let through.
pub(super) struct ManyFailedSignIns<'a> {
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
}

impl Content for ManyFailedSignIns<'_> {
    const TEMPLATE: &'static str = "many_failed_sign_ins";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}

/// Tells a person that second factors were tried for the account, so many wrong ones that no more are looked at.
pub(super) struct ManyFailedFactors<'a> {
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
}

impl Content for ManyFailedFactors<'_> {
    const TEMPLATE: &'static str = "many_failed_factors";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}

/// Tells a person that a device of theirs signed in from a country from which nobody had.
pub(super) struct NewCountry<'a> {
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
}

impl Content for NewCountry<'_> {
    const TEMPLATE: &'static str = "new_country";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}
