//! What this domain contributes.

use super::personal_data::Accounts;
use super::{codes, config, email_change, events, keys, mails, metrics, retention};
use crate::app::Domain;

/// The domain `accounts`.
pub const DOMAIN: Domain = Domain {
    name: "accounts",
    entities: &[keys::ENTITIES],
    config: config::SECTIONS,
    events: events::EVENTS,
    codes: codes::CODES,
    metrics: metrics::METRICS,
    retention: retention::RETENTION,
    mails: &[mails::TEMPLATES, email_change::mails::TEMPLATES],
    personal_data: Some(&Accounts),
    ..Domain::NONE
};
