//! What this domain contributes.

use super::metrics;
use crate::domain::Domain;

/// The domain `audit`.
pub const DOMAIN: Domain = Domain { name: "audit", metrics: metrics::METRICS, ..Domain::NONE };
