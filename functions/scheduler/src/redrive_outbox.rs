//! The task `redrive-outbox`, every five minutes.

use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::outbox::redrive;

use crate::Scheduler;

pub(crate) async fn carry_out(scheduler: &Scheduler, now: Timestamp) -> Result<(), Fault> {
    let done = redrive(&scheduler.store, &scheduler.metrics, now).await?;
    tracing::info!(redriven = done.redriven, buried = done.buried, "outbox redriven");
    Ok(())
}
