//! `scheduler`: what EventBridge Scheduler starts. A file per task.

mod clear_away;
mod redrive_outbox;
mod update_places;

use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::config::Process;
use latchkey_kernel::dynamo::Store;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::geo::{Update, UpdateError};
use latchkey_kernel::telemetry::Metrics;
use serde::Deserialize;

/// Which function it is.
pub const PROCESS: Process = Process::Worker("scheduler");

/// What the tasks work with.
pub struct Scheduler {
    /// The two tables.
    pub store: Store,
    /// Counts.
    pub metrics: Metrics,
    /// Fetches the database of places.
    pub places: Update,
}

/// One task at its time. The schedule's input names the task and passes the time it was due at.
#[derive(Debug, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case")]
pub enum Task {
    /// Puts mails that still wait before the stream again, and clears away those that have outlived their use.
    RedriveOutbox {
        /// When the task was due.
        time: Timestamp,
    },
    /// Forgets what retention ends.
    ClearAway {
        /// When the task was due.
        time: Timestamp,
    },
    /// Fetches the newest database of places.
    UpdatePlaces {
        /// When the task was due.
        time: Timestamp,
    },
}

/// Why a task failed. The schedule has it tried again, and then leaves word in the queue of dead letters.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The outbox could not be gone through.
    #[error(transparent)]
    Failed(#[from] Fault),
    /// What has expired.
    #[error("what has expired is still there: {0}")]
    ClearAway(#[source] Fault),
    /// The database of places.
    #[error("the database of places was not updated: {0}")]
    Places(#[from] UpdateError),
}

/// Carries a task out.
pub async fn handle(scheduler: &Scheduler, task: &Task) -> Result<(), TaskError> {
    match task {
        Task::RedriveOutbox { time } => Ok(redrive_outbox::carry_out(scheduler, *time).await?),
        Task::ClearAway { time } => clear_away::carry_out(scheduler, *time).await.map_err(TaskError::ClearAway),
        Task::UpdatePlaces { time } => Ok(update_places::carry_out(scheduler, *time).await?),
    }
}
