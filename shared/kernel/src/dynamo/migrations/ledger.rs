//! The record of the steps: one item that says which was taken last, how far the next one is, and who is at it.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{MigrateError, keys};
use crate::clock::Timestamp;
use crate::dynamo::{Entity, Key, Outcome, Row, Store, Update, below, equals, unset};
use crate::entropy::Entropy;
use crate::fault::Fault;

/// How long a run may go without a sign of life before another may take its place.
const LEASE: SignedDuration = SignedDuration::from_mins(10);

#[derive(Debug, Serialize, Deserialize)]
struct Ledger {
    applied: u32,
    cursor: Option<String>,
    run: Option<String>,
    run_until: Option<Timestamp>,
}

impl Row for Ledger {
    const ENTITY: Entity = keys::MIGRATION_LEDGER;

    fn key(&self) -> Key {
        keys::migration_ledger()
    }
}

/// A run that may take steps.
pub(super) struct Run {
    /// The last step that was taken.
    pub(super) applied: u32,
    /// How far the next step is.
    pub(super) cursor: Option<String>,
    name: String,
}

/// The last step that was taken: 1 `GetItem`.
pub(super) async fn applied(store: &Store) -> Result<u32, Fault> {
    Ok(store.get::<Ledger>(&keys::migration_ledger()).await?.map_or(0, |ledger| ledger.applied))
}

/// Begins a run, unless another is at work: 1 `PutItem` of the first ledger, 1 `UpdateItem`.
pub(super) async fn begin(store: &Store, entropy: &Entropy, now: Timestamp) -> Result<Run, MigrateError> {
    let fresh = Ledger { applied: 0, cursor: None, run: None, run_until: None };
    store.put_new(&fresh).await?;
    let name = entropy.uuid_v7(now).to_string();
    let claim = Update::of(keys::migration_ledger())
        .set("run", name.as_str())
        .set("run_until", now.plus(LEASE))
        .only_if(&unset("run_until").or(below("run_until", now)));
    match store.update::<Ledger>(claim).await? {
        Outcome::Applied(ledger) => Ok(Run { applied: ledger.applied, cursor: ledger.cursor, name }),
        // Our own claim, whose answer was lost.
        Outcome::Refused(Some(ledger)) if ledger.run.as_deref() == Some(name.as_str()) => {
            Ok(Run { applied: ledger.applied, cursor: ledger.cursor, name })
        }
        Outcome::Refused(ledger) => Err(MigrateError::Busy(ledger.and_then(|ledger| ledger.run_until).unwrap_or(now))),
    }
}

impl Run {
    /// Records how far the present step is, and that the run is alive: 1 `UpdateItem`.
    pub(super) async fn reach(&mut self, store: &Store, cursor: String, now: Timestamp) -> Result<(), MigrateError> {
        self.write(store, alive(now).set("cursor", cursor.as_str())).await?;
        self.cursor = Some(cursor);
        Ok(())
    }

    /// Records that a step was taken, and that the run is alive: 1 `UpdateItem`.
    pub(super) async fn finish(&mut self, store: &Store, step: u32, now: Timestamp) -> Result<(), MigrateError> {
        self.write(store, alive(now).set("applied", i64::from(step)).remove("cursor")).await?;
        self.applied = step;
        self.cursor = None;
        Ok(())
    }

    /// Lets the next run begin: 1 `UpdateItem`.
    pub(super) async fn end(&self, store: &Store) -> Result<(), MigrateError> {
        self.write(store, Update::of(keys::migration_ledger()).remove("run").remove("run_until")).await
    }

    /// Only this run may write: one that took its place may be further.
    async fn write(&self, store: &Store, update: Update) -> Result<(), MigrateError> {
        match store.update_item(update.only_if(&equals("run", self.name.as_str()))).await? {
            Ok(_) => Ok(()),
            Err(_) => Err(MigrateError::Replaced),
        }
    }
}

fn alive(now: Timestamp) -> Update {
    Update::of(keys::migration_ledger()).set("run_until", now.plus(LEASE))
}
