//! What this domain contributes.

use super::codes;
use crate::domain::Domain;

/// The domain `mfa`.
pub const DOMAIN: Domain = Domain { name: "mfa", codes: codes::CODES, ..Domain::NONE };
