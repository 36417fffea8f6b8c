//! The task `clear-away`, every night at 02:00 UTC: what retention ends and DynamoDB cannot remove by itself.

use latchkey_identity::privacy::export::clear_away;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;

use crate::Scheduler;

pub(crate) async fn carry_out(scheduler: &Scheduler, now: Timestamp) -> Result<(), Fault> {
    let exports = clear_away(&scheduler.store, scheduler.places.bucket.as_ref(), now).await?;
    tracing::info!(exports, "expired exports forgotten");
    Ok(())
}
