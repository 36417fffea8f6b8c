//! What the worker that hears of bounces and complaints works with.

use super::suppression::{SuppressionReason, suppress};
use crate::clock::Timestamp;
use crate::dynamo::Store;
use crate::fault::Fault;
use crate::secret::{Held, Macs};
use crate::telemetry::Metrics;

/// Acts on what SES reports.
pub struct Feedback {
    /// Where suppressed addresses are kept.
    pub store: Store,
    /// Holds the key under which addresses are looked up.
    pub macs: Held<Macs>,
    /// Counts.
    pub metrics: Metrics,
}

impl Feedback {
    /// Sends nothing to this address any more: 1 `PutItem`.
    pub async fn suppress(&self, address: &str, reason: SuppressionReason, now: Timestamp) -> Result<(), Fault> {
        let macs = self.macs.get().await?;
        suppress(&self.store, &macs, address, reason, now).await
    }
}
