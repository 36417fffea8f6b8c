//! What this domain contributes.

use super::personal_data::Audit;
use super::{config, events, keys, metrics, retention};
use crate::app::Domain;

/// The domain `audit`.
pub const DOMAIN: Domain = Domain {
    name: "audit",
    entities: &[keys::ENTITIES],
    config: config::SECTIONS,
    events: events::EVENTS,
    metrics: metrics::METRICS,
    personal_data: Some(&Audit),
    retention: retention::RETENTION,
    ..Domain::NONE
};
