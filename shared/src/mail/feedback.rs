//! What the worker that hears of bounces and complaints works with.

use super::suppression::{SuppressionReason, suppress};
use crate::clock::Timestamp;
use crate::dynamo::{Store, StoreError};
use crate::secret::{Held, Macs, SecretError};
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

/// Why a report could not be acted on; it comes again.
#[derive(Debug, thiserror::Error)]
pub enum FeedbackError {
    /// A secret is not to be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Feedback {
    /// Sends nothing to this address any more: 1 `PutItem`.
    pub async fn suppress(
        &self,
        address: &str,
        reason: SuppressionReason,
        now: Timestamp,
    ) -> Result<(), FeedbackError> {
        let macs = self.macs.get().await?;
        Ok(suppress(&self.store, &macs, address, reason, now).await?)
    }
}
