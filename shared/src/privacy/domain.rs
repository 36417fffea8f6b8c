//! What this domain contributes.

use super::personal_data::Privacy;
use super::{events, mails, retention, worker};
use crate::app::Domain;

/// The domain `privacy`.
pub const DOMAIN: Domain = Domain {
    name: "privacy",
    events: events::EVENTS,
    retention: retention::RETENTION,
    mails: &[mails::TEMPLATES],
    jobs: worker::JOBS,
    personal_data: Some(&Privacy),
    ..Domain::NONE
};
