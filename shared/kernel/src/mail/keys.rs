//! The keys of suppressed addresses.

use crate::dynamo::Key;
use crate::entities;

entities! {
    MAIL_SUPPRESSION: "MailSuppression" {
        table: Main, pk: "SUPPRESSION#{MAC of the address}", sk: "MAIL", index: None,
        ttl: Some("180 days after the last report"),
        personal: Listed,
        meaning: "An address that nothing is sent to, since SES reported a bounce or a complaint."
    }
}

/// [`MAIL_SUPPRESSION`], by the MAC of the address.
pub fn mail_suppression(mac: &str) -> Key {
    Key::main(format!("SUPPRESSION#{mac}"), "MAIL")
}
