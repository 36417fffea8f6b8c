//! Reading one object in pieces, without the SDK's client for S3: signed by its signer (SigV4), sent by its connector.
//!
//! Functions that answer sign-ins read the database of places and ask S3 for nothing else
//! (docs/decisions/ranged-reader-of-places.md). A try that fails is made again between later requests, from where it
//! broke, so there are no retries here.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, ETAG, IF_MATCH, IF_NONE_MATCH, RANGE};
use http::{HeaderName, HeaderValue, Request, StatusCode};

use super::{BucketError, endpoint};
use crate::clock::system_now;
use crate::outbound::{Outbound, Reply};

/// How long S3 may take to begin an answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// What reads objects of a bucket. Cheap to clone.
#[derive(Clone)]
pub struct Reader(Arc<Inner>);

struct Inner {
    outbound: Outbound,
    credentials: SharedCredentialsProvider,
    region: String,
    address: String,
}

/// Which content an object has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The tag that changes with its content.
    pub etag: String,
    /// How many bytes the answer has.
    pub size: u64,
}

/// What came of reading an object.
#[derive(Debug)]
pub enum Read {
    /// Its content from the byte that was asked for.
    Content(Version, Box<Reply>),
    /// It is the one that the caller knows.
    Unchanged,
    /// It is not the one that the caller began to read.
    Replaced,
    /// There is none.
    Missing,
}

impl Reader {
    /// A reader of the bucket of this name, with the region, the credentials and the kind of endpoint (FIPS, dual stack) of
    /// everything else. `endpoint` is a stand-in for S3, below which buckets are folders. None without a region or
    /// credentials, and where S3 has no such endpoint.
    pub fn new(outbound: Outbound, aws: &SdkConfig, name: &str, endpoint: Option<&str>) -> Option<Self> {
        let region = aws.region()?.to_string();
        let (fips, dual_stack) = (aws.use_fips() == Some(true), aws.use_dual_stack() == Some(true));
        let address = match endpoint {
            Some(endpoint) => format!("{}/{name}", endpoint.trim_end_matches('/')),
            None => endpoint::address(name, &region, fips, dual_stack)?,
        };
        Some(Self(Arc::new(Inner { outbound, credentials: aws.credentials_provider()?, region, address })))
    }

    /// An object, if it is not the one with this tag: 1 `GetObject`.
    pub async fn read(&self, key: &str, known: Option<&str>) -> Result<Read, BucketError> {
        let mut request = self.request(key);
        if let Some(etag) = known {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let reply = self.ask(request).await?;
        match reply.status {
            StatusCode::OK => {
                let version = version(&reply).ok_or(BucketError::Incomplete)?;
                let unchanged = known == Some(version.etag.as_str());
                Ok(if unchanged { Read::Unchanged } else { Read::Content(version, reply.into()) })
            }
            StatusCode::NOT_MODIFIED => Ok(Read::Unchanged),
            StatusCode::NOT_FOUND => Ok(Read::Missing),
            status => Err(BucketError::Refused(status)),
        }
    }

    /// The rest of the object with this tag, from a byte on: 1 `GetObject`.
    pub async fn read_on(&self, key: &str, etag: &str, from: u64) -> Result<Read, BucketError> {
        let reply = self.ask(self.request(key).header(IF_MATCH, etag).header(RANGE, format!("bytes={from}-"))).await?;
        match reply.status {
            StatusCode::PARTIAL_CONTENT => {
                let version = version(&reply).ok_or(BucketError::Incomplete)?;
                Ok(if version.etag == etag { Read::Content(version, reply.into()) } else { Read::Replaced })
            }
            StatusCode::OK | StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE => Ok(Read::Replaced),
            StatusCode::NOT_FOUND => Ok(Read::Missing),
            status => Err(BucketError::Refused(status)),
        }
    }

    fn request(&self, key: &str) -> http::request::Builder {
        Request::get(format!("{}/{key}", self.0.address))
    }

    async fn ask(&self, request: http::request::Builder) -> Result<Reply, BucketError> {
        let mut request = request.body(Bytes::new()).map_err(|_| BucketError::Unsigned)?;
        let credentials = self.0.credentials.provide_credentials().await.map_err(|_| BucketError::NoCredentials)?;
        // A signature is good for a quarter of an hour of the machine's own time, whatever an event says.
        self.sign(&mut request, &credentials.into(), system_now().into())?;
        Ok(self.0.outbound.send(request, PATIENCE).await?)
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

fn version(reply: &Reply) -> Option<Version> {
    Some(Version { etag: reply.header(&ETAG)?.to_owned(), size: reply.header(&CONTENT_LENGTH)?.parse().ok()? })
}
