//! What this domain contributes.

use super::personal_data::Social;
use super::{events, mails};
use crate::app::Domain;

/// The domain `social`.
pub const DOMAIN: Domain = Domain {
    name: "social",
    events: events::EVENTS,
    mails: &[mails::TEMPLATES],
    personal_data: Some(&Social),
    ..Domain::NONE
};
