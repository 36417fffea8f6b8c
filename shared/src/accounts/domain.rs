//! What this domain contributes.

use super::personal_data::Accounts;
use super::{email_change, mails};
use crate::app::Domain;

/// The domain `accounts`.
pub const DOMAIN: Domain = Domain {
    name: "accounts",
    mails: &[mails::TEMPLATES, email_change::mails::TEMPLATES],
    personal_data: Some(&Accounts),
    ..Domain::NONE
};
