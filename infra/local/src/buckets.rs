//! S3: the template's buckets as folders, by s3s, which checks each request's signature as S3 does.
//!
//! What the template says of versions and lifecycles means nothing here: the newest version is kept until it is
//! replaced.

use std::path::Path;

use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::validation::NameValidation;
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
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(KEY_ID, KEY));
    service.set_validation(LogicalIds(buckets.to_vec()));
    Ok(service.build())
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

    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;
    use latchkey::bucket::{Bucket, BucketError, Read};
    use latchkey::outbound::{Outbound, Reply};
    use std::time::Duration;

    use super::*;

    /// The service without a socket.
    #[derive(Debug)]
    struct InProcess(S3Service);

    impl HttpConnector for InProcess {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let service = self.0.clone();
            HttpConnectorFuture::new(async move {
                let request = request.try_into_http1x().unwrap();
                let mut request = request.map(|body| s3s::Body::from(body.bytes().unwrap().to_vec()));
                // As HTTP/1.1 does on the way.
                let host = request.uri().authority().unwrap().as_str().parse().unwrap();
                request.headers_mut().insert(http::header::HOST, host);
                let answer = service.call(request).await.unwrap().map(SdkBody::from_body_1_x);
                HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
            })
        }
    }

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("latchkey-buckets-{name}-{}", std::process::id()))
    }

    fn client(root: &Path, key: &str) -> Bucket {
        let service = serve(root, &["Bucket".to_owned()]).unwrap();
        let outbound = Outbound::over(SharedHttpConnector::new(InProcess(service)));
        // With a session token, as functions have one.
        let credentials = Credentials::new(KEY_ID, key, Some("session".to_owned()), None, "test");
        let endpoint = Some("http://127.0.0.1:8003");
        Bucket::new(outbound, SharedCredentialsProvider::new(credentials), "us-east-1", "Bucket", endpoint)
    }

    async fn content(reply: Box<Reply>) -> Vec<u8> {
        reply.read(1 << 20, Duration::from_secs(5)).await.unwrap()
    }

    #[tokio::test]
    async fn what_the_product_writes_and_reads_is_signed_as_s3_wants_it() {
        let root = folder("signed");
        let bucket = client(&root, KEY);
        assert_eq!(bucket.find("geo/x.mmdb").await, Ok(None));
        assert!(matches!(bucket.read("geo/x.mmdb", None).await, Ok(Read::Missing)));
        bucket.write("geo/x.mmdb", (&b"0123456789"[..]).into(), "abcd").await.unwrap();

        let found = bucket.find("geo/x.mmdb").await.unwrap().unwrap();
        assert_eq!((found.size, found.source_sha256.as_deref()), (10, Some("abcd")));
        assert!(found.modified.is_some());
        let Read::Content(object, reply) = bucket.read("geo/x.mmdb", None).await.unwrap() else { panic!() };
        assert_eq!((object.etag.as_str(), content(reply).await.as_slice()), (found.etag.as_str(), &b"0123456789"[..]));
        assert!(matches!(bucket.read("geo/x.mmdb", Some(&found.etag)).await, Ok(Read::Unchanged)));
        let Read::Content(_, reply) = bucket.read_on("geo/x.mmdb", &found.etag, 7).await.unwrap() else { panic!() };
        assert_eq!(content(reply).await, b"789");

        bucket.write("geo/x.mmdb", (&b"another"[..]).into(), "abcd").await.unwrap();
        assert!(matches!(bucket.read_on("geo/x.mmdb", &found.etag, 3).await, Ok(Read::Replaced)));
        std::fs::remove_dir_all(root).unwrap();
    }

    #[tokio::test]
    async fn whoever_does_not_have_the_key_writes_nothing() {
        let root = folder("unsigned");
        let stranger = client(&root, "another key");
        let refused = stranger.write("geo/x.mmdb", (&b"x"[..]).into(), "abcd").await;
        assert!(matches!(refused, Err(BucketError::Refused(status)) if status == 403), "{refused:?}");
        assert_eq!(client(&root, KEY).find("geo/x.mmdb").await, Ok(None));
        std::fs::remove_dir_all(root).unwrap();
    }
}
