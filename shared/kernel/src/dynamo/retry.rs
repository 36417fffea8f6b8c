//! Trying again when others write the same items: the SDK does not do so for transactions.
//!
//! The SDK itself repeats throttled and lost requests; conflicts between transactions it hands to us.

use std::time::Duration;

use super::{Store, StoreError};
use crate::fault::Fault;

/// How often a request is sent before its caller is told that the store is busy.
pub(super) const TRIES: u32 = 5;

impl Store {
    /// Waits before try number `tried` (from 1): up to 20, 40, 80, 160 milliseconds, each wait random in its span so
    /// that two who met once do not meet again.
    pub(super) async fn pause(&self, tried: u32) {
        let span = 20_u32 << tried.min(4).saturating_sub(1);
        tokio::time::sleep(Duration::from_millis(u64::from(self.entropy.below(span)) + 1)).await;
    }

    /// Sends a request until it is not refused for contention. Boxed, since the SDK's futures are large and would
    /// otherwise lie inside one another all the way up to the handler.
    pub(super) async fn persist<T, F>(&self, send: impl Fn() -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        for tried in 1..TRIES {
            match Box::pin(send()).await {
                Err(StoreError::Contention) => self.pause(tried).await,
                answer => return Ok(answer?),
            }
        }
        Ok(Box::pin(send()).await?)
    }
}
