//! What this domain contributes.

use super::{events, retention};
use crate::domain::Domain;

/// The domain `sessions`.
pub const DOMAIN: Domain =
    Domain { name: "sessions", events: events::EVENTS, retention: retention::RETENTION, ..Domain::NONE };
