//! Carrying out jobs: what the exporter does with a record of the stream.

use aws_lambda_events::dynamodb::EventRecord;

use super::{DataRequestId, erase, export};
use crate::accounts::AccountId;
use crate::app::App;
use crate::clock::Timestamp;
use crate::outbox::{ClaimError, ClaimedJob, Job, claim_job};
use crate::telemetry::{Metric, chain};

/// How often an export is begun before it is given up. An erasure is never given up.
const TRIES: u32 = 12;

/// How a job fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// It is done.
    Done,
    /// There was nothing to do: it is done, not due, or somebody is at it.
    Nothing,
    /// It cannot be done, and its person can see that.
    GivenUp,
    /// It waits for another try.
    Deferred,
}

/// Carries out the job that a stream record shows. The record only says where to look: what counts is the item itself,
/// claimed before anything is begun.
pub async fn carry_out(app: &App, record: &EventRecord, now: Timestamp) -> Result<Carried, ClaimError> {
    let Some(claimed) = claim_job(app, record, now).await? else { return Ok(Carried::Nothing) };
    // Boxed, since each holds much and would otherwise lie inside one another all the way up to the handler.
    let outcome = match &claimed.job {
        Job::Export { account, request, object } => Box::pin(pack(app, &claimed, (*account, *request), object)).await,
        Job::Erase { account, request, pseudonym } => {
            match Box::pin(erase::carry_out(app, &claimed, (*account, *request), *pseudonym)).await {
                Ok(()) => Ok(Carried::Done),
                Err(error) => Err(error.to_string()),
            }
        }
    };
    match outcome {
        Ok(carried) => {
            let metric = match (&claimed.job, carried) {
                (_, Carried::GivenUp) => Some(Metric::DataRequestFailed),
                (Job::Export { .. }, Carried::Done) => Some(Metric::ExportMade),
                (Job::Export { .. }, _) => None,
                (Job::Erase { .. }, _) => Some(Metric::AccountErased),
            };
            if let Some(metric) = metric {
                app.metrics.count(metric, claimed.now);
            }
            Ok(carried)
        }
        Err(why) => {
            tracing::error!(request_id = claimed.request_id(), attempts = claimed.attempts(), why, "job deferred");
            claimed.release(app, &why).await?;
            Ok(Carried::Deferred)
        }
    }
}

async fn pack(
    app: &App,
    claimed: &ClaimedJob,
    whose: (AccountId, DataRequestId),
    object: &str,
) -> Result<Carried, String> {
    let failure = match export::carry_out(app, claimed, whose, object).await {
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
