//! Lambda's invoke API, as `cargo lambda watch` serves it.

use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::Failure;

/// Invokes functions.
#[derive(Debug, Clone)]
pub(crate) struct Lambda {
    endpoint: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// Why an invocation gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    /// The function returned an error, or panicked.
    #[error("{0}")]
    Function(Value),
    /// It took longer than the caller waits.
    #[error("no answer in time")]
    TimedOut,
    /// The function could not be reached at all.
    #[error("{0}")]
    Unreachable(String),
}

impl Lambda {
    pub(crate) fn new(endpoint: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { endpoint: endpoint.trim_end_matches('/').to_owned(), client }
    }

    /// Invokes a function by the name of its binary.
    pub(crate) async fn invoke(&self, function: &str, event: &Value, most: Duration) -> Result<Value, InvokeError> {
        let exchange = async {
            let uri = format!("{}/2015-03-31/functions/{function}/invocations", self.endpoint);
            let request = Request::post(uri)
                .header(http::header::CONTENT_TYPE, "application/json")
                .body(Full::new(Bytes::from(event.to_string())))?;
            let response: Response<Incoming> = self.client.request(request).await?;
            let status = response.status();
            let failed = response.headers().contains_key("x-amz-function-error");
            let body = response.into_body().collect().await?.to_bytes();
            Ok::<_, Failure>((status, failed, body))
        };
        let (status, failed, body) = tokio::time::timeout(most, exchange)
            .await
            .map_err(|_| InvokeError::TimedOut)?
            .map_err(|failure| InvokeError::Unreachable(failure.to_string()))?;
        let text = || String::from_utf8_lossy(&body).into_owned();
        let value = if body.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&body).ok() };
        match value {
            Some(value) if status.is_success() && !failed => Ok(value),
            // The watcher answers a function's error with 500 and Lambda's error document.
            Some(value) if failed || value.get("errorType").is_some() => Err(InvokeError::Function(value)),
            _ => Err(InvokeError::Unreachable(format!("the invoke endpoint answered {status}: {}", text()))),
        }
    }
}
