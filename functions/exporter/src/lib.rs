//! `exporter`: the jobs of the outbox's stream, which pack what is known of people and erase them.

use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::DynamoDbEventResponse;
use latchkey_identity::app::{App, SecretName};
use latchkey_identity::registry;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::config::Process;
use latchkey_kernel::outbox::{Carried, JobWorker, batch};
use latchkey_kernel::telemetry::chain;

/// Which function it is.
pub const PROCESS: Process = Process::Worker("exporter");
/// The secrets that it uses, read before the first job.
pub const SECRETS: &[SecretName] = &[SecretName::Macs, SecretName::Sealing];

/// What carries out the jobs of every domain.
pub fn worker(app: App) -> JobWorker<App> {
    JobWorker {
        application: app,
        kinds: registry::jobs().collect(),
        events: registry::events(),
        personal_data: registry::personal_data().collect(),
    }
}

/// Carries out the jobs of a batch, one after the other, and names those that should come again. A batch has one record
/// on AWS: a job may take as long as the function may run. Secrets that have grown old are read again before it; without
/// them the jobs wait.
pub async fn handle(worker: &JobWorker<App>, event: Event, now: Timestamp) -> DynamoDbEventResponse {
    let secrets = &worker.application.secrets;
    secrets.keep_fresh(now).await;
    let expired = secrets.are_expired(now);
    if expired {
        tracing::error!("the secrets could not be read for a day; no job is begun with them");
    }
    batch(&event, async |record| {
        if expired {
            return true;
        }
        match worker.carry_out(record, now).await {
            Ok(Carried::Done | Carried::Nothing | Carried::GivenUp) => false,
            Ok(Carried::Deferred) => true,
            Err(error) => {
                tracing::error!(error = chain(&error), "a job could not be looked at");
                true
            }
        }
    })
    .await
}
