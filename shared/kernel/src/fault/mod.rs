//! What fails through no doing of the caller: the store, a secret, what is sealed, the bucket, hashing.
//!
//! A rule's error names what the rule can say no to, and has one variant for all of this: `Failed(#[from] Fault)`. So has a
//! handler one arm.

mod bucket;
mod secret;
mod store;

use std::error::Error;

pub use bucket::BucketError;
pub use secret::{SealingError, SecretError};
pub use store::StoreError;

/// A dependency failed. Which one matters to the log, and to whether another try may help.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret could not be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A sealed value does not open.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// The bucket failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// Something in this process went wrong that no other try will put right.
    #[error(transparent)]
    Internal(Box<dyn Error + Send + Sync>),
}

impl Fault {
    /// Others kept writing the same items, however often we tried.
    pub const CONTENTION: Self = Self::Store(StoreError::Contention);

    /// A failure of this process or of what it holds.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}
