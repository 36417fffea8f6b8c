//! The task `update-places`, once a week: MaxMind publishes twice as often, and people rarely move.

use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::geo::{UpdateError, Updated};

use crate::Scheduler;

pub(crate) async fn carry_out(scheduler: &Scheduler, now: Timestamp) -> Result<(), UpdateError> {
    match scheduler.places.run(now).await? {
        Updated::NotConfigured => tracing::info!("there is no account with MaxMind: places stay unknown"),
        Updated::Unchanged => tracing::info!("the database of places is the newest"),
        Updated::Replaced => tracing::info!("a new database of places lies in the bucket"),
    }
    Ok(())
}
