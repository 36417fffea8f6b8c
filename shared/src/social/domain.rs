//! What this domain contributes.

use super::events;
use crate::domain::Domain;

/// The domain `social`.
pub const DOMAIN: Domain = Domain { name: "social", events: events::EVENTS, ..Domain::NONE };
