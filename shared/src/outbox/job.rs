//! Jobs: work that takes longer than a request may, decided on in the transaction of the fact that asks for it.
//!
//! A job is an outbox item like a mail, claimed before it is begun and deleted by the transaction of its last step. It
//! waits until it is due: one that is due at once reaches its worker by the stream, a later one by the schedule, which
//! finds it in the index when its time has come. A job is never too old to be useful; its worker gives it up, if anybody.

use aws_lambda_events::dynamodb::EventRecord;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::deliver::outbox_id;
use super::item::{self, Cause, OutboxItem, State, Unreadable};
use crate::app::App;
use crate::clock::Timestamp;
use crate::dynamo::{Condition, Key, Row as _};
use crate::fault::Fault;
use crate::id::{AccountId, DataRequestId, OutboxId};

/// How long a claim on a job holds: longer than a function may run, so that nobody begins what somebody is at.
const CLAIM: SignedDuration = SignedDuration::from_mins(16);
/// What stands for "always useful".
const ALWAYS: SignedDuration = SignedDuration::from_hours(100 * 365 * 24);

/// What is to be done. Sealed while it waits, like a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Everything that we know of a person is packed.
    Export {
        /// Whose.
        account: AccountId,
        /// The request that asked for it.
        request: DataRequestId,
        /// The key of the file in the bucket, which nobody can guess. It is chosen here, so that whoever tries again, or
        /// clears away, knows where the last one has been.
        object: String,
    },
    /// A person is erased.
    Erase {
        /// Whose account.
        account: AccountId,
        /// The request that asked for it.
        request: DataRequestId,
        /// Under which id the lines of the audit log go on.
        pseudonym: AccountId,
    },
}

/// The id of the job that a request makes due at this moment: the randomness of the request behind another time, so that
/// whoever knows the request finds its job, and its age is counted from when it was due.
pub(crate) fn job_id(request: DataRequestId, due: Timestamp) -> OutboxId {
    let mut id = *request.as_bytes();
    let [_, _, time @ ..] = due.as_millisecond().to_be_bytes();
    for (byte, of_time) in id.iter_mut().zip(time) {
        *byte = of_time;
    }
    OutboxId::from_bytes(id)
}

/// Where the job of a request lies.
pub(crate) fn job_key(request: DataRequestId, due: Timestamp) -> Key {
    crate::dynamo::keys::outbox_item(job_id(request, due))
}

/// A job that a request asks for, due at `due`: a step of the transaction that writes the request down.
pub(crate) async fn job(
    app: &App,
    cause: Cause<'_>,
    request: DataRequestId,
    job: &Job,
    due: Timestamp,
) -> Result<OutboxItem, Fault> {
    let sealer = app.sealer().await?;
    let id = job_id(request, due);
    let state = if due > cause.now { State::Scheduled } else { State::Pending };
    let content = serde_json::json!(job).to_string();
    let always = cause.now.plus(ALWAYS);
    let mut item = OutboxItem::sealed(&sealer, &app.entropy, id, content.as_bytes(), cause, always);
    "job".clone_into(&mut item.outbox);
    item.state = state;
    item.due_at = Some(due);
    Ok(item)
}

/// A job that we have claimed.
#[derive(Debug)]
pub struct ClaimedJob {
    /// What is to be done.
    pub job: Job,
    /// When: the later of the clock and the moment at which whoever put the job before the stream said that it is due.
    /// Clocks differ, by milliseconds on AWS and by days where a local clock was moved.
    pub now: Timestamp,
    item: OutboxItem,
}

impl ClaimedJob {
    /// Whose request asked for it.
    pub fn request_id(&self) -> &str {
        &self.item.request_id
    }

    /// How often it was begun, this time included.
    pub fn attempts(&self) -> u32 {
        self.item.attempts
    }

    /// What its last transaction deletes, and on which condition: that the claim is still ours.
    pub(crate) fn done(&self) -> (Key, Condition) {
        (self.item.key(), item::ours(&self.item))
    }

    /// Deletes it, since there is nothing left to do: 1 `DeleteItem`.
    pub(crate) async fn complete(&self, app: &App) -> Result<(), Fault> {
        item::complete(&app.store, &self.item).await
    }

    /// Gives it back for another try: 1 `UpdateItem`.
    pub(crate) async fn release(&self, app: &App, why: &str) -> Result<(), Fault> {
        item::release(&app.store, &self.item, why).await
    }
}

/// Why a job is not begun now.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
    /// It cannot be opened now; perhaps with newer keys.
    #[error("the job cannot be opened: {0}")]
    Unreadable(String),
}

/// Claims the job that a stream record shows: 1 `UpdateItem`. None if it is done, or somebody is at it, or not due.
pub(crate) async fn claim_job(
    app: &App,
    record: &EventRecord,
    now: Timestamp,
) -> Result<Option<ClaimedJob>, ClaimError> {
    let Some(id) = outbox_id(record) else { return Ok(None) };
    let name = URL_SAFE_NO_PAD.encode(app.entropy.bytes::<12>());
    let now = due_at(record).map_or(now, |due| due.max(now));
    let Some(item) = item::claim(&app.store, id, &name, now, CLAIM).await? else { return Ok(None) };
    match open(app, &item).await {
        Ok(job) => Ok(Some(ClaimedJob { job, now, item })),
        Err(error) => {
            let why = error.to_string();
            item::release(&app.store, &item, &why).await?;
            Err(ClaimError::Unreadable(why))
        }
    }
}

async fn open(app: &App, item: &OutboxItem) -> Result<Job, Unreadable> {
    let plain = item.unseal(&*app.sealer().await?)?;
    serde_json::from_slice(&plain).map_err(|_| Unreadable::Form)
}

fn due_at(record: &EventRecord) -> Option<Timestamp> {
    let serde_dynamo::AttributeValue::S(at) = record.change.new_image.get("due_at")? else { return None };
    at.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;

    #[test]
    fn a_job_is_as_old_as_it_is_overdue_and_found_by_its_request() {
        let entropy = Entropy::operating_system();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (asked, due) = (at("2026-03-02T09:30:00Z"), at("2026-03-16T09:30:00Z"));
        let request = DataRequestId::new(&entropy, asked);
        assert_eq!(job_id(request, due).created_at(), Some(due));
        assert_eq!(job_id(request, due), job_id(request, due));
        assert_eq!(job_id(request, asked).as_bytes(), request.as_bytes());
        assert_ne!(job_id(DataRequestId::new(&entropy, asked), due), job_id(request, due));
    }
}
