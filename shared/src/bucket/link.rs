//! Letting somebody without credentials read one object for a few minutes: a presigned URL.
//!
//! Whoever has it may do what it says until it expires, or until the credentials of the function that signed it do. S3
//! answers with the headers that the signature names, so nobody can make another file of it.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http::Method;

use super::{Bucket, BucketError, system_time};
use crate::clock::system_now;

impl Bucket {
    /// The address under which an object is served as a file of this name (ASCII, without quotation marks) for so long.
    /// No request is made.
    pub async fn link(
        &self,
        key: &str,
        file_name: &str,
        content_type: &str,
        life: Duration,
    ) -> Result<String, BucketError> {
        let disposition = format!("attachment; filename=\"{file_name}\"");
        let query = [
            ("response-cache-control", "private, no-store"),
            ("response-content-disposition", disposition.as_str()),
            ("response-content-type", content_type),
        ];
        let request = self.operation(Method::GET, key, &query).body(Bytes::new());
        let mut request = request.map_err(|_| BucketError::Unsigned)?;
        let credentials = self.0.credentials.provide_credentials().await.map_err(|_| BucketError::NoCredentials)?;
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(life);
        let identity = Identity::from(credentials);
        // As of every signature: S3 goes by its own clock, whatever an event says.
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.0.region)
            .name("s3")
            .time(system_time(system_now()))
            .settings(settings)
            .build()
            .map_err(|_| BucketError::Unsigned)?
            .into();
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            std::iter::empty(),
            SignableBody::UnsignedPayload,
        );
        let signed = sign(signable.map_err(|_| BucketError::Unsigned)?, &parameters);
        let (instructions, _) = signed.map_err(|_| BucketError::Unsigned)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.uri().to_string())
    }
}
