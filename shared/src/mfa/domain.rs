//! What this domain contributes.

use super::config;
use crate::domain::Domain;

/// The domain `mfa`.
#[expect(clippy::needless_update, reason = "the parts that it has none of")]
pub const DOMAIN: Domain = Domain { name: "mfa", config: config::SECTIONS, ..Domain::NONE };
