//! What this domain contributes.

use super::mails;
use super::personal_data::Audit;
use crate::app::Domain;

/// The domain `audit`.
pub const DOMAIN: Domain =
    Domain { name: "audit", mails: &[mails::TEMPLATES], personal_data: Some(&Audit), ..Domain::NONE };
