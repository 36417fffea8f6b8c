//! The secrets of one process: which it holds, and how an environment that lives for hours follows their rotation.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, join_all};
use jiff::SignedDuration;

use super::{FromSecret, Held, SecretSource};
use crate::clock::Timestamp;
use crate::fault::Fault;

/// After how long secrets are read again, beside a request.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// After how long they are read again before a request: an environment that rested may have missed a rotation. Less
/// than the time for which a key is known before it is used.
const OUTDATED_AFTER: SignedDuration = SignedDuration::from_mins(8);
/// After how long reading them is tried again, when it failed.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// For how long a secret that was read serves while it cannot be read again. After that no request is served with it:
/// keys may have been retired since.
pub const SERVE_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The secrets that one process holds.
pub struct Secrets {
    source: SecretSource,
    held: Mutex<Vec<Arc<dyn Follow>>>,
    read_at: Mutex<ReadAt>,
}

/// When the secrets of a process were read.
struct ReadAt {
    /// When they were read, or what would make the next try due when that failed.
    tried: Timestamp,
    /// When all of them were read the last time.
    done: Timestamp,
}

/// A secret of any type.
trait Follow: Send + Sync {
    fn name(&self) -> &'static str;

    /// Reads it if it was not read yet.
    fn read(&self) -> BoxFuture<'_, Result<(), Fault>>;

    /// Reads it again if it was read before. Answers whether that went well.
    fn read_again(&self) -> BoxFuture<'_, bool>;
}

impl<T: FromSecret> Follow for Held<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn read(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async { self.get().await.map(drop) })
    }

    fn read_again(&self) -> BoxFuture<'_, bool> {
        Box::pin(self.read_again())
    }
}

impl Secrets {
    /// The secrets of this source; none is held or read yet. `now` is the time from which they count as read.
    pub fn new(source: SecretSource, now: Timestamp) -> Self {
        Self { source, held: Mutex::default(), read_at: Mutex::new(ReadAt { tried: now, done: now }) }
    }

    /// Where they are read from.
    pub fn source(&self) -> &SecretSource {
        &self.source
    }

    /// A secret that this process follows from now on; it is read when it is first used.
    pub fn hold<T: FromSecret>(&self) -> Held<T> {
        let held = Held::new(self.source.clone());
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(held.clone()));
        held
    }

    /// Reads those of the secrets of these names that were not read yet, all at once.
    pub async fn read(&self, names: &[&str]) -> Result<(), Fault> {
        let held = self.held();
        let wanted = held.iter().filter(|secret| names.contains(&secret.name()));
        join_all(wanted.map(|secret| secret.read())).await.into_iter().collect()
    }

    /// Whether they are so old that reading them again must be tried before a request is answered.
    pub fn are_outdated(&self, now: Timestamp) -> bool {
        now.since(self.read_at().tried) >= OUTDATED_AFTER || self.are_expired(now)
    }

    /// Whether they are so old that no request may be answered with them any more.
    pub fn are_expired(&self, now: Timestamp) -> bool {
        now.since(self.read_at().done) >= SERVE_FOR
    }

    /// Reads the secrets that this process uses again when they were read five minutes ago. One that cannot be read
    /// stays as it was.
    pub async fn keep_fresh(&self, now: Timestamp) {
        {
            let mut read_at = self.read_at();
            if now.since(read_at.tried) < STALE_AFTER {
                return;
            }
            read_at.tried = now;
        }
        let held = self.held();
        let read = join_all(held.iter().map(|secret| secret.read_again())).await;
        if read.into_iter().all(|went_well| went_well) {
            self.read_at().done = now;
        } else {
            self.read_at().tried = now.plus(TRY_AGAIN_AFTER - STALE_AFTER);
        }
    }

    fn held(&self) -> Vec<Arc<dyn Follow>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read_at(&self) -> MutexGuard<'_, ReadAt> {
        self.read_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
