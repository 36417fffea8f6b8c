//! What this domain contributes.

use super::mails;
use super::personal_data::Sessions;
use crate::app::Domain;

/// The domain `sessions`.
pub const DOMAIN: Domain =
    Domain { name: "sessions", mails: &[mails::TEMPLATES], personal_data: Some(&Sessions), ..Domain::NONE };
