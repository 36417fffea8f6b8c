//! What this domain contributes.

use super::mails;
use super::personal_data::Social;
use crate::app::Domain;

/// The domain `social`.
pub const DOMAIN: Domain =
    Domain { name: "social", mails: &[mails::TEMPLATES], personal_data: Some(&Social), ..Domain::NONE };
