//! The bucket: S3 in process, with objects and all their versions in memory, that fails when a test says so.
//!
//! [s3s](https://docs.rs/s3s) reads the requests, checks each signature as S3 does (those of links as well) and writes the
//! answers. `operations` is what it does with the objects.

mod operations;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HOST};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use latchkey_kernel::bucket::{Bucket, Reader};
use latchkey_kernel::outbound::Outbound;
use latchkey_local::buckets::{KEY, KEY_ID, service};
use s3s::dto::{ETag, Metadata};
use s3s::{S3Request, S3Result, s3_error};

use crate::connector::retries;

/// The pieces in which content arrives.
const PIECE: usize = 512;
/// Where it is. Buckets are folders of it.
const ENDPOINT: &str = "https://s3.test";

/// The objects of one test. Clones share them.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Every version that was not deleted, in the order in which they were written.
    versions: Vec<Version>,
    /// Uploads that were neither completed nor aborted.
    uploads: BTreeMap<String, Upload>,
    /// How many uploads were ever begun.
    begun: usize,
    /// What goes wrong at which of the next requests.
    faults: Vec<(usize, BucketFault)>,
    /// How many bytes the next answers have before their connection breaks.
    breaks: Vec<usize>,
    refuses: Option<u16>,
    /// Keys whose versions S3 refuses to delete.
    kept: BTreeSet<String>,
    requests: Vec<&'static str>,
    permissions: BTreeMap<&'static str, BTreeSet<(String, String)>>,
    written: u64,
}

/// What goes wrong at one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketFault {
    /// It is answered 503, and nothing happens.
    Busy,
    /// It happens, and its answer is lost.
    LostAnswer,
    /// The connection breaks before it happens.
    Reset,
}

#[derive(Clone)]
struct Version {
    key: String,
    id: String,
    content: Vec<u8>,
    content_type: Option<String>,
    metadata: Option<Metadata>,
}

struct Upload {
    key: String,
    content_type: Option<String>,
    parts: BTreeMap<i32, Vec<u8>>,
}

impl Shelf {
    /// A bucket of its own with the same objects.
    pub(crate) fn copy(&self) -> Self {
        let versions = self.inner().versions.clone();
        Self(Arc::new(Mutex::new(Inner { versions, ..Inner::default() })))
    }

    /// Puts an object there.
    pub fn put(&self, key: &str, content: &[u8]) {
        self.inner().put(key, content.to_vec(), None, None);
    }

    /// What goes wrong at the `nth` next request (0 is the next). The SDK tries what is busy or lost three times.
    pub fn fail(&self, nth: usize, fault: BucketFault) {
        self.inner().faults.push((nth, fault));
    }

    /// The `nth` next request goes wrong at every try.
    pub fn fail_for_good(&self, nth: usize, fault: BucketFault) {
        (nth..nth + 3).for_each(|nth| self.fail(nth, fault));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.inner().faults.clear();
    }

    /// The versions under this key cannot be deleted from now on.
    pub fn keep(&self, key: &str) {
        self.inner().kept.insert(key.to_owned());
    }

    /// The keys of all versions of all objects.
    pub fn versions(&self) -> Vec<String> {
        self.inner().versions.iter().map(|version| version.key.clone()).collect()
    }

    /// How many uploads were begun and neither completed nor aborted.
    pub fn open_uploads(&self) -> usize {
        self.inner().uploads.len()
    }

    /// How many uploads were ever begun.
    pub fn begun_uploads(&self) -> usize {
        self.inner().begun
    }

    /// Follows an address that this function handed out, as a browser does: the file's name and its content, or the status
    /// of a refusal. The function must be allowed to read the file itself.
    pub async fn follow(&self, function: &'static str, address: &str) -> Result<(String, Vec<u8>), u16> {
        let request = Request::get(address).body(SdkBody::empty()).unwrap();
        let answer = self.serve(function, request).await;
        if answer.status() != StatusCode::OK {
            return Err(answer.status().as_u16());
        }
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/zip");
        assert_eq!(answer.headers()["cache-control"], "private, no-store");
        let disposition = answer.headers()[CONTENT_DISPOSITION].to_str().unwrap();
        let name = disposition.strip_prefix("attachment; filename=\"").unwrap().strip_suffix('"').unwrap().to_owned();
        Ok((name, answer.into_body().collect().await.unwrap().to_bytes().to_vec()))
    }

    /// Takes an object away, with all that it was.
    pub fn remove(&self, key: &str) {
        self.inner().versions.retain(|version| version.key != key);
    }

    /// An object's content, and the digest of what it was made from.
    pub fn get(&self, key: &str) -> Option<(Vec<u8>, String)> {
        let newest = self.inner().newest(key)?;
        let source = newest.metadata.and_then(|metadata| metadata.get("source-sha256").cloned());
        Some((newest.content, source.unwrap_or_default()))
    }

    /// The connection of the next answer with content breaks after so many bytes.
    pub fn break_next(&self, after: usize) {
        self.inner().breaks.push(after);
    }

    /// From now on every request is answered with this status, or none. 403 is said of the signature.
    pub fn refuse(&self, status: Option<u16>) {
        self.inner().refuses = status;
    }

    /// How many requests a function made since the last time that this was asked.
    pub fn take_requests_of(&self, function: &str) -> usize {
        std::mem::take(&mut self.inner().requests).into_iter().filter(|by| *by == function).count()
    }

    /// What each function's policy must allow it: actions with the resource that they concern.
    pub fn permissions(&self) -> BTreeMap<&'static str, BTreeSet<(String, String)>> {
        self.inner().permissions.clone()
    }

    /// The bucket as a function reaches it.
    pub fn bucket(&self, function: &'static str) -> Bucket {
        Bucket::new(self.aws(function, KEY), "Bucket", Some(ENDPOINT.to_owned()))
    }

    /// The bucket as it is reached by who signs with another key.
    pub fn bucket_of_a_stranger(&self) -> Bucket {
        Bucket::new(self.aws("stranger", "another key"), "Bucket", Some(ENDPOINT.to_owned()))
    }

    /// What reads the database of places.
    pub(crate) fn reader(&self, function: &'static str) -> Reader {
        let outbound = Outbound::over(self.connector(function));
        Reader::new(outbound, &self.aws(function, KEY), "Bucket", Some(ENDPOINT)).unwrap()
    }

    fn aws(&self, function: &'static str, key: &str) -> SdkConfig {
        let connector = self.connector(function);
        // With a session token, as functions have one.
        let credentials = Credentials::new(KEY_ID, key, Some("session".to_owned()), None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .retry_config(retries())
            .build()
    }

    fn connector(&self, function: &'static str) -> SharedHttpConnector {
        SharedHttpConnector::new(Asked { shelf: self.clone(), function })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Notes that the function which asks needs a permission on what the key names; an empty one is the bucket.
    fn note<T>(&self, request: &S3Request<T>, action: &str, key: &str) {
        let Some(By(function)) = request.extensions.get() else { return };
        // Exports have keys that cannot be guessed; a list is of the bucket.
        let resource = match key {
            "" => "Bucket".to_owned(),
            key if key.starts_with("user_exports/") => "Bucket/ExportPrefix*".to_owned(),
            key => format!("Bucket/{key}"),
        };
        self.inner().permissions.entry(function).or_default().insert((format!("s3:{action}"), resource));
    }

    /// The newest version of an object. S3 says that there is none to who may list the bucket, and 403 to others.
    fn there<T>(&self, request: &S3Request<T>, key: &str) -> S3Result<Version> {
        self.note(request, "GetObject", key);
        let newest = self.inner().newest(key);
        if newest.is_none() {
            self.note(request, "ListBucket", "");
        }
        newest.ok_or_else(|| s3_error!(NoSuchKey))
    }

    async fn serve(&self, function: &'static str, request: Request<SdkBody>) -> Response<s3s::Body> {
        let (mut head, body) = request.into_parts();
        // As HTTP/1.1 does on the way.
        head.headers.insert(HOST, head.uri.authority().unwrap().as_str().parse().unwrap());
        head.extensions.insert(By(function));
        let is_head = head.method == Method::HEAD;
        let body = body.collect().await.unwrap().to_bytes();
        let request = Request::from_parts(head, s3s::Body::from(body));
        let answer = service(self.clone(), &["Bucket".to_owned()]).call(request).await.unwrap();
        if is_head { answer.map(|_| s3s::Body::empty()) } else { answer }
    }
}

impl Inner {
    fn put(&mut self, key: &str, content: Vec<u8>, content_type: Option<String>, metadata: Option<Metadata>) {
        self.written += 1;
        let id = format!("v{}", self.written);
        self.versions.push(Version { key: key.to_owned(), id, content, content_type, metadata });
    }

    fn newest(&self, key: &str) -> Option<Version> {
        self.versions.iter().rfind(|version| version.key == key).cloned()
    }

    fn take_fault(&mut self) -> Option<BucketFault> {
        let mut due = None;
        self.faults.retain_mut(|(nth, fault)| {
            if *nth == 0 {
                due = due.or(Some(*fault));
                return false;
            }
            *nth -= 1;
            true
        });
        due
    }
}

impl Version {
    fn etag(&self) -> ETag {
        ETag::Strong(self.id.clone())
    }
}

fn pieces(content: &[u8], breaks: Option<usize>) -> Vec<Result<Bytes, std::io::Error>> {
    let there = &content[..breaks.unwrap_or(content.len()).min(content.len())];
    let mut pieces: Vec<_> = there.chunks(PIECE).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    pieces.extend(breaks.map(|_| Err(std::io::ErrorKind::ConnectionReset.into())));
    pieces
}

/// Content in pieces, and perhaps a connection that breaks.
pub(crate) fn body(content: &[u8], breaks: Option<usize>) -> SdkBody {
    let frames = pieces(content, breaks).into_iter().map(|piece| piece.map(Frame::data));
    SdkBody::from_body_1_x(StreamBody::new(futures_util::stream::iter(frames)))
}

/// The function that asks.
#[derive(Debug, Clone, Copy)]
struct By(&'static str);

/// The bucket as one function reaches it.
struct Asked {
    shelf: Shelf,
    function: &'static str,
}

impl fmt::Debug for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Asked")
    }
}

/// How S3 refuses a request whatever it is.
fn refusal(status: u16, request: &HttpRequest) -> HttpResponse {
    if request.method() == "HEAD" {
        return HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
    }
    let code = if status == 403 { "RequestTimeTooSkewed" } else { "SlowDown" };
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><RequestId>1</RequestId></Error>");
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
}

impl HttpConnector for Asked {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (bucket, function) = (self.shelf.clone(), self.function);
        let (fault, refuses) = {
            let mut inner = bucket.inner();
            inner.requests.push(function);
            (inner.take_fault(), inner.refuses)
        };
        let lost = || Err(ConnectorError::io("the connection broke".into()));
        match (fault, refuses) {
            (Some(BucketFault::Busy), _) => return HttpConnectorFuture::ready(Ok(refusal(503, &request))),
            (Some(BucketFault::Reset), _) => return HttpConnectorFuture::ready(lost()),
            (_, Some(status)) => return HttpConnectorFuture::ready(Ok(refusal(status, &request))),
            (Some(BucketFault::LostAnswer) | None, None) => {}
        }
        HttpConnectorFuture::new(async move {
            let answer = bucket.serve(function, request.try_into_http1x().unwrap()).await;
            if fault == Some(BucketFault::LostAnswer) {
                return lost();
            }
            let answer = answer.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
