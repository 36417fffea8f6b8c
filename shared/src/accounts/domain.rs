//! What this domain contributes.

use crate::domain::Domain;

/// The domain `accounts`.
#[expect(clippy::needless_update, reason = "the parts that it has none of")]
pub const DOMAIN: Domain = Domain { name: "accounts", ..Domain::NONE };
