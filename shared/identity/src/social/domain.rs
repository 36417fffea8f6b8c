//! What this domain contributes.

use super::personal_data::Social;
use super::{codes, config, events, keys, mails, metrics};
use crate::app::Domain;

/// The domain `social`.
pub const DOMAIN: Domain = Domain {
    name: "social",
    entities: &[keys::ENTITIES],
    config: config::SECTIONS,
    events: events::EVENTS,
    codes: codes::CODES,
    metrics: metrics::METRICS,
    mails: &[mails::TEMPLATES],
    personal_data: Some(&Social),
    ..Domain::NONE
};
