//! Objects that are written in parts (S3's multipart upload): what is written is not known whole before its end, and the
//! object is not there before it is complete.
//!
//! Parts of an upload that nobody completes are stored, and paid for, until somebody aborts it. Whoever writes an object
//! again first aborts what was begun under its key; a rule of the bucket's lifecycle does so for the rest, after a day.

use std::fmt::Write as _;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use http::header::{CONTENT_TYPE, ETAG};
use http::{Method, StatusCode};

use super::{Bucket, BucketError, PATIENCE, UPLOAD_PATIENCE, elements, words};
use crate::personal_data::Sink;

/// An object that is being written.
#[derive(Clone)]
pub struct Upload {
    bucket: Bucket,
    key: String,
    id: String,
}

impl Bucket {
    /// Begins an object: 1 `CreateMultipartUpload`.
    pub(crate) async fn begin_upload(&self, key: &str, content_type: &str) -> Result<Upload, BucketError> {
        let request = self.operation(Method::POST, key, &[("uploads", "")]).header(CONTENT_TYPE, content_type);
        let reply = self.ask(request, Bytes::new(), PATIENCE).await?;
        if reply.status != StatusCode::OK {
            return Err(BucketError::Refused(reply.status));
        }
        let text = words(reply).await?;
        let id = elements(&text, "UploadId").next().ok_or(BucketError::Incomplete)?.to_owned();
        Ok(Upload { bucket: self.clone(), key: key.to_owned(), id })
    }

    /// Aborts whatever was begun under this key and not completed: 1 `ListMultipartUploads`, and 1 `AbortMultipartUpload`
    /// for each found. A stand-in for S3 that cannot list knows of none.
    pub(crate) async fn abort_uploads(&self, key: &str) -> Result<(), BucketError> {
        let request = self.operation(Method::GET, "", &[("uploads", ""), ("prefix", key)]);
        let reply = self.ask(request, Bytes::new(), PATIENCE).await?;
        match reply.status {
            StatusCode::OK => {
                let text = words(reply).await?;
                let ids: Vec<String> = elements(&text, "UploadId").map(str::to_owned).collect();
                for id in ids {
                    Upload { bucket: self.clone(), key: key.to_owned(), id }.abort().await?;
                }
                Ok(())
            }
            StatusCode::NOT_IMPLEMENTED => Ok(()),
            status => Err(BucketError::Refused(status)),
        }
    }
}

impl Upload {
    /// Writes a part: 1 `UploadPart`. All but the last have at least 5 MiB.
    async fn part(&self, number: usize, content: Bytes) -> Result<String, BucketError> {
        let number = number.to_string();
        let query = [("partNumber", number.as_str()), ("uploadId", self.id.as_str())];
        let request = self.bucket.operation(Method::PUT, &self.key, &query);
        let reply = self.bucket.ask(request, content, UPLOAD_PATIENCE).await?;
        if reply.status != StatusCode::OK {
            return Err(BucketError::Refused(reply.status));
        }
        reply.header(&ETAG).map(str::to_owned).ok_or(BucketError::Incomplete)
    }

    /// Makes an object of the parts: 1 `CompleteMultipartUpload`, which may say OK and fail all the same.
    async fn complete(&self, etags: &[String]) -> Result<(), BucketError> {
        let mut body = String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        for (place, etag) in etags.iter().enumerate() {
            let number = place + 1;
            let _ = write!(body, "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
        }
        body.push_str("</CompleteMultipartUpload>");
        let request = self.bucket.operation(Method::POST, &self.key, &[("uploadId", &self.id)]);
        let request = request.header(CONTENT_TYPE, "application/xml");
        let reply = self.bucket.ask(request, body.into(), UPLOAD_PATIENCE).await?;
        let status = reply.status;
        if status != StatusCode::OK {
            return Err(BucketError::Refused(status));
        }
        let done = words(reply).await?.contains("<CompleteMultipartUploadResult");
        if done { Ok(()) } else { Err(BucketError::Incomplete) }
    }

    /// Forgets the parts: 1 `AbortMultipartUpload`. That there is no such upload is as well.
    pub(crate) async fn abort(&self) -> Result<(), BucketError> {
        let request = self.bucket.operation(Method::DELETE, &self.key, &[("uploadId", &self.id)]);
        let reply = self.bucket.ask(request, Bytes::new(), PATIENCE).await?;
        match reply.status {
            StatusCode::NO_CONTENT | StatusCode::OK | StatusCode::NOT_FOUND => Ok(()),
            status => Err(BucketError::Refused(status)),
        }
    }

    /// The upload as the end of an archive.
    pub(crate) fn sink(&self) -> Box<dyn Sink> {
        Box::new(Writing { upload: self.clone(), etags: Vec::new() })
    }
}

/// An upload with the tags of the parts that S3 has.
struct Writing {
    upload: Upload,
    etags: Vec<String>,
}

impl Sink for Writing {
    fn take(&mut self, piece: Vec<u8>) -> LocalBoxFuture<'_, Result<(), BucketError>> {
        Box::pin(async move {
            let etag = self.upload.part(self.etags.len() + 1, piece.into()).await?;
            self.etags.push(etag);
            Ok(())
        })
    }

    fn end(self: Box<Self>) -> LocalBoxFuture<'static, Result<(), BucketError>> {
        Box::pin(async move { self.upload.complete(&self.etags).await })
    }
}
