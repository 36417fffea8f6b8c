//! Migrations: changes that must touch stored rows, in numbered steps that are taken once.
//!
//! A row whose shape alone has changed needs none: readers bring older versions up to date
//! ([`Row::upcast`](crate::dynamo::Row::upcast)). A step is for what a reader cannot do, such as a new index key. It
//! must be harmless when it is taken twice, since a run may end anywhere: where it is, is recorded after each batch,
//! and the next run goes on from there. Only one run at a time takes steps.

pub mod keys;
mod ledger;
mod seed;

pub use seed::{Deployment, SeedError};

use crate::clock::Timestamp;
use crate::dynamo::Store;
use crate::entropy::Entropy;
use crate::fault::Fault;
use crate::secret::{Macs, Pepper};

/// What a step works with.
pub struct Work<'a> {
    /// Where the rows are.
    pub store: &'a Store,
    /// Looks up.
    pub macs: &'a Macs,
    /// What passwords are hashed with.
    pub pepper: &'a Pepper,
    /// Names runs and rows.
    pub entropy: &'a Entropy,
    /// Tells the time: a run may take long.
    pub clock: &'a (dyn Fn() -> Timestamp + Send + Sync),
}

impl Work<'_> {
    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// What one batch of a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// There is more to do, from here on.
    More(String),
    /// The step is done.
    Done,
}

/// One numbered step.
pub trait Step: Send + Sync {
    /// Its place in the order: steps are taken by number, and a number is never given again.
    fn number(&self) -> u32;

    /// What it does, for the operator.
    fn name(&self) -> &'static str;

    /// Does a batch of it, from where the last one came to.
    fn batch<'a>(&'a self, work: &'a Work<'_>, from: Option<&'a str>) -> Batch<'a>;
}

/// A batch at work.
pub type Batch<'a> = std::pin::Pin<Box<dyn Future<Output = Result<Progress, MigrateError>> + Send + 'a>>;

/// Why a run ended before its last step.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Another run is at it.
    #[error("another run is at work until {0}, or ended without saying so; try again then")]
    Busy(Timestamp),
    /// It went without a sign of life for so long that another run took its place.
    #[error("another run took the place of this one, which took too long over a batch")]
    Replaced,
    /// The tables have seen steps that this program does not know.
    #[error("the tables are at step {0}, which is newer than this program; use the program that was deployed last")]
    Newer(u32),
    /// What is there does not fit.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// The kernel's own step.
pub const SEED: &dyn Step = &seed::Seed;

/// Takes the steps that were not taken yet, and names them.
pub async fn migrate(work: &Work<'_>, steps: &[&dyn Step]) -> Result<Vec<&'static str>, MigrateError> {
    let mut taken = Vec::new();
    let mut run = ledger::begin(work.store, work.entropy, work.now()).await?;
    let newest = steps.iter().map(|step| step.number()).max().unwrap_or_default();
    if run.applied > newest {
        let applied = run.applied;
        run.end(work.store).await?;
        return Err(MigrateError::Newer(applied));
    }
    let outcome = take(work, steps, &mut run, &mut taken).await;
    // Whatever came of the steps, the next run need not wait for the lease of this one.
    let ended = run.end(work.store).await;
    outcome.and(ended).map(|()| taken)
}

async fn take(
    work: &Work<'_>,
    steps: &[&dyn Step],
    run: &mut ledger::Run,
    taken: &mut Vec<&'static str>,
) -> Result<(), MigrateError> {
    let mut ordered: Vec<_> = steps.iter().filter(|step| step.number() > run.applied).collect();
    ordered.sort_by_key(|step| step.number());
    for step in ordered {
        loop {
            let from = run.cursor.clone();
            match step.batch(work, from.as_deref()).await? {
                Progress::More(cursor) => run.reach(work.store, cursor, work.now()).await?,
                Progress::Done => break,
            }
        }
        run.finish(work.store, step.number(), work.now()).await?;
        taken.push(step.name());
    }
    Ok(())
}

/// The number of the last step that was taken: 1 `GetItem`.
pub async fn applied(store: &Store) -> Result<u32, Fault> {
    ledger::applied(store).await
}
