//! The bucket.

use super::{ConfigError, Configured, ReadBy, SectionShape, Values};
use crate::section;

section! {
    /// The bucket.
    BUCKET_NAME: "bucket", ReadBy::ApiAnd(&["exporter", "scheduler"]), also [];
    BUCKET = Some(""), 63, "The S3 bucket of what is kept as files, such as the database of places. Empty: none.";
}

/// The bucket.
#[derive(Debug, Clone)]
pub struct BucketName {
    /// Its name, if there is one.
    pub name: Option<String>,
}

impl Configured for BucketName {
    const SHAPE: SectionShape = BUCKET_NAME;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { name: read.filled(&BUCKET)? })
    }
}
