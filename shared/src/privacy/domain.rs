//! What this domain contributes.

use super::{events, retention};
use crate::domain::Domain;

/// The domain `privacy`.
#[expect(clippy::needless_update, reason = "the parts that it has none of")]
pub const DOMAIN: Domain =
    Domain { name: "privacy", events: events::EVENTS, retention: retention::RETENTION, ..Domain::NONE };
