//! What this domain contributes.

use super::personal_data::Privacy;
use super::{codes, config, events, keys, mails, metrics, retention, worker};
use crate::app::Domain;

/// The domain `privacy`.
pub const DOMAIN: Domain = Domain {
    name: "privacy",
    entities: &[keys::ENTITIES],
    config: config::SECTIONS,
    events: events::EVENTS,
    codes: codes::CODES,
    metrics: metrics::METRICS,
    retention: retention::RETENTION,
    mails: &[mails::TEMPLATES],
    jobs: worker::JOBS,
    personal_data: Some(&Privacy),
    ..Domain::NONE
};
