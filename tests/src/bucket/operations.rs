//! What S3 does: as it says where an object, an upload or a version is not there.

use std::collections::BTreeMap;

use async_trait::async_trait;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectsInput, DeleteObjectsOutput, ETag,
    ETagCondition, Error, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectVersionsInput, ListObjectVersionsOutput,
    MultipartUpload, ObjectVersion, PutObjectInput, PutObjectOutput, StreamingBlob, Timestamp, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::{Shelf, Upload, pieces};

/// How many versions a listing names at once, so that a test needs no thousand to turn a page.
const PAGE: usize = 2;

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
        let (open, next) = page(open);
        let is_truncated = next.is_some();
        let (next_key_marker, next_upload_id_marker) = next.unzip();
        let listed = |(key, id)| MultipartUpload { key: Some(key), upload_id: Some(id), ..Default::default() };
        Ok(S3Response::new(ListMultipartUploadsOutput {
            is_truncated: Some(is_truncated),
            next_key_marker,
            next_upload_id_marker,
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
        let (of, next) = page(of);
        let is_truncated = next.is_some();
        let (next_key_marker, next_version_id_marker) = next.unzip();
        let listed = |(key, id)| ObjectVersion { key: Some(key), version_id: Some(id), ..Default::default() };
        Ok(S3Response::new(ListObjectVersionsOutput {
            is_truncated: Some(is_truncated),
            next_key_marker,
            next_version_id_marker,
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
            // What AWS says of DeleteObjects: always the first right, and the second for a version.
            self.note(&request, "DeleteObject", &object.key);
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

/// The first page of what is listed, and after what the next one begins, if there is one.
fn page<T: Clone>(mut listed: Vec<T>) -> (Vec<T>, Option<T>) {
    let is_truncated = listed.len() > PAGE;
    listed.truncate(PAGE);
    let next = listed.last().filter(|_| is_truncated).cloned();
    (listed, next)
}
