//! Asking a provider: each request has five seconds and a megabyte, is sent once, and follows nobody elsewhere.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use latchkey_kernel::outbound::{Outbound, OutboundError};

/// How long one request may take, to the last byte of its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
const LARGEST: usize = 1024 * 1024;

/// Why a provider does not tell who a person is. Nothing of what was sent or answered is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It cannot be reached, or is at fault itself.
    #[error("the provider is not to be had: {0}")]
    Unavailable(String),
    /// It does not know the code or token, or it is somebody else's.
    #[error("the provider refuses: {0}")]
    Refused(&'static str),
    /// What it says is not to be believed.
    #[error("the provider is not believed: {0}")]
    Distrusted(&'static str),
    /// It has no way to check such a token.
    #[error("the provider checks no such token")]
    Unsupported,
}

impl From<OutboundError> for ProviderError {
    fn from(error: OutboundError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// A provider's whole answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    body: Vec<u8>,
    /// For how long it may be kept, if it says so.
    pub(super) kept_for: Option<SignedDuration>,
}

/// Asks once. An answer that leads elsewhere, or that is a fault of the provider's, is none.
pub(super) async fn ask(outbound: &Outbound, request: Request<Bytes>) -> Result<Answer, ProviderError> {
    let asking = async {
        let reply = outbound.send(request, PATIENCE).await?;
        let status = reply.status;
        let kept_for = reply.header(&header::CACHE_CONTROL).and_then(max_age);
        if status.is_redirection() {
            return Err(ProviderError::Distrusted("it leads elsewhere"));
        }
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(ProviderError::Unavailable(format!("status {}", status.as_u16())));
        }
        Ok(Answer { status, body: reply.read(LARGEST, PATIENCE).await?, kept_for })
    };
    timeout(PATIENCE, asking).await.map_err(|_| OutboundError::TimedOut)?
}

impl Answer {
    /// The body of a success, as what it should be.
    pub(super) fn success<T: DeserializeOwned>(&self) -> Result<T, ProviderError> {
        if !self.status.is_success() {
            return Err(ProviderError::Refused("it answers with an error"));
        }
        serde_json::from_slice(&self.body).map_err(|_| ProviderError::Distrusted("its answer has another form"))
    }
}

/// `GET` with a provider's own token in the header, where no log of an address holds it.
pub(super) fn get(address: &str, token: Option<&str>) -> Result<Request<Bytes>, ProviderError> {
    let mut request = common(Request::get(address));
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, sensitive(&format!("Bearer {token}"))?);
    }
    request.body(Bytes::new()).map_err(|_| MALFORMED)
}

/// `POST` of a form, perhaps with an `Authorization`.
pub(super) fn post_form(
    address: &str,
    fields: &[(&str, &str)],
    authorization: Option<&str>,
) -> Result<Request<Bytes>, ProviderError> {
    let mut request = common(Request::post(address)).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, sensitive(authorization)?);
    }
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    request.body(form.into()).map_err(|_| MALFORMED)
}

/// `POST` of JSON with an `Authorization`.
pub(super) fn post_json(
    address: &str,
    body: &serde_json::Value,
    authorization: &str,
) -> Result<Request<Bytes>, ProviderError> {
    common(Request::post(address))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, sensitive(authorization)?)
        .body(body.to_string().into())
        .map_err(|_| MALFORMED)
}

const MALFORMED: ProviderError = ProviderError::Refused("it cannot be sent");

fn common(request: http::request::Builder) -> http::request::Builder {
    request
        .header(header::USER_AGENT, concat!("latchkey/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, "application/json")
}

fn sensitive(value: &str) -> Result<http::HeaderValue, ProviderError> {
    let mut value = http::HeaderValue::try_from(value).map_err(|_| MALFORMED)?;
    value.set_sensitive(true);
    Ok(value)
}

/// `max-age` of a `Cache-Control`.
fn max_age(value: &str) -> Option<SignedDuration> {
    let directives = value.split(',').map(str::trim);
    let seconds = directives.filter_map(|one| one.strip_prefix("max-age=")).find_map(|text| text.parse().ok())?;
    Some(SignedDuration::from_secs(seconds))
}
