//! The mails of the privacy domain.

use serde_json::{Value, json};

use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::origin::Origin;
use latchkey_kernel::mail::{Content, Template};

/// Their templates.
pub const TEMPLATES: &[Template] =
    latchkey_kernel::mail_templates!["account_erased", "deletion_cancelled", "deletion_scheduled", "export_ready"];

/// Tells a person that their account will be deleted, and how to prevent it.
pub(super) struct DeletionScheduled<'a> {
    pub(super) name: &'a str,
    pub(super) scheduled_at: Timestamp,
    /// None where there is no grace, and nothing to prevent.
    pub(super) link: Option<&'a str>,
    /// Whether an operator asked for it; the origin says nothing then.
    pub(super) by_operator: bool,
    pub(super) origin: &'a Origin,
}

impl Content for DeletionScheduled<'_> {
    const TEMPLATE: &'static str = "deletion_scheduled";

    fn values(&self) -> Value {
        json!({
            "name": self.name,
            "scheduled_at": self.scheduled_at.for_people(),
            "link": self.link,
            "by_operator": self.by_operator,
            "origin": self.origin,
        })
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

/// Tells a person that everything that we know of them can be downloaded.
pub(super) struct ExportReady<'a> {
    pub(super) name: &'a str,
    pub(super) link: &'a str,
    pub(super) expires_at: Timestamp,
    /// In bytes.
    pub(super) size: u64,
}

impl Content for ExportReady<'_> {
    const TEMPLATE: &'static str = "export_ready";

    fn values(&self) -> Value {
        let expires_at = self.expires_at.for_people();
        json!({ "name": self.name, "link": self.link, "link_until": expires_at, "size": in_megabytes(self.size) })
    }
}

/// Tells a person that nothing is left of the account.
pub(super) struct AccountErased<'a> {
    pub(super) name: &'a str,
    /// The certificate's id.
    pub(super) certificate: &'a str,
    pub(super) erased_at: Timestamp,
}

impl Content for AccountErased<'_> {
    const TEMPLATE: &'static str = "account_erased";

    fn values(&self) -> Value {
        json!({ "name": self.name, "certificate": self.certificate, "erased_at": self.erased_at.for_people() })
    }
}

/// A size in millions of bytes, with two decimals: `0.01` for the smallest.
fn in_megabytes(size: u64) -> String {
    let hundredths = size.div_ceil(10_000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_two_decimals_and_is_never_nothing() {
        assert_eq!(in_megabytes(1), "0.01");
        assert_eq!(in_megabytes(1_234_567), "1.24");
        assert_eq!(in_megabytes(52_000_000), "52.00");
    }
}
