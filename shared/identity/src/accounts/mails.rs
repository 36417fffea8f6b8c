//! The mails of the accounts domain.

use jiff::SignedDuration;
use serde_json::{Value, json};

use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::origin::Origin;
use latchkey_kernel::mail::{Content, Template};

/// Their templates.
pub const TEMPLATES: &[Template] = latchkey_kernel::mail_templates![
    "account_restored",
    "account_suspended",
    "already_registered",
    "confirm_by_provider",
    "confirm_registration",
    "password_reset",
    "password_set",
    "sign_in_code",
    "welcome",
];

/// How long news is worth sending late.
pub(crate) const NEWS: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Asks the owner of an address whether the registration is theirs.
pub(super) struct ConfirmRegistration<'a> {
    pub(super) code: &'a str,
    pub(super) code_until: Timestamp,
    pub(super) link: &'a str,
    pub(super) link_until: Timestamp,
    pub(super) origin: &'a Origin,
}

impl Content for ConfirmRegistration<'_> {
    const TEMPLATE: &'static str = "confirm_registration";

    fn values(&self) -> Value {
        json!({
            "code": self.code,
            "code_until": self.code_until.for_people(),
            "link": self.link,
            "link_until": self.link_until.for_people(),
            "origin": self.origin,
        })
    }
}

/// Asks the owner of an address whether a registration by a provider is theirs.
pub(super) struct ConfirmByProvider<'a> {
    pub(super) code: &'a str,
    pub(super) code_until: Timestamp,
    pub(super) provider: &'a str,
    pub(super) origin: &'a Origin,
}

impl Content for ConfirmByProvider<'_> {
    const TEMPLATE: &'static str = "confirm_by_provider";

    fn values(&self) -> Value {
        json!({
            "code": self.code,
            "code_until": self.code_until.for_people(),
            "provider": self.provider,
            "origin": self.origin,
        })
    }
}

/// Tells the owner of an account that somebody, perhaps they, registered its address again.
pub(super) struct AlreadyRegistered<'a> {
    pub(super) origin: &'a Origin,
}

impl Content for AlreadyRegistered<'_> {
    const TEMPLATE: &'static str = "already_registered";

    fn values(&self) -> Value {
        json!({ "origin": self.origin })
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

/// Carries the code and the link with which the owner of an account sets a new password, or a first one.
pub(super) struct PasswordReset<'a> {
    pub(super) name: &'a str,
    pub(super) has_password: bool,
    pub(super) code: &'a str,
    pub(super) code_until: Timestamp,
    pub(super) link: &'a str,
    pub(super) link_until: Timestamp,
    pub(super) origin: &'a Origin,
}

impl Content for PasswordReset<'_> {
    const TEMPLATE: &'static str = "password_reset";

    fn values(&self) -> Value {
        json!({
            "name": self.name,
            "has_password": self.has_password,
            "code": self.code,
            "code_until": self.code_until.for_people(),
            "link": self.link,
            "link_until": self.link_until.for_people(),
            "origin": self.origin,
        })
    }
}

/// Carries the code with which the owner of an account signs in.
pub(super) struct SignInCode<'a> {
    pub(super) name: &'a str,
    pub(super) code: &'a str,
    pub(super) code_until: Timestamp,
    pub(super) origin: &'a Origin,
}

impl Content for SignInCode<'_> {
    const TEMPLATE: &'static str = "sign_in_code";

    fn values(&self) -> Value {
        let code_until = self.code_until.for_people();
        json!({ "name": self.name, "code": self.code, "code_until": code_until, "origin": self.origin })
    }
}

/// Tells a person that a password was set, and what to do if it was not them.
pub(super) struct PasswordSet<'a> {
    pub(super) name: &'a str,
    pub(super) first: bool,
    /// Whether it was set with a mailed code or link.
    pub(super) by_mail: bool,
    pub(super) kept: bool,
    pub(super) origin: &'a Origin,
}

impl Content for PasswordSet<'_> {
    const TEMPLATE: &'static str = "password_set";

    fn values(&self) -> Value {
        json!({
            "name": self.name,
            "first": self.first,
            "by_mail": self.by_mail,
            "kept": self.kept,
            "origin": self.origin,
        })
    }
}

/// Tells a user that an operator suspended the account.
pub(super) struct AccountSuspended<'a> {
    pub(super) name: &'a str,
    /// Whether it is in the place of a code or link that was asked for.
    pub(super) asked: bool,
}

impl Content for AccountSuspended<'_> {
    const TEMPLATE: &'static str = "account_suspended";

    fn values(&self) -> Value {
        json!({ "name": self.name, "asked": self.asked })
    }
}

/// Tells a user that the suspension was lifted.
pub(super) struct AccountRestored<'a> {
    pub(super) name: &'a str,
}

impl Content for AccountRestored<'_> {
    const TEMPLATE: &'static str = "account_restored";

    fn values(&self) -> Value {
        json!({ "name": self.name })
    }
}
