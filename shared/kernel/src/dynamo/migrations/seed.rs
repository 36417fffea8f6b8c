//! Step 1: what must exist before the first request, the mark that ties the tables to their secrets.
//!
//! Restored tables with fresh secrets look well until somebody signs in: no password fits and no code is found. The
//! mark tells it at once. It is made of MACs, so it says nothing about the keys.

use serde::{Deserialize, Serialize};

use super::{Batch, MigrateError, Progress, Step, Work, keys};
use crate::clock::Timestamp;
use crate::dynamo::{Entity, Key, Row, Store};
use crate::fault::Fault;
use crate::secret::{Macs, Pepper, mac_text};

/// What a deployment is known by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Deployment {
    /// When it came into being.
    pub created_at: Timestamp,
    pepper: String,
    lookup: String,
}

impl Row for Deployment {
    const ENTITY: Entity = keys::DEPLOYMENT;

    fn key(&self) -> Key {
        keys::deployment()
    }
}

/// The secrets are not those that the tables were filled with.
#[derive(Debug, thiserror::Error)]
#[error("the {0} secret is not the one that these tables were filled with; put the former one back")]
pub struct SeedError(pub &'static str);

impl Deployment {
    fn of(pepper: &Pepper, macs: &Macs, now: Timestamp) -> Result<Self, SeedError> {
        // The first pepper is never removed and the lookup key never changes, so rotations leave the mark valid.
        let first = pepper.ring.first().ok_or(SeedError("pepper"))?;
        let mark = |key: &[u8; 32]| mac_text(key, &[b"deployment/v1"]);
        Ok(Self { created_at: now, pepper: mark(first.expose()), lookup: mark(macs.lookup_key()) })
    }

    /// The deployment of these tables: 1 `GetItem`.
    pub async fn find(store: &Store) -> Result<Option<Self>, Fault> {
        store.get(&keys::deployment()).await
    }

    /// Whether these are the secrets that it was seeded with.
    pub fn check(&self, pepper: &Pepper, macs: &Macs) -> Result<(), SeedError> {
        let present = Self::of(pepper, macs, self.created_at)?;
        match (present.pepper == self.pepper, present.lookup == self.lookup) {
            (false, _) => Err(SeedError("pepper")),
            (_, false) => Err(SeedError("macs")),
            _ => Ok(()),
        }
    }
}

/// Step 1.
pub(super) struct Seed;

impl Step for Seed {
    fn number(&self) -> u32 {
        1
    }

    fn name(&self) -> &'static str {
        "tie the tables to their secrets"
    }

    fn batch<'a>(&'a self, work: &'a Work<'_>, _from: Option<&'a str>) -> Batch<'a> {
        Box::pin(async move {
            let fresh = Deployment::of(work.pepper, work.macs, work.now()).map_err(MigrateError::Seed)?;
            work.store.put_new(&fresh).await?;
            let stored = Deployment::find(work.store).await?.unwrap_or(fresh);
            stored.check(work.pepper, work.macs)?;
            Ok(Progress::Done)
        })
    }
}
