//! S3: the template's buckets as folders, by s3s, which checks each request's signature as S3 does.
//!
//! What the template says of versions and lifecycles means nothing here: an object has one version, which is kept until
//! it is replaced.

use std::path::Path;

use async_trait::async_trait;
use s3s::auth::SimpleAuth;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectsInput, DeleteObjectsOutput, GetObjectInput,
    GetObjectOutput, HeadObjectInput, HeadObjectOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListObjectVersionsInput, ListObjectVersionsOutput, ListObjectsV2Input, ListObjectsV2Output, ObjectVersion,
    PutObjectInput, PutObjectOutput, UploadPartInput, UploadPartOutput,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::validation::NameValidation;
use s3s::{S3, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;

/// The key that everybody signs with here, by its id.
pub const KEY_ID: &str = "local";
/// The key itself.
pub const KEY: &str = "local";

/// Why the buckets cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BucketsError {
    /// A folder cannot be made.
    #[error("the bucket {0} cannot be made: {1}")]
    Folder(String, std::io::Error),
    /// The folder of them all cannot be used.
    #[error("{0}")]
    FileSystem(String),
}

/// The buckets of these names, each a folder below `root`, which is made if it is missing.
pub fn serve(root: &Path, buckets: &[String]) -> Result<S3Service, BucketsError> {
    for bucket in buckets {
        std::fs::create_dir_all(root.join(bucket)).map_err(|error| BucketsError::Folder(bucket.clone(), error))?;
    }
    std::fs::create_dir_all(root).map_err(|error| BucketsError::FileSystem(error.to_string()))?;
    let files = FileSystem::new(root).map_err(|error| BucketsError::FileSystem(format!("{error:?}")))?;
    Ok(service(Folders(files), buckets))
}

/// S3 over these objects for who signs with the key, with buckets of these names.
pub fn service(objects: impl S3, buckets: &[String]) -> S3Service {
    let mut service = S3ServiceBuilder::new(objects);
    service.set_auth(SimpleAuth::from_single(KEY_ID, KEY));
    service.set_validation(LogicalIds(buckets.to_vec()));
    service.build()
}

/// Objects as files, and the two lists that the product asks for and s3s-fs does not know.
struct Folders(FileSystem);

/// The operations that s3s-fs does by itself. The others answer that they are not implemented.
macro_rules! with_operations_of_files {
    ($($operation:ident($input:ident) -> $output:ident;)* + { $($more:tt)* }) => {
        #[async_trait]
        impl S3 for Folders {
            $(async fn $operation(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.0.$operation(request).await
            })*
            $($more)*
        }
    };
}

with_operations_of_files! {
    get_object(GetObjectInput) -> GetObjectOutput;
    head_object(HeadObjectInput) -> HeadObjectOutput;
    put_object(PutObjectInput) -> PutObjectOutput;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput;
    upload_part(UploadPartInput) -> UploadPartOutput;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput;
    + {
        /// Each object as its only version, which S3 calls `null` in a bucket that keeps none.
        async fn list_object_versions(
            &self,
            request: S3Request<ListObjectVersionsInput>,
        ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
            let listing = request.map_input(|input| ListObjectsV2Input {
                bucket: input.bucket,
                prefix: input.prefix,
                start_after: input.key_marker,
                ..Default::default()
            });
            let found = self.0.list_objects_v2(listing).await?.output;
            let objects = found.contents.into_iter().flatten();
            let version = |key| ObjectVersion { key, version_id: Some("null".to_owned()), ..Default::default() };
            let versions: Vec<_> = objects.map(|object| version(object.key)).collect();
            Ok(S3Response::new(ListObjectVersionsOutput {
                is_truncated: found.is_truncated,
                next_key_marker: versions.last().and_then(|last| last.key.clone()),
                versions: Some(versions),
                ..Default::default()
            }))
        }

        /// None: the files of an upload do not say which object they were to be.
        async fn list_multipart_uploads(
            &self,
            _: S3Request<ListMultipartUploadsInput>,
        ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
            Ok(S3Response::new(ListMultipartUploadsOutput { is_truncated: Some(false), ..Default::default() }))
        }
    }
}

/// A bucket without a name of its own is called as the template calls it, which S3 would not allow.
struct LogicalIds(Vec<String>);

impl NameValidation for LogicalIds {
    fn validate_bucket_name(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;
    use http_body_util::BodyExt as _;
    use latchkey_kernel::bucket::{Bucket, BucketError, Read, Reader};
    use latchkey_kernel::outbound::{Outbound, Reply};

    use super::*;

    const ENDPOINT: &str = "http://127.0.0.1:8003";

    /// The service without a socket.
    #[derive(Debug)]
    struct InProcess(S3Service);

    impl HttpConnector for InProcess {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let service = self.0.clone();
            HttpConnectorFuture::new(async move {
                let (head, body) = request.try_into_http1x().unwrap().into_parts();
                let body = s3s::Body::from(body.collect().await.unwrap().to_bytes());
                let mut request = http::Request::from_parts(head, body);
                // As HTTP/1.1 does on the way.
                let host = request.uri().authority().unwrap().as_str().parse().unwrap();
                request.headers_mut().insert(http::header::HOST, host);
                let is_head = request.method() == http::Method::HEAD;
                let answer = service.call(request).await.unwrap();
                let answer = answer.map(|body| if is_head { SdkBody::empty() } else { SdkBody::from_body_1_x(body) });
                HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
            })
        }
    }

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("latchkey-buckets-{name}-{}", std::process::id()))
    }

    /// The product's two ways to the bucket, for who signs with this key.
    fn clients(root: &Path, key: &str) -> (Bucket, Reader) {
        let connector = SharedHttpConnector::new(InProcess(serve(root, &["Bucket".to_owned()]).unwrap()));
        let outbound = Outbound::over(connector.clone());
        // With a session token, as functions have one.
        let credentials = Credentials::new(KEY_ID, key, Some("session".to_owned()), None, "test");
        let aws = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        let reader = Reader::new(outbound, &aws, "Bucket", Some(ENDPOINT)).unwrap();
        (Bucket::new(aws, "Bucket", Some(ENDPOINT.to_owned())), reader)
    }

    async fn content(reply: Box<Reply>) -> Vec<u8> {
        reply.read(1 << 20, Duration::from_secs(5)).await.unwrap()
    }

    #[tokio::test]
    async fn what_the_product_writes_and_reads_is_signed_as_s3_wants_it() {
        let root = folder("signed");
        let (bucket, reader) = clients(&root, KEY);
        assert_eq!(bucket.find("geo/x.mmdb").await, Ok(None));
        assert!(matches!(reader.read("geo/x.mmdb", None).await, Ok(Read::Missing)));
        bucket.write("geo/x.mmdb", (&b"0123456789"[..]).into(), "abcd").await.unwrap();

        let found = bucket.find("geo/x.mmdb").await.unwrap().unwrap();
        assert_eq!(found.source_sha256.as_deref(), Some("abcd"));
        assert!(found.modified.is_some());
        let Read::Content(version, reply) = reader.read("geo/x.mmdb", None).await.unwrap() else { panic!() };
        assert_eq!((version.size, content(reply).await.as_slice()), (10, &b"0123456789"[..]));
        assert!(matches!(reader.read("geo/x.mmdb", Some(&version.etag)).await, Ok(Read::Unchanged)));
        let Read::Content(_, reply) = reader.read_on("geo/x.mmdb", &version.etag, 7).await.unwrap() else { panic!() };
        assert_eq!(content(reply).await, b"789");

        bucket.write("geo/x.mmdb", (&b"another"[..]).into(), "abcd").await.unwrap();
        assert!(matches!(reader.read_on("geo/x.mmdb", &version.etag, 3).await, Ok(Read::Replaced)));
        std::fs::remove_dir_all(root).unwrap();
    }

    #[tokio::test]
    async fn an_object_is_written_in_parts_and_forgotten_without_those_whose_keys_begin_like_its_own() {
        let root = folder("parts");
        let (bucket, _) = clients(&root, KEY);
        for key in ["exports/a", "exports/a.zip"] {
            bucket.abort_uploads(key).await.unwrap();
            let mut parts = bucket.begin_upload(key, "application/zip").await.unwrap().sink();
            parts.take(vec![1; 5 * 1024 * 1024]).await.unwrap();
            parts.take(b"the rest".to_vec()).await.unwrap();
            parts.end().await.unwrap();
        }
        bucket.begin_upload("exports/b", "application/zip").await.unwrap().abort().await.unwrap();
        assert_eq!(std::fs::metadata(root.join("Bucket/exports/a")).unwrap().len(), 5 * 1024 * 1024 + 8);
        bucket.forget("exports/a").await.unwrap();
        assert_eq!(bucket.find("exports/a").await, Ok(None));
        assert!(bucket.find("exports/a.zip").await.unwrap().is_some());
        bucket.forget("exports/a").await.unwrap();
        std::fs::remove_dir_all(root).unwrap();
    }

    #[tokio::test]
    async fn who_does_not_have_the_key_writes_nothing() {
        let root = folder("unsigned");
        let (stranger, reader) = clients(&root, "another key");
        let refused = stranger.write("geo/x.mmdb", (&b"x"[..]).into(), "abcd").await;
        let by = |error: &BucketError| error.to_string().contains("PutObject: SignatureDoesNotMatch");
        assert!(refused.as_ref().is_err_and(by), "{refused:?}");
        let refused = reader.read("geo/x.mmdb", None).await;
        assert!(matches!(refused, Err(BucketError::Refused(status)) if status == 403), "{refused:?}");
        assert_eq!(clients(&root, KEY).0.find("geo/x.mmdb").await, Ok(None));
        std::fs::remove_dir_all(root).unwrap();
    }
}
