//! Jobs: work that takes longer than a request may, decided on in the transaction of the fact that asks for it.
//!
//! A job is an outbox item like a mail, claimed before it is begun and deleted by the transaction of its last step. It
//! waits until it is due: one that is due at once reaches its worker by the stream, a later one by the schedule, which
//! finds it in the index when its time has come. A job is never too old to be useful; its worker gives it up, if anybody.

use aws_lambda_events::dynamodb::EventRecord;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::LocalBoxFuture;
use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::OutboxId;
use super::deliver::outbox_id;
use super::item::{self, Cause, OutboxItem, State, Unreadable};
use crate::clock::Timestamp;
use crate::dynamo::{Condition, Key, Row as _};
use crate::fault::Fault;
use crate::kernel::{Application, Kernel};
use crate::personal_data::PersonalData;
use crate::telemetry::EventKinds;

/// How long a claim on a job holds: longer than a function may run, so that no second worker begins a job that one is carrying out.
const CLAIM: SignedDuration = SignedDuration::from_mins(16);
/// What stands for "always useful".
const ALWAYS: SignedDuration = SignedDuration::from_hours(100 * 365 * 24);

/// One kind of job, which a domain contributes.
pub struct JobKind<A: Application> {
    /// Its name, which stands under `job` in the sealed content.
    pub name: &'static str,
    /// Carries a claimed job out. An error, in words for the operator, gives it back for another try.
    pub carry_out: for<'a> fn(&'a JobWorker<A>, &'a ClaimedJob) -> Carrying<'a>,
}

/// A job that is being carried out.
pub type Carrying<'a> = LocalBoxFuture<'a, Result<Carried, String>>;

/// How a job fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// It is done.
    Done,
    /// There was nothing to do: it is done, not due, or another worker is at it.
    Nothing,
    /// It cannot be done, and the user can see that.
    GivenUp,
    /// It waits for another try.
    Deferred,
}

/// What carries jobs out, and what it works with.
pub struct JobWorker<A: Application> {
    /// The application.
    pub application: A,
    /// Every kind of job.
    pub kinds: Vec<&'static JobKind<A>>,
    /// The kinds of events in the audit log.
    pub events: EventKinds,
    /// What each domain knows of users.
    pub personal_data: Vec<&'static dyn PersonalData<A::DataSubject>>,
}

impl<A: Application> JobWorker<A> {
    /// Carries out the job that a stream record shows. The record only says where to look: what counts is the item itself,
    /// claimed before its work begins.
    pub async fn carry_out(&self, record: &EventRecord, now: Timestamp) -> Result<Carried, ClaimError> {
        let kernel = self.application.kernel();
        let Some(claimed) = claim_job(kernel, record, now).await? else { return Ok(Carried::Nothing) };
        let kind = self.kinds.iter().find(|kind| kind.name == claimed.kind);
        let carried = match kind {
            Some(kind) => (kind.carry_out)(self, &claimed).await,
            // Written by a newer version, which is being deployed or was taken back.
            None => Err(format!("the kind {} is unknown", claimed.kind)),
        };
        match carried {
            Ok(carried) => Ok(carried),
            Err(why) => {
                tracing::error!(request_id = claimed.request_id(), attempts = claimed.attempts(), why, "job deferred");
                claimed.release(kernel, &why).await?;
                Ok(Carried::Deferred)
            }
        }
    }
}

/// The id of the job that is due at this moment for the thing of this UUIDv7: the randomness of that id behind another
/// time. So the job is found by the thing that it is about, and its age is counted from when it was due.
fn job_id(of: impl Into<Uuid>, due: Timestamp) -> OutboxId {
    let mut id = of.into().into_bytes();
    let [_, _, time @ ..] = due.as_millisecond().to_be_bytes();
    for (byte, of_time) in id.iter_mut().zip(time) {
        *byte = of_time;
    }
    OutboxId::from_bytes(id)
}

/// The key of the job that is due at this moment for the thing of this UUIDv7.
pub fn job_key(of: impl Into<Uuid>, due: Timestamp) -> Key {
    super::keys::outbox_item(job_id(of, due))
}

/// A job about the thing of this UUIDv7, due at `due`: a step of the transaction that writes the thing. `job` serialises
/// to a JSON object with its kind under `job`.
pub async fn job(
    kernel: &Kernel,
    cause: Cause<'_>,
    of: impl Into<Uuid>,
    job: &impl Serialize,
    due: Timestamp,
) -> Result<OutboxItem, Fault> {
    let sealer = kernel.sealer().await?;
    let id = job_id(of, due);
    let state = if due > cause.now { State::Scheduled } else { State::Pending };
    let content = serde_json::json!(job).to_string();
    let always = cause.now.plus(ALWAYS);
    let mut item = OutboxItem::sealed(&sealer, &kernel.entropy, id, content.as_bytes(), cause, always);
    "job".clone_into(&mut item.outbox);
    item.state = state;
    item.due_at = Some(due);
    Ok(item)
}

/// A job that we have claimed.
#[derive(Debug)]
pub struct ClaimedJob {
    kind: String,
    content: Value,
    /// When: the later of the clock and the moment at which whoever put the job before the stream said that it is due.
    /// Clocks differ, by milliseconds on AWS and by days where a local clock was moved.
    pub now: Timestamp,
    item: OutboxItem,
}

impl ClaimedJob {
    /// What is to be done, as the domain describes it.
    pub fn content<J: DeserializeOwned>(&self) -> Result<J, serde_json::Error> {
        J::deserialize(&self.content)
    }

    /// Whose request asked for it.
    pub fn request_id(&self) -> &str {
        &self.item.request_id
    }

    /// How often it was begun, this time included.
    pub fn attempts(&self) -> u32 {
        self.item.attempts
    }

    /// What its last transaction deletes, and on which condition: that the claim is still ours.
    pub fn done(&self) -> (Key, Condition) {
        (self.item.key(), item::ours(&self.item))
    }

    /// Deletes it, since there is nothing left to do: 1 `DeleteItem`.
    pub async fn complete(&self, kernel: &Kernel) -> Result<(), Fault> {
        item::complete(&kernel.store, &self.item).await
    }

    /// Gives it back for another try: 1 `UpdateItem`.
    pub async fn release(&self, kernel: &Kernel, why: &str) -> Result<(), Fault> {
        item::release(&kernel.store, &self.item, why).await
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

/// Claims the job that a stream record shows: 1 `UpdateItem`. None if it is done, not due, or another worker is at it.
async fn claim_job(kernel: &Kernel, record: &EventRecord, now: Timestamp) -> Result<Option<ClaimedJob>, ClaimError> {
    let Some(id) = outbox_id(record) else { return Ok(None) };
    let name = URL_SAFE_NO_PAD.encode(kernel.entropy.bytes::<12>());
    let now = due_at(record).map_or(now, |due| due.max(now));
    let Some(item) = item::claim(&kernel.store, id, &name, now, CLAIM).await? else { return Ok(None) };
    match open(kernel, &item).await {
        Ok((kind, content)) => Ok(Some(ClaimedJob { kind, content, now, item })),
        Err(error) => {
            let why = error.to_string();
            item::release(&kernel.store, &item, &why).await?;
            Err(ClaimError::Unreadable(why))
        }
    }
}

/// The kind and the content of a job.
async fn open(kernel: &Kernel, item: &OutboxItem) -> Result<(String, Value), Unreadable> {
    let plain = item.unseal(&*kernel.sealer().await?)?;
    let content: Value = serde_json::from_slice(&plain).map_err(|_| Unreadable::Form)?;
    let kind = content.get("job").and_then(Value::as_str).ok_or(Unreadable::Form)?;
    Ok((kind.to_owned(), content))
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
        let request = entropy.uuid_v7(asked);
        assert_eq!(job_id(request, due).created_at(), Some(due));
        assert_eq!(job_id(request, due), job_id(request, due));
        assert_eq!(job_id(request, asked).as_bytes(), request.as_bytes());
        assert_ne!(job_id(entropy.uuid_v7(asked), due), job_id(request, due));
    }
}
