//! `scheduler`: what EventBridge Scheduler starts.

use latchkey::clock::Timestamp;
use latchkey::dynamo::{Store, StoreError};
use latchkey::outbox::redrive;
use latchkey::telemetry::Metrics;
use serde::Deserialize;

/// One task at its time. The schedule's input names the task and passes the time it was due at.
#[derive(Debug, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case")]
pub enum Task {
    /// Puts mails that still wait before the stream again, and clears away those that have outlived their use.
    RedriveOutbox {
        /// When the task was due.
        time: Timestamp,
    },
}

/// Carries a task out.
pub async fn handle(store: &Store, metrics: &Metrics, task: &Task) -> Result<(), StoreError> {
    match task {
        Task::RedriveOutbox { time } => {
            let done = redrive(store, metrics, *time).await?;
            tracing::info!(redriven = done.redriven, buried = done.buried, "outbox redriven");
            Ok(())
        }
    }
}
