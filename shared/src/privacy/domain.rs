//! What this domain contributes.

use super::personal_data::Privacy;
use super::{mails, worker};
use crate::app::Domain;

/// The domain `privacy`.
pub const DOMAIN: Domain = Domain {
    name: "privacy",
    mails: &[mails::TEMPLATES],
    jobs: worker::JOBS,
    personal_data: Some(&Privacy),
    ..Domain::NONE
};
