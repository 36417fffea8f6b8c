//! The product's bucket in S3: objects by their key, with the requests that the product makes.
//!
//! - Here: objects that are read and written whole.
//! - `upload`: objects that are written in parts, while nobody knows yet how large they become.
//! - `versions`: forgetting an object with everything that it ever was.
//! - `link`: letting somebody without credentials read one object for a few minutes.
//!
//! The requests are signed with the SDK's signer (SigV4) and sent with its connector. Its client for S3 brings a great
//! deal that nothing here uses into every function that reads one object, and size is a part of a cold start.

mod link;
mod upload;
mod versions;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, ETAG, IF_MATCH, IF_NONE_MATCH, LAST_MODIFIED, RANGE};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub use upload::Upload;

use crate::clock::{Timestamp, system_now};
use crate::outbound::{Outbound, OutboundError, Reply};

/// What a query must encode: all but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// What an object was made from, as its maker said.
const SOURCE: HeaderName = HeaderName::from_static("x-amz-meta-source-sha256");
/// How long S3 may take to begin an answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// The largest refusal that is read, in bytes.
const LARGEST_REFUSAL: usize = 16 * 1024;
/// The largest listing that is read, in bytes: a thousand entries of a few hundred.
const LARGEST_LISTING: usize = 2 * 1024 * 1024;
/// How long it may take to receive an object.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(45);

/// A bucket. Cheap to clone.
#[derive(Clone)]
pub struct Bucket(Arc<Inner>);

struct Inner {
    outbound: Outbound,
    credentials: SharedCredentialsProvider,
    region: String,
    address: String,
}

/// What is known of an object without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The tag that changes with its content.
    pub etag: String,
    /// Its size in bytes, as far as the answer tells.
    pub size: u64,
    /// The digest of what it was made from, in hexadecimal.
    pub source_sha256: Option<String>,
    /// When it was written.
    pub modified: Option<Timestamp>,
}

/// What came of reading an object.
#[derive(Debug)]
pub enum Read {
    /// Its content from the byte that was asked for, and how large the whole is.
    Content(Object, Box<Reply>),
    /// It is the one that the caller knows.
    Unchanged,
    /// It is not the one that the caller began to read.
    Replaced,
    /// There is none.
    Missing,
}

/// Why the bucket did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    /// This process has no credentials.
    #[error("no credentials for the bucket")]
    NoCredentials,
    /// The request could not be signed.
    #[error("a request to the bucket could not be signed")]
    Unsigned,
    /// S3 gave no answer.
    #[error("the bucket: {0}")]
    Outbound(#[from] OutboundError),
    /// S3 refused.
    #[error("the bucket answered {0}")]
    Refused(StatusCode),
    /// S3 answered without what it always says.
    #[error("the bucket's answer is incomplete")]
    Incomplete,
}

impl Bucket {
    /// The bucket of this name. `endpoint` is a stand-in for S3, below which buckets are folders.
    pub fn new(
        outbound: Outbound,
        credentials: SharedCredentialsProvider,
        region: &str,
        name: &str,
        endpoint: Option<&str>,
    ) -> Self {
        let address = match endpoint {
            Some(endpoint) => format!("{}/{name}", endpoint.trim_end_matches('/')),
            None if region.starts_with("cn-") => format!("https://{name}.s3.{region}.amazonaws.com.cn"),
            None => format!("https://{name}.s3.{region}.amazonaws.com"),
        };
        Self(Arc::new(Inner { outbound, credentials, region: region.to_owned(), address }))
    }

    /// What is known of an object: 1 `HeadObject`. None if there is none.
    pub async fn find(&self, key: &str) -> Result<Option<Object>, BucketError> {
        let reply = self.ask(self.request(Method::HEAD, key), Bytes::new(), PATIENCE).await?;
        match reply.status {
            StatusCode::OK => object(&reply).map(Some).ok_or(BucketError::Incomplete),
            status if is_missing(status) => Ok(None),
            status => Err(BucketError::Refused(status)),
        }
    }

    /// An object, if it is not the one with this tag: 1 `GetObject`.
    pub async fn read(&self, key: &str, known: Option<&str>) -> Result<Read, BucketError> {
        let mut request = self.request(Method::GET, key);
        if let Some(etag) = known {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let reply = self.ask(request, Bytes::new(), PATIENCE).await?;
        match reply.status {
            StatusCode::OK => {
                let object = object(&reply).ok_or(BucketError::Incomplete)?;
                Ok(if known == Some(object.etag.as_str()) {
                    Read::Unchanged
                } else {
                    Read::Content(object, reply.into())
                })
            }
            StatusCode::NOT_MODIFIED => Ok(Read::Unchanged),
            _ => missing_or_refused(reply).await,
        }
    }

    /// The rest of the object with this tag, from a byte on: 1 `GetObject`.
    pub async fn read_on(&self, key: &str, etag: &str, from: u64) -> Result<Read, BucketError> {
        let request = self.request(Method::GET, key).header(IF_MATCH, etag).header(RANGE, format!("bytes={from}-"));
        let reply = self.ask(request, Bytes::new(), PATIENCE).await?;
        match reply.status {
            StatusCode::PARTIAL_CONTENT => {
                let object = object(&reply).ok_or(BucketError::Incomplete)?;
                Ok(if object.etag == etag { Read::Content(object, reply.into()) } else { Read::Replaced })
            }
            StatusCode::OK | StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE => Ok(Read::Replaced),
            _ => missing_or_refused(reply).await,
        }
    }

    /// Writes an object, with the digest of what it was made from: 1 `PutObject`. S3 checks the content's own digest,
    /// which is signed.
    pub async fn write(&self, key: &str, content: Bytes, source_sha256: &str) -> Result<(), BucketError> {
        let request = self.request(Method::PUT, key).header(SOURCE, source_sha256);
        let reply = self.ask(request, content, UPLOAD_PATIENCE).await?;
        if reply.status == StatusCode::OK { Ok(()) } else { Err(BucketError::Refused(reply.status)) }
    }

    fn request(&self, method: Method, key: &str) -> http::request::Builder {
        Request::builder().method(method).uri(format!("{}/{key}", self.0.address))
    }

    /// A request of one of S3's operations that stand in the query. Names and values of the query are encoded here.
    fn operation(&self, method: Method, key: &str, query: &[(&str, &str)]) -> http::request::Builder {
        let encoded = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
        let pairs: Vec<String> =
            query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        Request::builder().method(method).uri(format!("{}/{key}?{}", self.0.address, pairs.join("&")))
    }

    async fn ask(
        &self,
        request: http::request::Builder,
        body: Bytes,
        patience: Duration,
    ) -> Result<Reply, BucketError> {
        let mut request = request.body(body).map_err(|_| BucketError::Unsigned)?;
        let credentials = self.0.credentials.provide_credentials().await.map_err(|_| BucketError::NoCredentials)?;
        // A signature is good for a quarter of an hour of the machine's own time, whatever an event says.
        self.sign(&mut request, &credentials.into(), system_time(system_now()))?;
        Ok(self.0.outbound.send(request, patience).await?)
    }

    fn sign(&self, request: &mut Request<Bytes>, identity: &Identity, now: SystemTime) -> Result<(), BucketError> {
        let mut settings = SigningSettings::default();
        // S3 reads paths as they are and wants the content's digest in a header, unlike the other services.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let parameters = SigningParams::builder()
            .identity(identity)
            .region(&self.0.region)
            .name("s3")
            .time(now)
            .settings(settings)
            .build()
            .map_err(|_| BucketError::Unsigned)?
            .into();
        let headers = request.headers().iter().map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let headers: Option<Vec<_>> = headers.collect();
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers.ok_or(BucketError::Unsigned)?.into_iter(),
            SignableBody::Bytes(request.body()),
        );
        let signed = sign(signable.map_err(|_| BucketError::Unsigned)?, &parameters);
        let (instructions, _) = signed.map_err(|_| BucketError::Unsigned)?.into_parts();
        for (name, value) in instructions.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| BucketError::Unsigned)?;
            let mut value = HeaderValue::from_str(value).map_err(|_| BucketError::Unsigned)?;
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
        }
        Ok(())
    }
}

/// S3 answers 403 where nothing is to whoever may not list the bucket, and no function may.
fn is_missing(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN)
}

/// S3 also answers 403 to a signature that lay frozen for too long; only the answer's words tell the two apart.
async fn missing_or_refused(reply: Reply) -> Result<Read, BucketError> {
    let status = reply.status;
    if status == StatusCode::FORBIDDEN {
        let words = reply.read(LARGEST_REFUSAL, PATIENCE).await?;
        let denied = String::from_utf8_lossy(&words).contains("<Code>AccessDenied</Code>");
        return if denied { Ok(Read::Missing) } else { Err(BucketError::Refused(status)) };
    }
    if is_missing(status) { Ok(Read::Missing) } else { Err(BucketError::Refused(status)) }
}

fn object(reply: &Reply) -> Option<Object> {
    let modified = reply.header(&LAST_MODIFIED).and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    Some(Object {
        etag: reply.header(&ETAG)?.to_owned(),
        size: reply.header(&CONTENT_LENGTH)?.parse().ok()?,
        source_sha256: reply.header(&SOURCE).map(str::to_owned),
        modified: modified.and_then(|date| Timestamp::from_millisecond(date.timestamp().as_millisecond())),
    })
}

/// The words of an answer, if it is as large as such answers are.
async fn words(reply: Reply) -> Result<String, BucketError> {
    Ok(String::from_utf8_lossy(&reply.read(LARGEST_LISTING, PATIENCE).await?).into_owned())
}

/// What stands between `<name>` and `</name>`, each time. What S3 tells us so are ids of its own and keys of ours, in
/// which nothing is written as an entity but quotation marks.
fn elements<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    text.split(&open).skip(1).filter_map(|rest| rest.split(&close).next()).collect::<Vec<_>>().into_iter()
}

fn system_time(now: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(now.as_millisecond().unsigned_abs())
}
