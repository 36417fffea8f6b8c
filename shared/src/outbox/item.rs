//! The outbox's items and how they change.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::client::Client;
use crate::clock::Timestamp;
use crate::dynamo::{Entity, Key, Outcome, Row, Store, StoreError, Update, below, equals, has, keys, present, unset};
use crate::id::OutboxId;
use crate::mail::{Content, Mail};
use crate::secret::{Sealed, Sealer, SealingError};

/// How long a claim holds.
pub(super) const CLAIM: SignedDuration = SignedDuration::from_mins(2);
/// How long an item that was given up is kept for the operator.
const KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A side effect that waits to be carried out. Its content is sealed under its own id.
#[derive(Debug, Serialize, Deserialize)]
pub struct OutboxItem {
    /// Its id.
    pub(super) id: OutboxId,
    /// What kind of work it is: `mail`. The stream's filters read this and the state.
    outbox: String,
    pub(super) state: State,
    due_shard: Option<String>,
    due_at: Option<Timestamp>,
    created_at: Timestamp,
    sealed: Sealed,
    attempts: u32,
    claimed_until: Option<Timestamp>,
    pub(super) useful_until: Timestamp,
    /// The request that caused it.
    pub(super) request_id: String,
}

/// Where an item is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Pending,
    Claimed,
    Redriven,
    Dead,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Redriven => "redriven",
            Self::Dead => "dead",
        }
    }
}

impl Row for OutboxItem {
    const ENTITY: Entity = Entity::OutboxItem;

    fn key(&self) -> Key {
        keys::outbox_item(self.id)
    }
}

/// A mail to `to` (a deliverable address), caused by the client's request and pointless after `useful_until`.
pub fn mail<C: Content>(app: &App, client: &Client, to: &str, content: &C, useful_until: Timestamp) -> OutboxItem {
    let id = OutboxId::new(&app.entropy, client.now);
    let mail = serde_json::json!(Mail {
        to: to.to_owned(),
        template: C::TEMPLATE.to_owned(),
        values: content.values(),
        useful_until,
    });
    OutboxItem {
        id,
        outbox: "mail".to_owned(),
        state: State::Pending,
        due_shard: Some(keys::outbox_due_shard(id)),
        due_at: Some(client.now),
        created_at: client.now,
        sealed: app.sealer.seal(mail.to_string().as_bytes(), id.as_bytes(), &app.entropy),
        attempts: 0,
        claimed_until: None,
        useful_until,
        request_id: client.request_id.clone(),
    }
}

/// Why an item's mail cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error(transparent)]
    Sealing(#[from] SealingError),
    #[error("the sealed mail has another form")]
    Form,
}

impl OutboxItem {
    pub(super) fn open(&self, sealer: &Sealer) -> Result<Mail, Unreadable> {
        let plain = sealer.open(&self.sealed, self.id.as_bytes())?;
        serde_json::from_slice(&plain).map_err(|_| Unreadable::Form)
    }
}

/// Claims an item until `now` plus two minutes: 1 `UpdateItem`. None when it is done, dead, or somebody else's.
pub(super) async fn claim(store: &Store, id: OutboxId, now: Timestamp) -> Result<Option<OutboxItem>, StoreError> {
    let unclaimed = unset("claimed_until").or(below("claimed_until", now));
    let claim = Update::of(keys::outbox_item(id))
        .set("state", State::Claimed.name())
        .set("claimed_until", now.plus(CLAIM))
        .add("attempts", 1)
        .only_if(&alive().and(unclaimed));
    match store.update(claim).await? {
        Outcome::Applied(item) => Ok(Some(item)),
        Outcome::Refused(_) => Ok(None),
    }
}

/// Deletes an item that was carried out under this claim: 1 `DeleteItem`.
pub(super) async fn complete(store: &Store, item: &OutboxItem) -> Result<(), StoreError> {
    let Some(claimed_until) = item.claimed_until else { return Ok(()) };
    // Somebody else's claim means that ours ran out, and theirs will delete the item.
    store.delete(&item.key(), &equals("claimed_until", claimed_until)).await.map(drop)
}

/// Gives an item back, for a later try, if the claim is still ours: 1 `UpdateItem`.
pub(super) async fn release(store: &Store, item: &OutboxItem, why: &str) -> Result<(), StoreError> {
    let Some(claimed_until) = item.claimed_until else { return Ok(()) };
    let release = Update::of(item.key())
        .set("state", State::Pending.name())
        .set("last_error", why)
        .remove("claimed_until")
        .only_if(&equals("claimed_until", claimed_until));
    store.update_item(release).await.map(drop)
}

/// Gives an item up; it is kept for two weeks, out of the index: 1 `UpdateItem`.
pub(super) async fn bury(store: &Store, key: Key, why: &str, now: Timestamp) -> Result<(), StoreError> {
    let bury = Update::of(key)
        .set("state", State::Dead.name())
        .set("last_error", why)
        .set("failed_at", now)
        .set("ttl", now.plus(KEPT).as_second())
        .remove("claimed_until")
        .remove("due_shard")
        .remove("due_at")
        .only_if(&present());
    store.update_item(bury).await.map(drop)
}

/// Puts a waiting item before the stream again: 1 `UpdateItem`. None when it is done, dead or being carried out.
pub(super) async fn touch(store: &Store, id: OutboxId, now: Timestamp) -> Result<Option<OutboxItem>, StoreError> {
    let unclaimed = unset("claimed_until").or(below("claimed_until", now));
    let touch = Update::of(keys::outbox_item(id))
        .set("state", State::Redriven.name())
        .set("due_at", now)
        .remove("claimed_until")
        .only_if(&alive().and(unclaimed));
    match store.update(touch).await? {
        Outcome::Applied(item) => Ok(Some(item)),
        Outcome::Refused(_) => Ok(None),
    }
}

/// Not dead: only items that wait are in the index.
fn alive() -> crate::dynamo::Condition {
    has("due_shard")
}
