//! The HTTP API: from a socket to a function and back, within API Gateway's limits and in its words.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use latchkey_local::gateway::{Answer, Incoming};
use latchkey_local::routing::Routes;
use latchkey_local::template::Cors;

use crate::clock::LocalClock;
use crate::http_server::Whole;
use crate::lambda::{InvokeError, Lambda};

const LARGEST_BODY: usize = 10 * 1024 * 1024;
const LARGEST_HEAD: usize = 10_240;
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Only this gateway believes it: journeys play many people from one machine.
const SOURCE_ADDRESS: HeaderName = HeaderName::from_static("x-local-source-address");
const REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// The gateway of one API.
pub(crate) struct Gateway {
    pub(crate) routes: Routes,
    pub(crate) cors: Option<Cors>,
    pub(crate) lambda: Lambda,
    pub(crate) clock: Arc<LocalClock>,
    pub(crate) served: AtomicU64,
}

impl Gateway {
    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<hyper::body::Incoming>, peer: SocketAddr) -> Response<Whole> {
        let (head, body) = request.into_parts();
        let request_id = self.request_id();
        let preflight = self.cors.as_ref().and_then(|cors| cors.preflight(&head.method, &head.headers));
        let mut answer = match preflight {
            Some(answer) => answer,
            None => match self.read(head.clone(), body, peer, &request_id).await {
                Ok(incoming) => self.forward(&incoming).await,
                Err(refusal) => refusal,
            },
        };
        if let Some(cors) = self.cors.as_ref().filter(|_| head.method != http::Method::OPTIONS) {
            cors.apply(&head.headers, &mut answer.headers);
        }
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            answer.headers.insert(REQUEST_ID, id);
        }
        answer.into_response()
    }

    async fn read(
        &self,
        mut head: http::request::Parts,
        body: hyper::body::Incoming,
        peer: SocketAddr,
        request_id: &str,
    ) -> Result<Incoming, Answer> {
        if size_of_head(&head) > LARGEST_HEAD {
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Err(Answer::own(status, "Request Header Fields Too Large"));
        }
        let source = source_address(&mut head.headers, peer.ip())
            .map_err(|problem| Answer::own(StatusCode::BAD_REQUEST, problem))?;
        let body = Limited::new(body, LARGEST_BODY).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Answer::own(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
            } else {
                Answer::own(StatusCode::BAD_REQUEST, "Bad Request")
            }
        })?;
        Ok(Incoming {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body: body.to_bytes().to_vec(),
            source,
            at: self.clock.now(),
            request_id: request_id.to_owned(),
        })
    }

    async fn forward(&self, incoming: &Incoming) -> Answer {
        let Some(route) = self.routes.choose(&incoming.method, &incoming.path) else {
            return Answer::own(StatusCode::NOT_FOUND, "Not Found");
        };
        match self.lambda.invoke(&route.function, &incoming.event(&route), LONGEST_WAIT).await {
            Ok(returned) => Answer::from_function(&returned),
            Err(error) => {
                eprintln!("{} ({}): {error}", route.function, route.route_key);
                match error {
                    InvokeError::Function(_) => Answer::own(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
                    InvokeError::TimedOut | InvokeError::Unreachable(_) => {
                        Answer::own(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
                    }
                }
            }
        }
    }

    /// Unique on this machine and readable in logs: when, and the how-manyth.
    fn request_id(&self) -> String {
        let count = self.served.fetch_add(1, Ordering::Relaxed);
        format!("local-{:x}-{count:x}", LocalClock::machine().as_microsecond())
    }
}

/// Request line and headers, as the quota counts them.
fn size_of_head(head: &http::request::Parts) -> usize {
    let line = head.method.as_str().len() + head.uri.to_string().len() + "  HTTP/1.1\r\n".len();
    head.headers.iter().fold(line, |sum, (name, value)| sum + name.as_str().len() + value.len() + ": \r\n".len())
}

fn source_address(headers: &mut HeaderMap, peer: IpAddr) -> Result<IpAddr, &'static str> {
    let Some(claimed) = headers.remove(SOURCE_ADDRESS) else {
        return Ok(peer.to_canonical());
    };
    // A typing mistake here would make a rate limit test pass for the wrong reason.
    claimed.to_str().ok().and_then(|text| text.trim().parse().ok()).ok_or("X-Local-Source-Address is not an IP address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_source_address_replaces_the_peer_and_goes_no_further() {
        let peer: IpAddr = "127.0.0.1".parse().unwrap();
        let mut headers = HeaderMap::from_iter([(SOURCE_ADDRESS, HeaderValue::from_static("2001:db8::7"))]);
        assert_eq!(source_address(&mut headers, peer).unwrap().to_string(), "2001:db8::7");
        assert!(headers.is_empty());
        assert_eq!(source_address(&mut headers, peer), Ok(peer));
        headers.insert(SOURCE_ADDRESS, HeaderValue::from_static("localhost"));
        assert!(source_address(&mut headers, peer).is_err());
    }
}
