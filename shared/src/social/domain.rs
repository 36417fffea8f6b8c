//! What this domain contributes.

use super::{codes, metrics};
use crate::domain::Domain;

/// The domain `social`.
#[expect(clippy::needless_update, reason = "the parts that it has none of")]
pub const DOMAIN: Domain = Domain { name: "social", codes: codes::CODES, metrics: metrics::METRICS, ..Domain::NONE };
