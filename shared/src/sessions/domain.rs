//! What this domain contributes.

use super::personal_data::Sessions;
use super::{events, mails, retention};
use crate::app::Domain;

/// The domain `sessions`.
pub const DOMAIN: Domain = Domain {
    name: "sessions",
    events: events::EVENTS,
    retention: retention::RETENTION,
    mails: &[mails::TEMPLATES],
    personal_data: Some(&Sessions),
    ..Domain::NONE
};
