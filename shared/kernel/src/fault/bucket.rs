//! Why the bucket fails.

use http::StatusCode;

use crate::outbound::OutboundError;

/// Why the bucket did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    /// This process has no credentials.
    #[error("no credentials for the bucket")]
    NoCredentials,
    /// The request could not be made or signed.
    #[error("a request to the bucket could not be made")]
    Unsigned,
    /// S3 gave no answer.
    #[error("the bucket: {0}")]
    Outbound(#[from] OutboundError),
    /// S3 refused to read an object.
    #[error("the bucket answered {0}")]
    Refused(StatusCode),
    /// S3 refused an operation. The ids are what AWS support asks for.
    #[error("the bucket refused {operation}: {code} (request id {request_id}, host id {host_id})")]
    Failed {
        /// What was asked.
        operation: &'static str,
        /// S3's code, such as `AccessDenied`, or the status of an answer without one.
        code: String,
        /// `x-amz-request-id`.
        request_id: String,
        /// `x-amz-id-2`.
        host_id: String,
    },
    /// S3 answered without what it always says.
    #[error("the bucket's answer is incomplete")]
    Incomplete,
}
