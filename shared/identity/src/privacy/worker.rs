//! The jobs of this domain: exports and erasures, which take longer than a request may.

use serde::{Deserialize, Serialize};

use super::{DataRequestId, erase, export, metrics};
use crate::accounts::AccountId;
use crate::app::App;
use latchkey_kernel::outbox::{Carried, Carrying, ClaimedJob, JobKind, JobWorker};
use latchkey_kernel::telemetry::chain;

/// How often an export is begun before it is given up. An erasure is never given up.
const TRIES: u32 = 12;

/// The kinds of jobs.
pub(super) const JOBS: &[JobKind<App>] = &[JobKind { name: "export", carry_out }, JobKind { name: "erase", carry_out }];

/// What is to be done. Sealed while it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub(super) enum Job {
    /// Everything that we know of a user is packed.
    Export {
        /// Whose.
        account: AccountId,
        /// The request that asked for it.
        request: DataRequestId,
        /// The key of the file in the bucket, which cannot be guessed. It is chosen here, so that a later try, or the one
        /// that clears away, knows where the last one has been.
        object: String,
    },
    /// An account is erased.
    Erase {
        /// Whose account.
        account: AccountId,
        /// The request that asked for it.
        request: DataRequestId,
        /// Under which id the lines of the audit log go on.
        pseudonym: AccountId,
    },
}

fn carry_out<'a>(worker: &'a JobWorker<App>, claimed: &'a ClaimedJob) -> Carrying<'a> {
    Box::pin(async move {
        let app = &worker.application;
        // Boxed, since each holds much and would otherwise lie inside one another all the way up to the handler.
        let (carried, metric) = match claimed.content().map_err(|error| error.to_string())? {
            Job::Export { account, request, object } => {
                let carried = Box::pin(pack(worker, claimed, (account, request), &object)).await?;
                (carried, (carried == Carried::Done).then_some(metrics::EXPORT_MADE))
            }
            Job::Erase { account, request, pseudonym } => {
                Box::pin(erase::carry_out(worker, claimed, (account, request), pseudonym))
                    .await
                    .map_err(|error| error.to_string())?;
                (Carried::Done, Some(metrics::ACCOUNT_ERASED))
            }
        };
        let metric = if carried == Carried::GivenUp { Some(metrics::DATA_REQUEST_FAILED) } else { metric };
        if let Some(metric) = metric {
            app.metrics.count(metric, claimed.now);
        }
        Ok(carried)
    })
}

async fn pack(
    worker: &JobWorker<App>,
    claimed: &ClaimedJob,
    whose: (AccountId, DataRequestId),
    object: &str,
) -> Result<Carried, String> {
    let app = &worker.application;
    let failure = match export::carry_out(worker, claimed, whose, object).await {
        Ok(()) => return Ok(Carried::Done),
        Err(failure) => failure,
    };
    let ended = match &failure {
        export::Failure::Void => export::clean_up(app, claimed, object).await.map(|()| Carried::Nothing),
        export::Failure::Closed => export::close(app, claimed, whose, object).await.map(|()| Carried::Nothing),
        other if claimed.attempts() >= TRIES => {
            tracing::error!(request_id = claimed.request_id(), error = chain(other), "export given up");
            let why = "please ask again";
            export::give_up(app, claimed, whose, object, why).await.map(|()| Carried::GivenUp)
        }
        other => return Err(other.to_string()),
    };
    ended.map_err(|error| error.to_string())
}
