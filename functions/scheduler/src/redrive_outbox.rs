//! The task `redrive-outbox`, every five minutes.

use latchkey::clock::Timestamp;
use latchkey::fault::Fault;
use latchkey::outbox::redrive;

use crate::Scheduler;

pub(crate) async fn carry_out(scheduler: &Scheduler, now: Timestamp) -> Result<(), Fault> {
    let done = redrive(&scheduler.store, &scheduler.metrics, now).await?;
    tracing::info!(redriven = done.redriven, buried = done.buried, "outbox redriven");
    Ok(())
}
