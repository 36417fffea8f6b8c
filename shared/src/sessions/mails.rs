//! The mails of the sessions domain.

use serde_json::{Value, json};

use crate::mail::{Content, Template};
use crate::origin::Origin;

/// Their templates.
pub const TEMPLATES: &[Template] = crate::mail_templates!["refresh_token_reused"];

/// Tells a person that a session was ended because one of its old tokens came back.
pub(super) struct RefreshTokenReused<'a> {
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
}

impl Content for RefreshTokenReused<'_> {
    const TEMPLATE: &'static str = "refresh_token_reused";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}
