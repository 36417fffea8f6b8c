//! What an error of the SDK means.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

pub use crate::fault::StoreError;

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
