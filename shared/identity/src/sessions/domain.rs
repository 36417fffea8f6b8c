//! What this domain contributes.

use super::personal_data::Sessions;
use super::{codes, config, events, keys, mails, metrics, retention};
use crate::app::Domain;

/// The domain `sessions`.
pub const DOMAIN: Domain = Domain {
    name: "sessions",
    entities: &[keys::ENTITIES],
    config: config::SECTIONS,
    events: events::EVENTS,
    codes: codes::CODES,
    metrics: metrics::METRICS,
    retention: retention::RETENTION,
    mails: &[mails::TEMPLATES],
    personal_data: Some(&Sessions),
    ..Domain::NONE
};
