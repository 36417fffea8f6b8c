//! The outbox's items and how they change.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{OutboxId, keys};
use crate::clock::Timestamp;
use crate::dynamo::resealing::HoldsSealed;
use crate::dynamo::{Condition, Entity, Key, Outcome, Row, Store, Update, after, below, equals, from_item, has, unset};
use crate::entropy::Entropy;
use crate::fault::Fault;
use crate::http::client::Client;
use crate::kernel::Kernel;
use crate::mail::{Content, Mail, suppression_mac};
use crate::secret::{Sealed, Sealer};

/// How long a claim on a mail holds.
pub(super) const CLAIM: SignedDuration = SignedDuration::from_mins(2);
/// How long an item that was given up is kept for the operator.
pub const KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A side effect that waits to be carried out. Its content is sealed under its own id.
#[derive(Debug, Serialize, Deserialize)]
pub struct OutboxItem {
    /// Its id.
    pub(super) id: OutboxId,
    /// What kind of work it is: `mail` or `job`. The stream's filters read this and the state.
    pub(super) outbox: String,
    pub(super) state: State,
    due_shard: Option<String>,
    pub(super) due_at: Option<Timestamp>,
    created_at: Timestamp,
    sealed: Sealed,
    pub(super) attempts: u32,
    claimed_by: Option<String>,
    claimed_until: Option<Timestamp>,
    pub(super) useful_until: Timestamp,
    /// The request that caused it.
    pub(super) request_id: String,
}

/// Where an item is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// A job that is not due yet. The stream's filters let it lie; the schedule finds it when it is due.
    Scheduled,
    Pending,
    Claimed,
    Redriven,
    Dead,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Redriven => "redriven",
            Self::Dead => "dead",
        }
    }
}

/// What makes an item: when, and in which request.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// When.
    pub now: Timestamp,
    /// The request.
    pub request_id: &'a str,
}

impl<'a> From<&'a Client> for Cause<'a> {
    fn from(client: &'a Client) -> Self {
        Self { now: client.now, request_id: &client.request_id }
    }
}

impl Row for OutboxItem {
    const ENTITY: Entity = keys::OUTBOX_ITEM;

    fn key(&self) -> Key {
        keys::outbox_item(self.id)
    }
}

impl HoldsSealed for OutboxItem {
    fn sealed(&self) -> &Sealed {
        &self.sealed
    }

    fn holder(&self) -> Vec<u8> {
        self.id.as_bytes().to_vec()
    }
}

/// A mail to `to` (a deliverable address), caused by the client's request and pointless after `useful_until`.
pub async fn mail<C: Content>(
    kernel: &Kernel,
    client: &Client,
    to: &str,
    content: &C,
    useful_until: Timestamp,
) -> Result<OutboxItem, Fault> {
    item(kernel, Cause::from(client), to, content, useful_until).await
}

/// The same, caused by a job.
pub async fn mail_of_job<C: Content>(
    kernel: &Kernel,
    cause: Cause<'_>,
    to: &str,
    content: &C,
    useful_until: Timestamp,
) -> Result<OutboxItem, Fault> {
    item(kernel, cause, to, content, useful_until).await
}

/// The same for an address that nobody has: an item that nothing distinguishes but that the mailer, who alone can open
/// it, finds no address in it. It is written where the absence of a mail would tell that there is no account.
pub async fn to_nobody<C: Content>(
    kernel: &Kernel,
    client: &Client,
    content: &C,
    useful_until: Timestamp,
) -> Result<OutboxItem, Fault> {
    item(kernel, Cause::from(client), "", content, useful_until).await
}

async fn item<C: Content>(
    kernel: &Kernel,
    cause: Cause<'_>,
    to: &str,
    content: &C,
    useful_until: Timestamp,
) -> Result<OutboxItem, Fault> {
    let (sealer, macs) = (kernel.sealer().await?, kernel.macs().await?);
    let id = OutboxId::new(&kernel.entropy, cause.now);
    let mail = serde_json::json!(Mail {
        to: to.to_owned(),
        suppressed_by: suppression_mac(&macs, to),
        template: C::TEMPLATE.to_owned(),
        values: content.values(),
    });
    Ok(OutboxItem::sealed(&sealer, &kernel.entropy, id, mail.to_string().as_bytes(), cause, useful_until))
}

/// Why an item's mail cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error(transparent)]
    Failed(#[from] Fault),
    #[error("the sealed mail has another form")]
    Form,
}

impl OutboxItem {
    /// A mail's item with this content.
    pub(super) fn sealed(
        sealer: &Sealer,
        entropy: &Entropy,
        id: OutboxId,
        content: &[u8],
        cause: Cause<'_>,
        useful_until: Timestamp,
    ) -> Self {
        Self {
            id,
            outbox: "mail".to_owned(),
            state: State::Pending,
            due_shard: Some(keys::due_shard(id)),
            due_at: Some(cause.now),
            created_at: cause.now,
            sealed: sealer.seal(content, id.as_bytes(), entropy),
            attempts: 0,
            claimed_by: None,
            claimed_until: None,
            useful_until,
            request_id: cause.request_id.to_owned(),
        }
    }

    pub(super) fn open(&self, sealer: &Sealer) -> Result<Mail, Unreadable> {
        serde_json::from_slice(&self.unseal(sealer)?).map_err(|_| Unreadable::Form)
    }

    pub(super) fn unseal(&self, sealer: &Sealer) -> Result<Zeroizing<Vec<u8>>, Fault> {
        Ok(sealer.open(&self.sealed, self.id.as_bytes())?)
    }
}

/// Claims an item for so long, under a name that nobody else has: 1 `UpdateItem`. None when it is
/// done, dead, or somebody else's. A claim whose answer was lost on the way is recognised by its name.
pub(super) async fn claim(
    store: &Store,
    id: OutboxId,
    name: &str,
    now: Timestamp,
    holds: SignedDuration,
) -> Result<Option<OutboxItem>, Fault> {
    let claim = Update::of(keys::outbox_item(id))
        .set("state", State::Claimed.name())
        .set("claimed_by", name)
        .set("claimed_until", now.plus(holds))
        .add("attempts", 1)
        .only_if(&waits(now));
    Ok(match store.update::<OutboxItem>(claim).await? {
        Outcome::Applied(item) => Some(item),
        Outcome::Refused(item) => item.filter(|item| item.claimed_by.as_deref() == Some(name)),
    })
}

/// Deletes an item that was carried out, if the claim is still ours: 1 `DeleteItem`. Otherwise whoever holds it now
/// deletes it.
pub(super) async fn complete(store: &Store, item: &OutboxItem) -> Result<(), Fault> {
    store.delete(&item.key(), &ours(item)).await.map(drop)
}

/// Gives an item back for a later try, if the claim is still ours: 1 `UpdateItem`.
pub(super) async fn release(store: &Store, item: &OutboxItem, why: &str) -> Result<(), Fault> {
    let release = Update::of(item.key())
        .set("state", State::Pending.name())
        .set("last_error", why)
        .remove("claimed_by")
        .remove("claimed_until")
        .only_if(&ours(item));
    store.update_item(release).await.map(drop)
}

/// Gives up an item that is claimed by us: 1 `UpdateItem`. Tells whether it was still ours. The claim's name stays, so
/// that a repetition after a lost answer finds it again.
pub(super) async fn bury(store: &Store, item: &OutboxItem, why: &str, now: Timestamp) -> Result<bool, Fault> {
    let bury = dead(Update::of(item.key()), why, now).only_if(&ours(item));
    Ok(store.update_item(bury).await?.is_ok())
}

/// Gives up an item that waits, whatever is in it: 1 `UpdateItem`. Tells whether it still waited.
pub(super) async fn bury_waiting(store: &Store, id: OutboxId, why: &str, now: Timestamp) -> Result<bool, Fault> {
    let bury = dead(Update::of(keys::outbox_item(id)), why, now).only_if(&waits(now));
    Ok(match store.update_item(bury).await? {
        Ok(_) => true,
        // Our own burial, whose answer was lost, repeated by the SDK.
        Err(item) => item.is_some_and(|item| item.get("failed_at") == Some(&AttributeValue::S(now.to_string()))),
    })
}

/// What came of [`touch`].
pub(super) enum Touched {
    /// It is before the stream again.
    Redriven,
    /// It has outlived its use; nothing was changed.
    TooOld,
    /// It is done, dead, or being carried out.
    Nothing,
}

/// Puts a waiting item that is still useful before the stream again: 1 `UpdateItem`.
pub(super) async fn touch(store: &Store, id: OutboxId, now: Timestamp) -> Result<Touched, Fault> {
    let touch = Update::of(keys::outbox_item(id))
        .set("state", State::Redriven.name())
        .set("due_at", now)
        .remove("claimed_by")
        .remove("claimed_until")
        .only_if(&waits(now).and(after("useful_until", now)));
    Ok(match store.update_item(touch).await? {
        Ok(_) => Touched::Redriven,
        Err(None) => Touched::Nothing,
        Err(Some(item)) => match from_item::<OutboxItem>(item)? {
            item if item.useful_until <= now && item.state != State::Dead => Touched::TooOld,
            _ => Touched::Nothing,
        },
    })
}

fn dead(update: Update, why: &str, now: Timestamp) -> Update {
    update
        .set("state", State::Dead.name())
        .set("last_error", why)
        .set("failed_at", now)
        .set("ttl", now.plus(KEPT).as_second())
        .remove("claimed_until")
        .remove("due_shard")
        .remove("due_at")
}

/// Not dead (only items that wait are in the index), and nobody's claim holds.
fn waits(now: Timestamp) -> Condition {
    has("due_shard").and(unset("claimed_until").or(below("claimed_until", now)))
}

/// Claimed by whoever read this item.
pub(super) fn ours(item: &OutboxItem) -> Condition {
    equals("claimed_by", item.claimed_by.as_deref().unwrap_or_default())
}
