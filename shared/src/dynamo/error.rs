//! What can go wrong between us and the store, told apart by what a caller may do about it.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

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

/// The service's own words for "not now".
const TRANSIENT: &[&str] = &[
    "ThrottlingException",
    "ThrottlingError",
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "InternalServerError",
    "InternalServerErrorException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "TransactionInProgressException",
    "LimitExceededException",
];

/// Whether a code means "not now" rather than "no".
pub(super) fn is_transient(code: &str) -> bool {
    TRANSIENT.contains(&code)
}

impl StoreError {
    /// The meaning of an SDK error that is no refused condition.
    pub(super) fn from_sdk<E>(error: &SdkError<E, aws_sdk_dynamodb::config::http::HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match error {
            SdkError::ServiceError(context) => {
                let code = context.err().code().unwrap_or("unknown");
                if code == "TransactionConflictException" {
                    Self::Contention
                } else if is_transient(code) || context.raw().status().is_server_error() {
                    Self::Unavailable(code.to_owned())
                } else {
                    Self::Refused(code.to_owned())
                }
            }
            SdkError::TimeoutError(_) => Self::Unavailable("timeout".to_owned()),
            SdkError::DispatchFailure(_) => Self::Unavailable("no connection".to_owned()),
            SdkError::ResponseError(_) => Self::Unavailable("unreadable answer".to_owned()),
            _ => Self::Refused("the request could not be built".to_owned()),
        }
    }
}
