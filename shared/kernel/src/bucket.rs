//! The product's bucket in S3.
//!
//! - `objects`: an object is found, written, forgotten, or shared by a link.
//! - `multipart`: an object is written in parts, before its size is known.
//! - `reader`: the database of places, as functions read it that ask S3 for nothing else; `endpoint` is where they ask.
//!
//! All but the reader goes through the SDK's client. It is made when it is first used, and a function that calls none of
//! its operations does not link it: size is a part of a cold start.

mod endpoint;
mod multipart;
mod objects;
mod reader;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::{RequestId as _, RequestIdExt as _};

pub use crate::fault::BucketError;
pub use multipart::Upload;
pub use objects::Object;
pub use reader::{Read, Reader, Version};

use crate::outbound::{CONNECT_TIMEOUT, OutboundError};
use futures_util::future::LocalBoxFuture;

/// How long one try of a request with a small body may take.
const ATTEMPT: Duration = Duration::from_secs(4);
/// How long all tries of such a request may take together.
const OPERATION: Duration = Duration::from_secs(15);
/// How long one try may take to send an object or a part of one, or to put the parts together.
const UPLOAD_ATTEMPT: Duration = Duration::from_secs(45);
/// How long all tries of that may take together: three of them, and the waits between.
const UPLOAD_OPERATION: Duration = Duration::from_secs(150);

/// A bucket. Cheap to clone.
#[derive(Clone)]
pub struct Bucket(Arc<Inner>);

struct Inner {
    aws: SdkConfig,
    name: String,
    endpoint: Option<String>,
    client: OnceLock<Client>,
}

impl Bucket {
    /// The bucket of this name, asked as everything else of AWS. `endpoint` is a stand-in for S3, below which buckets are
    /// folders.
    pub fn new(aws: SdkConfig, name: &str, endpoint: Option<String>) -> Self {
        Self(Arc::new(Inner { aws, name: name.to_owned(), endpoint, client: OnceLock::new() }))
    }

    /// The client. It tries each request as often as every other of ours (standard retries: three tries, with a jittered
    /// wait between), so that a part that breaks off is sent again and the export goes on. Its patience is its own: an
    /// answer of S3 takes longer than one of DynamoDB, and the workers that ask it have minutes.
    fn client(&self) -> &Client {
        self.0.client.get_or_init(|| {
            let mut config = Builder::from(&self.0.aws).timeout_config(patience(ATTEMPT, OPERATION));
            config.set_endpoint_url(self.0.endpoint.clone());
            config.set_force_path_style(self.0.endpoint.as_ref().map(|_| true));
            Client::from_conf(config.build())
        })
    }
}

/// What a request with a large body, or with much work for S3, is given.
fn uploading() -> Builder {
    aws_sdk_s3::Config::builder().timeout_config(patience(UPLOAD_ATTEMPT, UPLOAD_OPERATION))
}

fn patience(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

/// Where a file goes that is handed on piece by piece while it is made.
pub trait Sink {
    /// Takes the next piece: 5 MiB or more, but for the last one.
    fn take(&mut self, piece: Vec<u8>) -> LocalBoxFuture<'_, Result<(), BucketError>>;

    /// Nothing follows: what was taken is there as a whole from now on, and was not before.
    fn end(self: Box<Self>) -> LocalBoxFuture<'static, Result<(), BucketError>>;
}

/// What became of an operation that failed, after every try.
fn failed<E>(operation: &'static str) -> impl Fn(SdkError<E>) -> BucketError
where
    E: ProvideErrorMetadata,
{
    move |error| match &error {
        SdkError::ServiceError(refusal) => BucketError::Failed {
            operation,
            code: error.code().map_or_else(|| refusal.raw().status().to_string(), str::to_owned),
            request_id: refusal.raw().request_id().unwrap_or("unknown").to_owned(),
            host_id: refusal.raw().extended_request_id().unwrap_or("unknown").to_owned(),
        },
        SdkError::TimeoutError(_) => OutboundError::TimedOut.into(),
        SdkError::DispatchFailure(cause) if cause.is_timeout() => OutboundError::TimedOut.into(),
        SdkError::DispatchFailure(cause) if cause.is_io() => OutboundError::NoConnection.into(),
        SdkError::ResponseError(_) => BucketError::Incomplete,
        _ => BucketError::Unsigned,
    }
}
