//! Asking other services by HTTPS, over the SDK's own connector: one HTTP client and one TLS stack in a binary
//! (docs/decisions/own-outbound-client.md).
//!
//! What is asked is never trusted with more than it was asked for: no redirect is followed, an answer is read as far
//! as its reader says and no further, and whoever falls silent is left. Plain HTTP goes to this machine alone.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_http_client::default_connector;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, StatusCode, Uri};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

/// How long connecting to AWS or another service may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A client for other services. Cheap to clone.
#[derive(Clone, Default)]
pub struct Outbound(Arc<OnceLock<SharedHttpConnector>>);

/// Why another service gave no answer that could be used. Names no header and no part of an address that was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// It was to be asked without TLS, and is not this machine.
    #[error("the address is neither https nor of this machine")]
    Insecure,
    /// It could not be reached, or left in the middle of its answer.
    #[error("the connection failed")]
    NoConnection,
    /// It did not answer in time, or fell silent.
    #[error("no answer in time")]
    TimedOut,
    /// Its answer is larger than what is read.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// The request cannot be made.
    #[error("the request cannot be made")]
    Malformed,
}

/// The beginning of an answer; the body is still to be read.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    body: SdkBody,
}

impl Outbound {
    /// A client that reads the machine's certificates when it is first used, not before.
    pub fn new() -> Self {
        Self::default()
    }

    /// A client over a connector of somebody else's, for tests.
    pub fn over(connector: SharedHttpConnector) -> Self {
        Self(Arc::new(OnceLock::from(connector)))
    }

    /// Sends one request, once, and waits for the beginning of its answer.
    pub async fn send(&self, request: Request<Bytes>, patience: Duration) -> Result<Reply, OutboundError> {
        if !is_secure(request.uri()) {
            return Err(OutboundError::Insecure);
        }
        let request = HttpRequest::try_from(request.map(SdkBody::from)).map_err(|_| OutboundError::Malformed)?;
        let answer = timeout(patience, self.connector()?.call(request)).await.map_err(|_| OutboundError::TimedOut)?;
        let answer = answer.map_err(|error| failure(&error))?;
        let answer = answer.try_into_http1x().map_err(|_| OutboundError::Malformed)?;
        let (head, body) = answer.into_parts();
        Ok(Reply { status: head.status, headers: head.headers, body })
    }

    fn connector(&self) -> Result<SharedHttpConnector, OutboundError> {
        if let Some(connector) = self.0.get() {
            return Ok(connector.clone());
        }
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let made = default_connector(&settings, default_async_sleep()).ok_or(OutboundError::NoConnection)?;
        Ok(self.0.get_or_init(|| made).clone())
    }
}

impl Reply {
    /// The text of a header.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The next piece of the body; none at its end. Whoever sends nothing for as long as `pace` is left.
    pub async fn next(&mut self, pace: Duration) -> Result<Option<Bytes>, OutboundError> {
        loop {
            let frame = timeout(pace, self.body.frame()).await.map_err(|_| OutboundError::TimedOut)?;
            match frame {
                None => return Ok(None),
                Some(Err(_)) => return Err(OutboundError::NoConnection),
                // Trailers say nothing that is asked for.
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }

    /// The whole body, if it has at most `limit` bytes.
    pub async fn read(mut self, limit: usize, pace: Duration) -> Result<Vec<u8>, OutboundError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next(pace).await? {
            if whole.len() + piece.len() > limit {
                return Err(OutboundError::TooLarge(limit));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }
}

/// Whether nobody between here and there can listen.
pub fn is_secure(address: &Uri) -> bool {
    match address.scheme_str() {
        Some("https") => true,
        Some("http") => matches!(address.host(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    }
}

fn failure(error: &ConnectorError) -> OutboundError {
    if error.is_timeout() { OutboundError::TimedOut } else { OutboundError::NoConnection }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_leaves_this_machine() {
        for (address, secure) in [
            ("https://example.com/x", true),
            ("http://localhost:8000", true),
            ("http://127.0.0.1:9", true),
            ("http://[::1]:9/", true),
            ("http://example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("http://localhost.example.com", false),
            ("ftp://example.com", false),
            ("/path", false),
        ] {
            assert_eq!(is_secure(&address.parse().unwrap()), secure, "{address}");
        }
    }
}
