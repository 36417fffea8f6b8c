//! An erasure under way: what is forgotten, and how much of it.
//!
//! It goes in chunks, each a transaction that also counts what it takes away. So a crash between two of them loses neither
//! an item nor a count, and whoever goes on finds what is left. The tally names the erasure's step by its revision: of two
//! who are at it, one goes on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keys;
use crate::clock::Timestamp;
use crate::dynamo::{Condition, Entity, Key, Row, Transaction, Update, equals, present};
use crate::fault::Fault;
use crate::kernel::DataSubject;

/// How many items one transaction deletes. It may have a hundred steps, and one is the tally.
pub(crate) const CHUNK: usize = 90;
/// How many items one transaction replaces, at two steps each.
pub(crate) const REPLACED_AT_ONCE: usize = 45;

/// How much was forgotten so far, by kind of item.
pub type Tally = BTreeMap<String, u64>;

/// The stored form of an erasure under way. It lies in the person's partition and is the last to leave it.
#[derive(Debug, Serialize, Deserialize)]
pub struct ErasureRow {
    /// The partition key of the subject's own items.
    #[serde(rename = "pk")]
    partition: String,
    #[serde(rename = "account_id")]
    subject: Uuid,
    /// The id of the request that asked for it.
    pub request: Uuid,
    /// The id that stands for the subject in the lines of the audit log from now on: no account ever has it.
    pub pseudonym: Uuid,
    revision: u64,
    /// How much was forgotten.
    pub tally: Tally,
    /// When it began.
    pub started_at: Timestamp,
}

impl Row for ErasureRow {
    const ENTITY: Entity = keys::ERASURE;

    fn key(&self) -> Key {
        keys::erasure(self.partition.clone())
    }
}

impl ErasureRow {
    /// The erasure of this subject, which has just begun.
    pub fn new(subject: &impl DataSubject, request: Uuid, pseudonym: Uuid, now: Timestamp) -> Self {
        Self {
            partition: subject.partition(),
            subject: subject.id(),
            request,
            pseudonym,
            revision: 0,
            tally: Tally::new(),
            started_at: now,
        }
    }

    /// The condition on which nobody else has gone on with it since it was read.
    pub fn unchanged(&self) -> Condition {
        present().and(equals("revision", self.revision))
    }
}

/// An erasure under way.
pub struct Erasure<'a, S> {
    /// Whose: the subject's own record is there until the last step.
    pub subject: &'a S,
    row: ErasureRow,
}

/// How a transaction of an erasure is refused.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the item is gone, or is not the person's any more")]
    Gone,
    #[error("somebody else goes on with the erasure")]
    Overtaken,
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Failed(fault) => fault,
            // Whoever tries again finds what is there then.
            Refusal::Gone | Refusal::Overtaken => Self::CONTENTION,
        }
    }
}

impl<'a, S: DataSubject> Erasure<'a, S> {
    /// An erasure that goes on from this row.
    pub fn new(subject: &'a S, row: ErasureRow) -> Self {
        Self { subject, row }
    }

    /// What is known of it.
    pub fn row(&self) -> &ErasureRow {
        &self.row
    }

    /// Forgets one item, if there is one and this holds of it: 1 transaction of 2 items.
    pub async fn remove(&mut self, entity: Entity, key: &Key, only_if: &Condition) -> Result<(), Fault> {
        let condition = present().and(only_if.clone());
        let next = self.counting(entity.name(), 1);
        let transaction = self.subject.kernel().store.transaction().delete(key, Some(&condition)).or(Refusal::Gone);
        match self.commit(transaction, next).await {
            Err(Refusal::Gone) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Forgets an item that tells next to nothing and is not counted: 1 `DeleteItem`.
    pub async fn remove_uncounted(&self, key: &Key) -> Result<(), Fault> {
        self.subject.kernel().store.delete(key, &present()).await?;
        Ok(())
    }

    /// Forgets these items, which were found a moment ago, by the names of their kinds: 1 transaction for each 90 of them.
    pub async fn remove_all(&mut self, found: &[(String, Key)]) -> Result<(), Fault> {
        for chunk in found.chunks(CHUNK) {
            let mut next = self.row.tally.clone();
            let mut transaction = self.subject.kernel().store.transaction();
            for (entity, key) in chunk {
                *next.entry(entity.clone()).or_default() += 1;
                transaction = transaction.delete(key, Some(&present())).or(Refusal::Gone);
            }
            self.commit(transaction, next).await?;
        }
        Ok(())
    }

    /// Writes poorer rows in the place of richer ones: 1 transaction for each 45 of them.
    pub async fn replace<R: Row>(&mut self, replaced: &[(Key, R)]) -> Result<(), Fault> {
        for chunk in replaced.chunks(REPLACED_AT_ONCE) {
            let next = self.counting(R::ENTITY.name(), chunk.len() as u64);
            let mut transaction = self.subject.kernel().store.transaction();
            for (key, row) in chunk {
                transaction = transaction.delete(key, Some(&present())).or(Refusal::Gone).create(row);
            }
            self.commit(transaction, next).await?;
        }
        Ok(())
    }

    fn counting(&self, entity: &str, more: u64) -> Tally {
        let mut next = self.row.tally.clone();
        *next.entry(entity.to_owned()).or_default() += more;
        next
    }

    async fn commit(&mut self, transaction: Transaction<'_, Refusal>, next: Tally) -> Result<(), Refusal> {
        let revision = self.row.revision + 1;
        let update = Update::of(self.row.key())
            .set("revision", revision)
            .set_structure(keys::ERASURE, "tally", &next)?
            .only_if(&self.row.unchanged());
        transaction.update(&update).or(Refusal::Overtaken).commit().await?;
        self.row.revision = revision;
        self.row.tally = next;
        Ok(())
    }
}

/// The erasure of this subject that is under way, if there is one: 1 `GetItem`.
pub async fn under_way(subject: &impl DataSubject) -> Result<Option<ErasureRow>, Fault> {
    subject.kernel().store.get(&keys::erasure(subject.partition())).await
}
