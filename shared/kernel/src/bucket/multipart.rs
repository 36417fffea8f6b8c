//! Objects that are written in parts (S3's multipart upload): what is written is not known whole before its end, and the
//! object is not there before it is complete.
//!
//! Parts of an upload that is never completed are stored, and paid for, until it is aborted. Who writes an object again
//! first aborts what was begun under its key; a rule of the bucket's lifecycle does so for the rest, after a day.

use aws_sdk_s3::operation::abort_multipart_upload::AbortMultipartUploadError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};
use futures_util::future::LocalBoxFuture;

use super::{Bucket, BucketError, Sink, failed, uploading};

/// What S3 checks each part and the whole by: the only one that it knows for both.
const CHECKSUM: ChecksumAlgorithm = ChecksumAlgorithm::Crc64Nvme;

/// An object that is being written.
#[derive(Clone)]
pub struct Upload {
    bucket: Bucket,
    key: String,
    id: String,
}

impl Bucket {
    /// Begins an object, and aborts what was begun under its key before: 1 `CreateMultipartUpload`, and what aborting
    /// costs. In this order: a try whose answer is lost has begun an upload as well, and only the list knows its id.
    pub async fn begin_upload(&self, key: &str, content_type: &str) -> Result<Upload, BucketError> {
        let request = self.client().create_multipart_upload().bucket(&self.0.name).key(key).content_type(content_type);
        let request = request.checksum_algorithm(CHECKSUM).checksum_type(ChecksumType::FullObject);
        let begun = request.send().await.map_err(failed("CreateMultipartUpload"))?;
        let id = begun.upload_id.ok_or(BucketError::Incomplete)?;
        self.abort_all_but(Some(&id), key).await?;
        Ok(Upload { bucket: self.clone(), key: key.to_owned(), id })
    }

    /// Aborts what was begun under this key and not completed: 1 `ListMultipartUploads` for each thousand uploads, and 1
    /// `AbortMultipartUpload` for each found.
    pub async fn abort_uploads(&self, key: &str) -> Result<(), BucketError> {
        self.abort_all_but(None, key).await
    }

    async fn abort_all_but(&self, ours: Option<&str>, key: &str) -> Result<(), BucketError> {
        let (mut after_key, mut after_upload) = (None, None);
        loop {
            let request = self.client().list_multipart_uploads().bucket(&self.0.name).prefix(key);
            let request = request.set_key_marker(after_key).set_upload_id_marker(after_upload);
            let page = request.send().await.map_err(failed("ListMultipartUploads"))?;
            // A prefix is the beginning of other keys as well.
            let begun = page.uploads().iter().filter(|upload| upload.key() == Some(key));
            for id in begun.filter_map(|upload| upload.upload_id()).filter(|id| Some(*id) != ours) {
                Upload { bucket: self.clone(), key: key.to_owned(), id: id.to_owned() }.abort().await?;
            }
            if page.is_truncated() != Some(true) {
                return Ok(());
            }
            if page.next_key_marker().is_none() {
                return Err(BucketError::Incomplete);
            }
            (after_key, after_upload) = (page.next_key_marker, page.next_upload_id_marker);
        }
    }
}

impl Upload {
    /// Writes a part: 1 `UploadPart`. All but the last have at least 5 MiB.
    async fn part(&self, number: i32, content: Vec<u8>) -> Result<CompletedPart, BucketError> {
        let request = self.bucket.client().upload_part().bucket(&self.bucket.0.name).key(&self.key);
        let request = request.upload_id(&self.id).part_number(number).checksum_algorithm(CHECKSUM);
        let request = request.body(ByteStream::from(content)).customize().config_override(uploading());
        let part = request.send().await.map_err(failed("UploadPart"))?;
        let etag = part.e_tag.ok_or(BucketError::Incomplete)?;
        let done = CompletedPart::builder().part_number(number).e_tag(etag);
        Ok(done.set_checksum_crc64_nvme(part.checksum_crc64_nvme).build())
    }

    /// Makes an object of the parts: 1 `CompleteMultipartUpload`.
    async fn complete(&self, parts: Vec<CompletedPart>) -> Result<(), BucketError> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self.bucket.client().complete_multipart_upload().bucket(&self.bucket.0.name).key(&self.key);
        let request = request.upload_id(&self.id).multipart_upload(parts).customize().config_override(uploading());
        request.send().await.map(drop).map_err(failed("CompleteMultipartUpload"))
    }

    /// Forgets the parts: 1 `AbortMultipartUpload`. That there is no such upload is as well.
    pub async fn abort(&self) -> Result<(), BucketError> {
        let request = self.bucket.client().abort_multipart_upload().bucket(&self.bucket.0.name).key(&self.key);
        match request.upload_id(&self.id).send().await {
            Err(error) if error.as_service_error().is_some_and(AbortMultipartUploadError::is_no_such_upload) => Ok(()),
            done => done.map(drop).map_err(failed("AbortMultipartUpload")),
        }
    }

    /// The upload as the end of an archive.
    pub fn sink(&self) -> Box<dyn Sink> {
        Box::new(Writing { upload: self.clone(), parts: Vec::new() })
    }
}

/// An upload with the parts that S3 has.
struct Writing {
    upload: Upload,
    parts: Vec<CompletedPart>,
}

impl Sink for Writing {
    fn take(&mut self, piece: Vec<u8>) -> LocalBoxFuture<'_, Result<(), BucketError>> {
        Box::pin(async move {
            // S3 takes 10,000 parts.
            let number = i32::try_from(self.parts.len() + 1).map_err(|_| BucketError::Incomplete)?;
            self.parts.push(self.upload.part(number, piece).await?);
            Ok(())
        })
    }

    fn end(self: Box<Self>) -> LocalBoxFuture<'static, Result<(), BucketError>> {
        Box::pin(async move { self.upload.complete(self.parts).await })
    }
}
