//! What this domain contributes.

use super::events;
use crate::domain::Domain;

/// The domain `mfa`.
pub const DOMAIN: Domain = Domain { name: "mfa", events: events::EVENTS, ..Domain::NONE };
