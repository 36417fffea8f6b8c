//! What this domain contributes.

use super::config;
use crate::domain::Domain;

/// The domain `accounts`.
#[expect(clippy::needless_update, reason = "the parts that it has none of")]
pub const DOMAIN: Domain = Domain { name: "accounts", config: config::SECTIONS, ..Domain::NONE };
