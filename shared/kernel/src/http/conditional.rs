//! Answers to a signed-in user that a browser may keep: it asks each time whether they are still the same, and gets 304
//! where they are (RFC 9110, section 13; RFC 9111, section 5.2.2).
//!
//! The tag is a digest of the body, so that it can be no other user's by chance and changes with every byte. A 304 costs
//! what the answer costs, and saves sending it. What carries a token, a code or a secret is the answer to a POST, and
//! stays `no-store`, as anonymous answers do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;

use super::Problem;
use crate::secret::Digest;

/// Kept by the user's browser alone, which asks each time.
const OWN: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Whether a request turned out to be a signed-in user's: an extension of every request, marked by who finds it out.
#[derive(Debug, Clone, Default)]
pub struct Own(Arc<AtomicBool>);

impl Own {
    /// It is.
    pub fn mark(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_marked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is remembered of a request until it is answered.
pub(super) struct Condition {
    method: Method,
    known: Vec<HeaderValue>,
    own: Own,
}

impl Condition {
    /// Of this request, which is marked from now on when it is a signed-in user's.
    pub(super) fn of(request: &mut Request) -> Self {
        let own = Own::default();
        request.extensions_mut().insert(own.clone());
        let known = request.headers().get_all(header::IF_NONE_MATCH).iter().cloned().collect();
        Self { method: request.method().clone(), known, own }
    }

    /// The answer with its tag, or 304 where the caller has it. An answer that says itself how it may be kept stays as it
    /// is.
    pub(super) async fn apply(self, response: Response) -> Response {
        let reads = matches!(self.method, Method::GET | Method::HEAD) && self.own.is_marked();
        if !reads || response.status() != StatusCode::OK || response.headers().contains_key(header::CACHE_CONTROL) {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        parts.headers.insert(header::CACHE_CONTROL, OWN);
        // The router has dropped the body of a HEAD already: what its digest would be is not known any more.
        if self.method == Method::HEAD {
            return Response::from_parts(parts, body);
        }
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return axum::response::IntoResponse::into_response(Problem::internal(error)),
        };
        let tag = format!("\"{}\"", Digest::of(&body));
        let known = knows(&self.known, &tag);
        set_tag(&mut parts.headers, &tag);
        if !known {
            return Response::from_parts(parts, Body::from(body));
        }
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(parts, Body::empty())
    }
}

fn set_tag(headers: &mut HeaderMap, tag: &str) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
}

/// Whether one of the tags in `If-None-Match` is this one, by weak comparison (RFC 9110, section 13.1.2). A tag of ours
/// holds no comma.
fn knows(known: &[HeaderValue], tag: &str) -> bool {
    let lists = known.iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_however_it_is_listed() {
        let known = |lists: &[&'static str]| {
            let lists: Vec<_> = lists.iter().map(|list| HeaderValue::from_static(list)).collect();
            knows(&lists, "\"abc\"")
        };
        for lists in [&["\"abc\""][..], &["W/\"abc\""], &["*"], &["\"x\", \"abc\""], &["\"x\"", " \"y\" ,\"abc\" "]] {
            assert!(known(lists), "{lists:?}");
        }
        for lists in [&[][..], &[""], &["abc"], &["\"abc"], &["\"abcd\""], &["\"x\", W/\"ab\""]] {
            assert!(!known(lists), "{lists:?}");
        }
    }
}
