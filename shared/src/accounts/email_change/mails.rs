//! The mails about changes of the address.

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::mail::{Content, Template};
use crate::origin::Origin;

/// Their templates.
pub const TEMPLATES: &[Template] = crate::mail_templates![
    "address_held",
    "email_change_code",
    "email_change_taken",
    "email_change_undone",
    "email_changed",
    "email_restored",
];

/// Carries the code that makes an address the one of an account.
pub(super) struct EmailChangeCode<'a> {
    pub(super) code: &'a str,
    pub(super) code_until: Timestamp,
}

impl Content for EmailChangeCode<'_> {
    const TEMPLATE: &'static str = "email_change_code";

    fn values(&self) -> Value {
        json!({ "code": self.code, "code_until": self.code_until.for_people() })
    }
}

/// Tells the owner of an account that somebody wanted its address for another account.
pub(super) struct EmailChangeTaken;

impl Content for EmailChangeTaken {
    const TEMPLATE: &'static str = "email_change_taken";

    fn values(&self) -> Value {
        json!({})
    }
}

/// Tells whoever reads an address that it was given up a few days ago, and that nobody can have it yet.
pub(in crate::accounts) struct AddressHeld {
    pub(in crate::accounts) held_until: Timestamp,
}

impl Content for AddressHeld {
    const TEMPLATE: &'static str = "address_held";

    fn values(&self) -> Value {
        json!({ "held_until": self.held_until.for_people() })
    }
}

/// Tells the old address that it was given up, and how to take that back.
pub(super) struct EmailChanged<'a> {
    pub(super) name: &'a str,
    pub(super) link: &'a str,
    pub(super) until: Timestamp,
    pub(super) origin: &'a Origin,
}

impl Content for EmailChanged<'_> {
    const TEMPLATE: &'static str = "email_changed";

    fn values(&self) -> Value {
        json!({ "name": self.name, "link": self.link, "until": self.until.for_people(), "origin": self.origin })
    }
}

/// Tells the restored address how to choose a new password.
pub(super) struct EmailRestored<'a> {
    pub(super) name: &'a str,
    pub(super) code: &'a str,
    pub(super) link: &'a str,
    pub(super) until: Timestamp,
    pub(super) origin: &'a Origin,
}

impl Content for EmailRestored<'_> {
    const TEMPLATE: &'static str = "email_restored";

    fn values(&self) -> Value {
        json!({
            "name": self.name,
            "code": self.code,
            "link": self.link,
            "until": self.until.for_people(),
            "origin": self.origin,
        })
    }
}

/// Tells the address that an account had until now that the change to it was undone.
pub(super) struct EmailChangeUndone<'a> {
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
}

impl Content for EmailChangeUndone<'_> {
    const TEMPLATE: &'static str = "email_change_undone";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}
