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
    /// Every version that was not deleted: its key and its id.
    versions: Vec<(String, String)>,
    /// Uploads that were neither completed nor aborted: their keys and parts.
    uploads: BTreeMap<String, (String, BTreeMap<usize, Vec<u8>>)>,
    /// What goes wrong at which of the next requests.
    faults: Vec<(usize, BucketFault)>,
    calls: Vec<(&'static str, &'static str, String)>,
    /// How many bytes the next answers have before their connection breaks.
    breaks: Vec<usize>,
    refuses: Option<u16>,
    written: u64,
}

/// What goes wrong at one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketFault {
    /// It is answered 503, and nothing happens.
    Busy,
    /// It happens, and its answer is lost.
    LostAnswer,
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

    /// What goes wrong at the `nth` next request (0 is the next).
    pub fn fail(&self, nth: usize, fault: BucketFault) {
        self.0.lock().unwrap().faults.push((nth, fault));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.0.lock().unwrap().faults.clear();
    }

    /// The keys of all versions of all objects.
    pub fn versions(&self) -> Vec<String> {
        self.0.lock().unwrap().versions.iter().map(|(key, _)| key.clone()).collect()
    }

    /// How many uploads were begun and neither completed nor aborted.
    pub fn open_uploads(&self) -> usize {
        self.0.lock().unwrap().uploads.len()
    }

    /// Follows an address that the product handed out: the file's name and its content, or the status of a refusal.
    /// Whose address it is must be allowed to read the file itself.
    pub fn follow(&self, function: &'static str, address: &str) -> Result<(String, Vec<u8>), u16> {
        let address: http::Uri = address.parse().unwrap();
        let query: BTreeMap<String, String> =
            form_urlencoded::parse(address.query().unwrap_or_default().as_bytes()).into_owned().collect();
        assert!(query["X-Amz-Signature"].len() == 64 && query["X-Amz-Expires"].parse::<u32>().unwrap() <= 300);
        assert_eq!(query["response-content-type"], "application/zip");
        let key = address.path().strip_prefix("/Bucket/").unwrap();
        let mut inner = self.0.lock().unwrap();
        inner.calls.push((function, "s3:GetObject", key.to_owned()));
        let name = query["response-content-disposition"].split('"').nth(1).unwrap().to_owned();
        inner.objects.get(key).map(|object| (name, object.content.clone())).ok_or(403)
    }

    /// Takes an object away.
    pub fn remove(&self, key: &str) {
        let mut inner = self.0.lock().unwrap();
        inner.objects.remove(key);
        inner.versions.retain(|(one, _)| one != key);
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
            // Exports have keys that nobody can guess; a list is of the bucket.
            let resource = match key.as_str() {
                "" => "Bucket".to_owned(),
                key if key.starts_with("user_exports/") => "Bucket/ExportPrefix*".to_owned(),
                key => format!("Bucket/{key}"),
            };
            permissions.entry(*function).or_default().insert(((*action).to_owned(), resource));
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
        self.versions.push((key.to_owned(), format!("v{}", self.written)));
    }

    /// What begins with a prefix: the uploads that nobody completed, or the versions that there are.
    fn listing(&self, query: &BTreeMap<String, String>) -> Response<SdkBody> {
        let prefix = &query["prefix"];
        if query.contains_key("uploads") {
            let open = self.uploads.iter().filter(|(_, (of, _))| of.starts_with(prefix));
            let listed = open.map(|(id, _)| format!("<Upload><UploadId>{id}</UploadId></Upload>")).collect::<Vec<_>>();
            return xml(&format!(
                "<ListMultipartUploadsResult><UploadIdMarker></UploadIdMarker>{}</ListMultipartUploadsResult>",
                listed.concat()
            ));
        }
        let of = self.versions.iter().filter(|(key, _)| key.starts_with(prefix));
        let version =
            |(key, id): &(String, String)| format!("<Version><Key>{key}</Key><VersionId>{id}</VersionId></Version>");
        let listed = of.map(version).collect::<Vec<_>>().concat();
        xml(&format!("<ListVersionsResult><VersionIdMarker></VersionIdMarker>{listed}</ListVersionsResult>"))
    }

    /// Operations that stand in the query; none for those on whole objects.
    fn operation(
        &mut self,
        method: &str,
        key: &str,
        query: &BTreeMap<String, String>,
        body: &[u8],
    ) -> Option<Response<SdkBody>> {
        let upload = query.get("uploadId").cloned();
        let answer = match (method, upload) {
            ("GET", _) if query.contains_key("uploads") || query.contains_key("versions") => self.listing(query),
            ("POST", None) if query.contains_key("uploads") => {
                self.written += 1;
                let id = format!("upload-{}", self.written);
                self.uploads.insert(id.clone(), (key.to_owned(), BTreeMap::new()));
                xml(&format!(
                    "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                ))
            }
            ("PUT", Some(id)) => {
                let number: usize = query["partNumber"].parse().unwrap();
                let Some((_, parts)) = self.uploads.get_mut(&id) else { return Some(empty(404)) };
                parts.insert(number, body.to_vec());
                Response::builder()
                    .status(200)
                    .header("etag", format!("\"part-{number}\""))
                    .body(SdkBody::empty())
                    .unwrap()
            }
            ("POST", Some(id)) => {
                let Some((of, parts)) = self.uploads.remove(&id) else { return Some(empty(404)) };
                assert_eq!(of, key, "an upload is completed under its own key");
                let named = String::from_utf8_lossy(body).matches("<PartNumber>").count();
                assert_eq!(named, parts.len(), "every part is named");
                let last = parts.len();
                let small = parts.iter().find(|(number, part)| **number < last && part.len() < 5 * 1024 * 1024);
                assert!(small.is_none(), "S3 refuses parts below 5 MiB");
                self.put(key, &parts.into_values().flatten().collect::<Vec<u8>>(), "");
                xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
            }
            ("DELETE", Some(id)) => empty(if self.uploads.remove(&id).is_some() { 204 } else { 404 }),
            ("DELETE", None) => {
                let version = query.get("versionId").expect("a deletion names a version").clone();
                self.versions.retain(|(of, id)| of != key || *id != version);
                if !self.versions.iter().any(|(of, _)| of == key) {
                    self.objects.remove(key);
                }
                empty(204)
            }
            _ => return None,
        };
        Some(answer)
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

    fn answer(&mut self, function: &'static str, request: &HttpRequest) -> Response<SdkBody> {
        let address: http::Uri = request.uri().parse().unwrap();
        let key = address.path().strip_prefix("/Bucket/").expect("the bucket is asked").to_owned();
        let header = |name: &str| request.headers().get(name).map(str::to_owned);
        assert!(header("authorization").is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 ")), "not signed");
        let query: BTreeMap<String, String> =
            form_urlencoded::parse(address.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let action = match request.method() {
            "PUT" | "POST" => "s3:PutObject",
            "DELETE" if query.contains_key("uploadId") => "s3:AbortMultipartUpload",
            "DELETE" => "s3:DeleteObjectVersion",
            _ if query.contains_key("uploads") => "s3:ListBucketMultipartUploads",
            _ if query.contains_key("versions") => "s3:ListBucketVersions",
            _ => "s3:GetObject",
        };
        self.calls.push((function, action, key.clone()));
        if let Some(status) = self.refuses {
            return if status == 403 { refusal("RequestTimeTooSkewed") } else { empty(status) };
        }
        if let Some(answer) = self.operation(request.method(), &key, &query, request.body().bytes().unwrap_or_default())
        {
            return answer;
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

fn xml(body: &str) -> Response<SdkBody> {
    Response::builder().status(200).body(SdkBody::from(body)).unwrap()
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
        let mut inner = self.shelf.0.lock().unwrap();
        let fault = inner.take_fault();
        if fault == Some(BucketFault::Busy) {
            let busy = HttpResponse::try_from(empty(503)).map_err(|error| ConnectorError::other(error.into(), None));
            return HttpConnectorFuture::ready(busy);
        }
        let answer = inner.answer(self.function, &request);
        if fault == Some(BucketFault::LostAnswer) {
            return HttpConnectorFuture::ready(Err(ConnectorError::io("the connection broke".into())));
        }
        let answer = HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None));
        HttpConnectorFuture::ready(answer)
    }
}
