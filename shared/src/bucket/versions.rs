//! Forgetting an object: every version that it ever had, and the marks of earlier deletions.
//!
//! In a bucket that keeps versions a plain deletion only hides the last one.

use bytes::Bytes;
use http::{Method, StatusCode};

use super::{Bucket, BucketError, PATIENCE, elements, words};

/// How many listings are worked off at most; each has up to a thousand versions.
const LISTINGS: usize = 10;

impl Bucket {
    /// Forgets an object, if there is one: 1 `ListObjectVersions`, 1 `DeleteObject` for each version, and 1 more listing
    /// that finds nothing. Nobody writes under the key meanwhile.
    pub(crate) async fn forget(&self, key: &str) -> Result<(), BucketError> {
        for _ in 0..LISTINGS {
            let request = self.operation(Method::GET, "", &[("versions", ""), ("prefix", key)]);
            let reply = self.ask(request, Bytes::new(), PATIENCE).await?;
            match reply.status {
                StatusCode::OK => {}
                // A stand-in for S3 without versions.
                StatusCode::NOT_IMPLEMENTED => return self.delete(key, &[]).await,
                status => return Err(BucketError::Refused(status)),
            }
            let text = words(reply).await?;
            let versions: Vec<String> = elements(&text, "VersionId").map(str::to_owned).collect();
            if versions.is_empty() {
                return Ok(());
            }
            for version in versions {
                self.delete(key, &[("versionId", &version)]).await?;
            }
        }
        Err(BucketError::Incomplete)
    }

    async fn delete(&self, key: &str, query: &[(&str, &str)]) -> Result<(), BucketError> {
        let request = match query {
            [] => self.request(Method::DELETE, key),
            query => self.operation(Method::DELETE, key, query),
        };
        let reply = self.ask(request, Bytes::new(), PATIENCE).await?;
        match reply.status {
            StatusCode::NO_CONTENT | StatusCode::OK | StatusCode::NOT_FOUND => Ok(()),
            status => Err(BucketError::Refused(status)),
        }
    }
}
