//! The bucket: S3 in process, with objects and all their versions in memory, that fails when a test says so.
//!
//! [s3s](https://docs.rs/s3s) reads the requests, checks each signature as S3 does (those of links as well) and writes the
//! answers; what is here answers as S3 does where an object, an upload or a version is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
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
use latchkey::bucket::{Bucket, Reader};
use latchkey::outbound::Outbound;
use latchkey_local::buckets::{KEY, KEY_ID, service};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectsInput, DeleteObjectsOutput, ETag,
    ETagCondition, Error, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectVersionsInput, ListObjectVersionsOutput, Metadata,
    MultipartUpload, ObjectVersion, PutObjectInput, PutObjectOutput, StreamingBlob, Timestamp, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use crate::connector::retries;

/// The pieces in which content arrives.
const PIECE: usize = 512;
/// How many versions a listing names at once, so that a test needs no thousand to turn a page.
const PAGE: usize = 2;
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
    /// Keys whose versions S3 keeps, whoever wants them deleted.
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

/// 2026-03-02T09:30:00Z.
fn written_at() -> Timestamp {
    Timestamp::parse(s3s::dto::TimestampFormat::DateTime, "2026-03-02T09:30:00Z").unwrap()
}

async fn content(body: Option<StreamingBlob>) -> Vec<u8> {
    let mut whole = Vec::new();
    let mut body = body.unwrap();
    while let Some(piece) = futures_util::StreamExt::next(&mut body).await {
        whole.extend_from_slice(&piece.unwrap());
    }
    whole
}

#[async_trait]
impl S3 for Shelf {
    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let found = self.there(&request, &request.input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: i64::try_from(found.content.len()).ok(),
            e_tag: Some(found.etag()),
            last_modified: Some(written_at()),
            metadata: found.metadata,
            ..Default::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let found = self.there(&request, &request.input.key)?;
        if request.input.if_none_match == Some(ETagCondition::ETag(found.etag())) {
            return Err(s3_error!(NotModified));
        }
        if request.input.if_match.as_ref().is_some_and(|etag| *etag != ETagCondition::ETag(found.etag())) {
            return Err(s3_error!(PreconditionFailed));
        }
        let (whole, etag) = (found.content.len(), found.etag());
        let range = request.input.range.map(|range| range.check(whole as u64)).transpose()?;
        let from = usize::try_from(range.as_ref().map_or(0, |range| range.start)).unwrap();
        let rest = found.content[from..].to_vec();
        let breaks = {
            let mut inner = self.inner();
            (!inner.breaks.is_empty()).then(|| inner.breaks.remove(0))
        };
        Ok(S3Response::new(GetObjectOutput {
            content_length: i64::try_from(rest.len()).ok(),
            content_range: range.map(|range| format!("bytes {}-{}/{whole}", range.start, range.end - 1)),
            body: Some(StreamingBlob::wrap(futures_util::stream::iter(pieces(&rest, breaks)))),
            content_type: found.content_type,
            e_tag: Some(etag),
            last_modified: Some(written_at()),
            metadata: found.metadata,
            ..Default::default()
        }))
    }

    async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        self.note(&request, "PutObject", &request.input.key);
        let content = content(request.input.body.take()).await;
        let PutObjectInput { key, content_type, metadata, .. } = request.input;
        self.inner().put(&key, content, content_type, metadata);
        Ok(S3Response::new(PutObjectOutput::default()))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.note(&request, "PutObject", &request.input.key);
        let CreateMultipartUploadInput { key, content_type, .. } = request.input;
        let mut inner = self.inner();
        inner.begun += 1;
        let id = format!("upload-{}", inner.begun);
        inner.uploads.insert(id.clone(), Upload { key, content_type, parts: BTreeMap::new() });
        Ok(S3Response::new(CreateMultipartUploadOutput { upload_id: Some(id), ..Default::default() }))
    }

    async fn upload_part(&self, mut request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        self.note(&request, "PutObject", &request.input.key);
        let content = content(request.input.body.take()).await;
        let input = request.input;
        assert!(input.checksum_crc64nvme.is_some(), "a part goes without the checksum that its upload was begun with");
        let mut inner = self.inner();
        let upload = inner.uploads.get_mut(&input.upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        upload.parts.insert(input.part_number, content);
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(ETag::Strong(format!("part-{}", input.part_number))),
            checksum_crc64nvme: input.checksum_crc64nvme,
            ..Default::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.note(&request, "PutObject", &request.input.key);
        let input = request.input;
        let mut inner = self.inner();
        let upload = inner.uploads.remove(&input.upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        assert_eq!(upload.key, input.key, "an upload is completed under its own key");
        let named: Vec<_> = input.multipart_upload.and_then(|upload| upload.parts).into_iter().flatten().collect();
        let numbers: Vec<_> = named.iter().filter_map(|part| part.part_number).collect();
        assert_eq!(numbers, upload.parts.keys().copied().collect::<Vec<_>>(), "every part is named");
        let last = upload.parts.keys().max().copied();
        let small = upload.parts.iter().any(|(number, part)| Some(*number) != last && part.len() < 5 * 1024 * 1024);
        assert!(!small, "S3 refuses parts below 5 MiB");
        let content = upload.parts.into_values().flatten().collect();
        inner.put(&input.key, content, upload.content_type, None);
        Ok(S3Response::new(CompleteMultipartUploadOutput { key: Some(input.key), ..Default::default() }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.note(&request, "AbortMultipartUpload", &request.input.key);
        let aborted = self.inner().uploads.remove(&request.input.upload_id);
        aborted.map(|_| S3Response::new(AbortMultipartUploadOutput::default())).ok_or_else(|| s3_error!(NoSuchUpload))
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        self.note(&request, "ListBucketMultipartUploads", "");
        let input = request.input;
        let inner = self.inner();
        let prefix = input.prefix.unwrap_or_default();
        let open = inner.uploads.iter().filter(|(_, upload)| upload.key.starts_with(&prefix));
        let mut open: Vec<_> = open.map(|(id, upload)| (upload.key.clone(), id.clone())).collect();
        open.sort();
        let after = input.key_marker.zip(input.upload_id_marker);
        open.retain(|one| after.as_ref().is_none_or(|after| one > after));
        let is_truncated = open.len() > PAGE;
        open.truncate(PAGE);
        let (key, upload_id) = open.last().cloned().unzip();
        let listed = |(key, id)| MultipartUpload { key: Some(key), upload_id: Some(id), ..Default::default() };
        Ok(S3Response::new(ListMultipartUploadsOutput {
            is_truncated: Some(is_truncated),
            next_key_marker: key.filter(|_| is_truncated),
            next_upload_id_marker: upload_id.filter(|_| is_truncated),
            uploads: Some(open.into_iter().map(listed).collect()),
            ..Default::default()
        }))
    }

    /// By key, and of one key the newest first, as S3 does.
    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        self.note(&request, "ListBucketVersions", "");
        let input = request.input;
        let prefix = input.prefix.unwrap_or_default();
        let inner = self.inner();
        let of = inner.versions.iter().rev().filter(|version| version.key.starts_with(&prefix));
        let mut of: Vec<_> = of.map(|version| (version.key.clone(), version.id.clone())).collect();
        of.sort_by(|(one, _), (other, _)| one.cmp(other));
        if let Some(key) = input.key_marker {
            // Versions that were deleted since are not there to be looked for: those of the key that are left come later.
            let seen = |id: &String| input.version_id_marker.as_ref().is_none_or(|last| number(id) >= number(last));
            of.retain(|(one, id)| *one > key || (*one == key && !seen(id)));
        }
        let is_truncated = of.len() > PAGE;
        of.truncate(PAGE);
        let (key, version_id) = of.last().cloned().unzip();
        let listed = |(key, id)| ObjectVersion { key: Some(key), version_id: Some(id), ..Default::default() };
        Ok(S3Response::new(ListObjectVersionsOutput {
            is_truncated: Some(is_truncated),
            next_key_marker: key.filter(|_| is_truncated),
            next_version_id_marker: version_id.filter(|_| is_truncated),
            versions: Some(of.into_iter().map(listed).collect()),
            ..Default::default()
        }))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let mut errors = Vec::new();
        for object in &request.input.delete.objects {
            assert!(object.version_id.is_some(), "a deletion names a version");
            self.note(&request, "DeleteObjectVersion", &object.key);
            let mut inner = self.inner();
            if inner.kept.contains(&object.key) {
                let code = Some("AccessDenied".to_owned());
                errors.push(Error { code, key: Some(object.key.clone()), ..Default::default() });
                continue;
            }
            inner.versions.retain(|one| one.key != object.key || Some(&one.id) != object.version_id.as_ref());
        }
        Ok(S3Response::new(DeleteObjectsOutput { errors: Some(errors), ..Default::default() }))
    }
}

/// In which place a version was written.
fn number(id: &str) -> u64 {
    id.trim_start_matches('v').parse().unwrap()
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
        let (shelf, function) = (self.shelf.clone(), self.function);
        let (fault, refuses) = {
            let mut inner = shelf.inner();
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
            let answer = shelf.serve(function, request.try_into_http1x().unwrap()).await;
            if fault == Some(BucketFault::LostAnswer) {
                return lost();
            }
            let answer = answer.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
