//! Why the store fails, told apart by what a caller may do about it.

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or refuses for now. Trying again later may help.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// Others kept writing the same items, however often we tried.
    #[error("the store is busy with the same items")]
    Contention,
    /// It refused the request as such: wrong permissions, a missing table, a request we built wrongly.
    #[error("the store refused the request: {0}")]
    Refused(String),
    /// A condition failed to which the code gave no meaning.
    #[error("a condition without a meaning failed on {0}")]
    Unexpected(String),
    /// A row cannot be read.
    #[error("cannot read the {entity} at {key}: {cause}")]
    Corrupt {
        /// What it should be.
        entity: &'static str,
        /// Where it lies.
        key: String,
        /// Why it cannot be read, in the words of the decoder.
        cause: String,
    },
}
