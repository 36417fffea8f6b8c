//! `AWS::S3::Bucket`: what it is called on this machine. What else the template says of it (who may not reach it, how
//! long versions are kept) is for S3 alone.

use serde_json::Value;

use super::Resources;

pub(super) fn read(resources: &Resources) -> Vec<String> {
    let named = |(id, properties): (&str, &Value)| {
        properties.get("BucketName").and_then(Value::as_str).unwrap_or(id).to_owned()
    };
    resources.of_kind("AWS::S3::Bucket").map(named).collect()
}
