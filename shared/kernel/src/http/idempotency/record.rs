//! The record of a key: who is at it, and in the end the answer. Where nothing is meant to be read again it holds MACs:
//! neither the key nor the body, which may be a password's, stands in the table.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::keys;
use crate::clock::Timestamp;
use crate::dynamo::{Entity, Key, Outcome, Row, Store, Update, below, equals, unset};
use crate::fault::Fault;
use crate::kernel::Kernel;
use crate::secret::{Macs, Sealed, mac_text};

/// How long a key is remembered.
pub(crate) const LIFE: SignedDuration = SignedDuration::from_hours(24);
/// How long a request may be at it: longer than any function runs (20 s) and than the gateway waits (30 s).
const LEASE: SignedDuration = SignedDuration::from_secs(35);

/// One request under one key.
pub(super) struct Record {
    mac: String,
    /// The MAC of the request's content under this key.
    body: String,
    /// A name that no other request has.
    claim: String,
    holder: Vec<u8>,
}

impl Record {
    /// The record of `content` sent under `key`: caller, path and the key itself.
    pub(super) fn new(kernel: &Kernel, macs: &Macs, key: &[&[u8]; 3], content: &[&[u8]; 2]) -> Self {
        let [caller, path, key] = key;
        let [query, body] = content;
        let mac = mac_text(macs.lookup_key(), &[b"idempotency-key/v1", caller, path, key]);
        let body = mac_text(macs.lookup_key(), &[b"idempotency-body/v1", mac.as_bytes(), query, body]);
        let holder = format!("{mac} {body}").into_bytes();
        Self { mac, body, claim: URL_SAFE_NO_PAD.encode(kernel.entropy.bytes::<12>()), holder }
    }

    /// What the answer is sealed to: this key and this body.
    pub(super) fn holder(&self) -> &[u8] {
        &self.holder
    }

    fn key(&self) -> Key {
        keys::idempotency_record(&self.mac)
    }
}

/// The stored form. Without `expires_at` it is given up, and as good as not there.
#[derive(Debug, Serialize, Deserialize)]
struct RecordRow {
    mac: String,
    body: String,
    claimed_by: String,
    leased_until: Timestamp,
    answer: Option<Sealed>,
    expires_at: Option<Timestamp>,
    ttl: i64,
}

impl Row for RecordRow {
    const ENTITY: Entity = keys::IDEMPOTENCY_RECORD;

    fn key(&self) -> Key {
        keys::idempotency_record(&self.mac)
    }
}

/// What came of a claim.
pub(super) enum Claim {
    /// The request is to be carried out.
    Ours,
    /// Another one with the same body is at it.
    Held,
    /// The key was used with another body.
    OfAnotherBody,
    /// It was carried out, and this is the sealed answer.
    Answered(Sealed),
}

/// Claims a key for a request: 1 `UpdateItem`, 1 write unit.
pub(super) async fn claim(store: &Store, record: &Record, now: Timestamp) -> Result<Claim, Fault> {
    let expires_at = now.plus(LIFE);
    let abandoned = unset("answer").and(below("leased_until", now)).and(equals("body", &record.body));
    let claim = Update::of(record.key())
        .set("v", RecordRow::VERSION)
        .set("entity", RecordRow::ENTITY.name())
        .set("mac", &record.mac)
        .set("body", &record.body)
        .set("claimed_by", &record.claim)
        .set("leased_until", now.plus(LEASE))
        .set("expires_at", expires_at)
        .set("ttl", expires_at.as_second())
        .remove("answer")
        .only_if(&unset("expires_at").or(below("expires_at", now)).or(abandoned));
    Ok(match store.update::<RecordRow>(claim).await? {
        Outcome::Applied(_) => Claim::Ours,
        // Our own claim, whose answer was lost, repeated by the SDK.
        Outcome::Refused(Some(row)) if row.claimed_by == record.claim => Claim::Ours,
        Outcome::Refused(Some(row)) if row.body != record.body => Claim::OfAnotherBody,
        Outcome::Refused(Some(RecordRow { answer: Some(answer), .. })) => Claim::Answered(answer),
        Outcome::Refused(_) => Claim::Held,
    })
}

/// Keeps the answer, if the claim is still this request's: 1 `UpdateItem`, 1 write unit per KB.
pub(super) async fn keep(kernel: &Kernel, record: &Record, answer: &Sealed) -> Result<(), Fault> {
    let keep = Update::of(record.key())
        .set_structure(RecordRow::ENTITY, "answer", answer)?
        .only_if(&equals("claimed_by", &record.claim));
    kernel.store.update_item(keep).await.map(drop)
}

/// Gives the key back, as if it had never been sent: 1 `UpdateItem`, 1 write unit.
pub(super) async fn release(store: &Store, record: &Record, now: Timestamp) -> Result<(), Fault> {
    let ours = equals("claimed_by", &record.claim);
    let release = Update::of(record.key()).remove("expires_at").set("ttl", now.as_second()).only_if(&ours);
    store.update_item(release).await.map(drop)
}
