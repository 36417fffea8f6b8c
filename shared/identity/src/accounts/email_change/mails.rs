//! The mails about changes of the address.

use serde_json::{Value, json};

use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::origin::Origin;
use latchkey_kernel::mail::{Content, Template};

/// Their templates.
pub const TEMPLATES: &[Template] = latchkey_kernel::mail_templates![
    "address_held",
    "email_change_code",
    "email_change_taken",
    "email_change_undone",
    "email_changed",
    "email_restored",
    "former_address",
];

/// Carries the code that makes an address the one of an account.
pub(super) struct EmailChangeCode<'a> {
    pub(super) code: &'a str,
    pub(super) code_until: Timestamp,
    pub(super) origin: &'a Origin,
}

impl Content for EmailChangeCode<'_> {
    const TEMPLATE: &'static str = "email_change_code";

    fn values(&self) -> Value {
        json!({ "code": self.code, "code_until": self.code_until.for_people(), "origin": self.origin })
    }
}

/// Tells the owner of an account that somebody wanted its address for another account.
pub(super) struct EmailChangeTaken<'a> {
    pub(super) origin: &'a Origin,
}

impl Content for EmailChangeTaken<'_> {
    const TEMPLATE: &'static str = "email_change_taken";

    fn values(&self) -> Value {
        json!({ "origin": self.origin })
    }
}

/// Tells whoever reads an address that it was given up a few days ago, and that nobody can have it yet.
pub(in crate::accounts) struct AddressHeld<'a> {
    pub(in crate::accounts) held_until: Timestamp,
    pub(in crate::accounts) origin: &'a Origin,
}

impl Content for AddressHeld<'_> {
    const TEMPLATE: &'static str = "address_held";

    fn values(&self) -> Value {
        json!({ "held_until": self.held_until.for_people(), "origin": self.origin })
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
    /// Whether no password can be chosen now: then no link goes out.
    pub(super) suspended: bool,
    pub(super) link: &'a str,
    pub(super) until: Timestamp,
    pub(super) origin: &'a Origin,
}

impl Content for EmailRestored<'_> {
    const TEMPLATE: &'static str = "email_restored";

    fn values(&self) -> Value {
        let link = (!self.suspended).then_some(self.link);
        json!({ "name": self.name, "link": link, "until": self.until.for_people(), "origin": self.origin })
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

/// Tells an address that an account gave up what is done with the account while that can still be undone. It holds
/// nothing that was written in the account, and no link: the one that undoes the change is in the mail about it.
pub(super) struct FormerAddress {
    pub(super) what: Doing,
    pub(super) until: Timestamp,
}

/// What is done with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Its data was packed, and a link to it mailed.
    Export,
    /// It was asked to be deleted, at this moment.
    Deletion(Timestamp),
}

impl Content for FormerAddress {
    const TEMPLATE: &'static str = "former_address";

    fn values(&self) -> Value {
        let scheduled_at = match self.what {
            Doing::Export => None,
            Doing::Deletion(at) => Some(at),
        };
        let until = scheduled_at.map_or(self.until, |at| at.min(self.until));
        json!({ "scheduled_at": scheduled_at.map(Timestamp::for_people), "until": until.for_people() })
    }
}
