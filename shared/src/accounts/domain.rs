//! What this domain contributes.

use super::personal_data::Accounts;
use super::{email_change, events, mails, retention};
use crate::app::Domain;

/// The domain `accounts`.
pub const DOMAIN: Domain = Domain {
    name: "accounts",
    events: events::EVENTS,
    retention: retention::RETENTION,
    mails: &[mails::TEMPLATES, email_change::mails::TEMPLATES],
    personal_data: Some(&Accounts),
    ..Domain::NONE
};
