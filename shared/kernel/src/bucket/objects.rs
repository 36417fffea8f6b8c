//! Objects that are found, written, forgotten, or shared by a link.

use std::time::Duration;

use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::operation::{RequestId as _, RequestIdExt as _};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use bytes::Bytes;

use super::{Bucket, BucketError, failed, uploading};
use crate::clock::{Timestamp, system_now};

/// Under which name an object's metadata says what it was made from.
const SOURCE: &str = "source-sha256";

/// What is known of an object without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The digest of what it was made from, in hexadecimal.
    pub source_sha256: Option<String>,
    /// When it was written.
    pub modified: Option<Timestamp>,
}

impl Bucket {
    /// What is known of an object: 1 `HeadObject`. None if there is none, which S3 says to who may list the bucket; others
    /// are refused.
    pub async fn find(&self, key: &str) -> Result<Option<Object>, BucketError> {
        let found = self.client().head_object().bucket(&self.0.name).key(key).send().await;
        if found.as_ref().is_err_and(|error| error.as_service_error().is_some_and(HeadObjectError::is_not_found)) {
            return Ok(None);
        }
        let found = found.map_err(failed("HeadObject"))?;
        let modified = found.last_modified().and_then(|date| date.to_millis().ok());
        Ok(Some(Object {
            source_sha256: found.metadata().and_then(|metadata| metadata.get(SOURCE)).cloned(),
            modified: modified.and_then(Timestamp::from_millisecond),
        }))
    }

    /// Writes an object, with the digest of what it was made from: 1 `PutObject`. S3 checks the content's own digest,
    /// which is signed, and its checksum.
    pub async fn write(&self, key: &str, content: Bytes, source_sha256: &str) -> Result<(), BucketError> {
        let request = self.client().put_object().bucket(&self.0.name).key(key).metadata(SOURCE, source_sha256);
        let request = request.body(ByteStream::from(content)).customize().config_override(uploading());
        request.send().await.map(drop).map_err(failed("PutObject"))
    }

    /// Forgets an object, if there is one, with every version that it ever had and the marks of earlier deletions: in a
    /// bucket that keeps versions a plain deletion only hides the last one. 1 `ListObjectVersions` for each thousand
    /// versions, and 1 `DeleteObjects` if there are any. Nothing is written under the key meanwhile.
    pub async fn forget(&self, key: &str) -> Result<(), BucketError> {
        let (mut after_key, mut after_version) = (None, None);
        loop {
            let request = self.client().list_object_versions().bucket(&self.0.name).prefix(key);
            let request = request.set_key_marker(after_key).set_version_id_marker(after_version);
            let page = request.send().await.map_err(failed("ListObjectVersions"))?;
            let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
            let marks = page.delete_markers().iter().map(|mark| (mark.key(), mark.version_id()));
            // A prefix is the beginning of other keys as well.
            let ours = versions.chain(marks).filter(|(of, _)| *of == Some(key));
            let ours =
                ours.map(|(_, id)| ObjectIdentifier::builder().key(key).set_version_id(id.map(str::to_owned)).build());
            self.delete(ours.collect::<Result<_, _>>().map_err(|_| BucketError::Incomplete)?).await?;
            if page.is_truncated() != Some(true) {
                return Ok(());
            }
            if page.next_key_marker().is_none() {
                return Err(BucketError::Incomplete);
            }
            (after_key, after_version) = (page.next_key_marker, page.next_version_id_marker);
        }
    }

    /// An answer may say OK and name what was not deleted all the same.
    async fn delete(&self, objects: Vec<ObjectIdentifier>) -> Result<(), BucketError> {
        if objects.is_empty() {
            return Ok(());
        }
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build();
        let delete = delete.map_err(|_| BucketError::Incomplete)?;
        let done = self.client().delete_objects().bucket(&self.0.name).delete(delete).send().await;
        let done = done.map_err(failed("DeleteObjects"))?;
        let Some(refused) = done.errors().first() else { return Ok(()) };
        Err(BucketError::Failed {
            operation: "DeleteObjects",
            code: refused.code().unwrap_or("unknown").to_owned(),
            request_id: done.request_id().unwrap_or("unknown").to_owned(),
            host_id: done.extended_request_id().unwrap_or("unknown").to_owned(),
        })
    }

    /// The address under which an object is served as a file of this name (ASCII, without quotation marks) for so long, to
    /// anybody who has it: a presigned URL. S3 answers with the headers that the signature names, so that nothing else can
    /// be made of the file. It ends early when the credentials of the function that signed it do. No request is made.
    pub async fn link(
        &self,
        key: &str,
        file_name: &str,
        content_type: &str,
        life: Duration,
    ) -> Result<String, BucketError> {
        // As of every signature: S3 goes by its own clock, whatever an event says.
        let signing = PresigningConfig::builder().start_time(system_now().into()).expires_in(life).build();
        let request = self.client().get_object().bucket(&self.0.name).key(key);
        let request = request
            .response_cache_control("private, no-store")
            .response_content_disposition(format!("attachment; filename=\"{file_name}\""))
            .response_content_type(content_type);
        let signed = request.presigned(signing.map_err(|_| BucketError::Unsigned)?).await;
        Ok(signed.map_err(failed("GetObject"))?.uri().to_owned())
    }
}
