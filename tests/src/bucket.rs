//! The bucket, as far as the product asks it: objects in memory, that can break off, and that say who asked.
//!
//! It answers as S3 does to functions that may not list it: what is not there is forbidden. Signatures are checked by
//! the local cloud's S3 ([buckets](../../infra/local/src/buckets.rs)).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::Response;
use http_body_util::StreamBody;
use hyper::body::Frame;
use latchkey::bucket::Bucket;
use latchkey::outbound::Outbound;

/// The pieces in which content arrives.
const PIECE: usize = 512;

/// The objects of one test. Clones share them.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Object>,
    calls: Vec<(&'static str, &'static str, String)>,
    /// How many bytes the next answers have before their connection breaks.
    breaks: Vec<usize>,
    refuses: Option<u16>,
    written: u64,
}

#[derive(Clone)]
struct Object {
    content: Vec<u8>,
    etag: String,
    source: String,
}

impl Shelf {
    /// Puts an object there.
    pub fn put(&self, key: &str, content: &[u8]) {
        self.0.lock().unwrap().put(key, content, "");
    }

    /// Takes an object away.
    pub fn remove(&self, key: &str) {
        self.0.lock().unwrap().objects.remove(key);
    }

    /// An object's content, and the digest of what it was made from.
    pub fn get(&self, key: &str) -> Option<(Vec<u8>, String)> {
        self.0.lock().unwrap().objects.get(key).map(|object| (object.content.clone(), object.source.clone()))
    }

    /// The connection of the next answer with content breaks after so many bytes.
    pub fn break_next(&self, after: usize) {
        self.0.lock().unwrap().breaks.push(after);
    }

    /// From now on every request is answered with this status, or none. 403 is said of the signature.
    pub fn refuse(&self, status: Option<u16>) {
        self.0.lock().unwrap().refuses = status;
    }

    /// How many requests a function made since the last time that anybody asked.
    pub fn take_requests_of(&self, function: &str) -> usize {
        let calls = std::mem::take(&mut self.0.lock().unwrap().calls);
        calls.iter().filter(|(by, ..)| *by == function).count()
    }

    /// What each function's policy must allow it: actions with the key that they concern.
    pub fn permissions(&self) -> BTreeMap<&'static str, BTreeSet<(String, String)>> {
        let mut permissions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (function, action, key) in &self.0.lock().unwrap().calls {
            permissions.entry(*function).or_default().insert(((*action).to_owned(), format!("Bucket/{key}")));
        }
        permissions
    }

    pub(crate) fn bucket(&self, function: &'static str) -> Bucket {
        let connector = SharedHttpConnector::new(Asked { shelf: self.clone(), function });
        let credentials = SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test"));
        Bucket::new(Outbound::over(connector), credentials, "eu-central-1", "Bucket", Some("https://s3.test"))
    }
}

impl Inner {
    fn put(&mut self, key: &str, content: &[u8], source: &str) {
        self.written += 1;
        let object =
            Object { content: content.to_vec(), etag: format!("\"{}\"", self.written), source: source.to_owned() };
        self.objects.insert(key.to_owned(), object);
    }

    fn answer(&mut self, function: &'static str, request: &HttpRequest) -> Response<SdkBody> {
        let address: http::Uri = request.uri().parse().unwrap();
        let key = address.path().strip_prefix("/Bucket/").expect("the bucket is asked").to_owned();
        let header = |name: &str| request.headers().get(name).map(str::to_owned);
        assert!(header("authorization").is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 ")), "not signed");
        let action = if request.method() == "PUT" { "s3:PutObject" } else { "s3:GetObject" };
        self.calls.push((function, action, key.clone()));
        if let Some(status) = self.refuses {
            return if status == 403 { refusal("RequestTimeTooSkewed") } else { empty(status) };
        }
        if request.method() == "PUT" {
            let content = request.body().bytes().unwrap().to_vec();
            self.put(&key, &content, &header("x-amz-meta-source-sha256").unwrap_or_default());
            return empty(200);
        }
        let Some(object) = self.objects.get(&key).cloned() else {
            return refusal("AccessDenied");
        };
        if header("if-none-match").as_ref() == Some(&object.etag) {
            return empty(304);
        }
        if header("if-match").is_some_and(|etag| etag != object.etag) {
            return empty(412);
        }
        let range = header("range");
        let from = range.as_deref().map_or(0, |range| range[6..range.len() - 1].parse().unwrap());
        let rest = object.content[from..].to_vec();
        let answer = Response::builder()
            .status(if range.is_some() { 206 } else { 200 })
            .header("etag", &object.etag)
            .header("content-length", rest.len())
            .header("last-modified", "Mon, 02 Mar 2026 09:30:00 GMT")
            .header("x-amz-meta-source-sha256", &object.source);
        if request.method() == "HEAD" {
            return answer.body(SdkBody::empty()).unwrap();
        }
        let breaks = (!self.breaks.is_empty()).then(|| self.breaks.remove(0));
        answer.body(body(&rest, breaks)).unwrap()
    }
}

fn refusal(code: &str) -> Response<SdkBody> {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><RequestId>1</RequestId></Error>");
    Response::builder().status(403).body(SdkBody::from(body)).unwrap()
}

fn empty(status: u16) -> Response<SdkBody> {
    Response::builder().status(status).body(SdkBody::empty()).unwrap()
}

/// Content in pieces, and perhaps a connection that breaks.
pub(crate) fn body(content: &[u8], breaks: Option<usize>) -> SdkBody {
    let there = &content[..breaks.unwrap_or(content.len()).min(content.len())];
    let mut pieces: Vec<Result<Frame<Bytes>, std::io::Error>> =
        there.chunks(PIECE).map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece)))).collect();
    if breaks.is_some() {
        pieces.push(Err(std::io::ErrorKind::ConnectionReset.into()));
    }
    SdkBody::from_body_1_x(StreamBody::new(futures_util::stream::iter(pieces)))
}

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

impl HttpConnector for Asked {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.shelf.0.lock().unwrap().answer(self.function, &request);
        let answer = HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None));
        HttpConnectorFuture::ready(answer)
    }
}
