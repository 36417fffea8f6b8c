//! The mails of the sessions domain.

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::mail::{Content, Template};
use crate::origin::Origin;

/// Their templates.
pub const TEMPLATES: &[Template] = crate::mail_templates!["refresh_token_reused", "step_up_code"];

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

/// Carries the code with which a person without a password shows once more who they are.
pub(super) struct StepUpCode<'a> {
    pub(super) name: &'a str,
    pub(super) code: &'a str,
    pub(super) code_until: Timestamp,
    pub(super) origin: &'a Origin,
}

impl Content for StepUpCode<'_> {
    const TEMPLATE: &'static str = "step_up_code";

    fn values(&self) -> Value {
        let code_until = self.code_until.for_people();
        json!({ "name": self.name, "code": self.code, "code_until": code_until, "origin": self.origin })
    }
}
