//! Trusted clients: where the owner configured keys, the API is not there for who shows none.
//!
//! Only digests of the keys are configured, so that neither the template nor a function's settings tell a key. Two at a
//! time let clients change from one to the other. What is not told to strangers is told in the same words as what does not
//! exist: every path below `/api` is 404, whether or not a route has it. Routes that a browser opens by itself, or that
//! strangers must reach, declare that they are open; pages and discovery lie outside `/api`.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName};

use super::Problem;
use crate::http::codes::NOT_FOUND;
use crate::secret::Digest;

/// Where a client shows its key.
const X_CLIENT_KEY: HeaderName = HeaderName::from_static("x-client-key");

/// Whom the API is there for.
#[derive(Clone)]
pub(super) struct Trusted {
    keys: Arc<[Digest]>,
    open: Arc<BTreeSet<String>>,
}

impl Trusted {
    /// The clients that show one of these keys; everybody, on these paths or where there are no keys.
    pub(super) fn new(keys: &[Digest], open: BTreeSet<String>) -> Self {
        Self { keys: keys.into(), open: open.into() }
    }

    /// Whether the sender of a request may know what is there.
    fn may_know(&self, request: &Request) -> bool {
        let path = request.uri().path();
        let concerned = !self.keys.is_empty() && (path == "/api" || path.starts_with("/api/"));
        let route = request.extensions().get::<MatchedPath>();
        !concerned || route.is_some_and(|route| self.open.contains(route.as_str())) || self.knows(request.headers())
    }

    /// Whether the request shows one of the keys, once. Each is compared, in the same time whether or not it fits.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let mut shown = headers.get_all(X_CLIENT_KEY).iter();
        let (Some(key), None) = (shown.next(), shown.next()) else { return false };
        let shown = Digest::of(key.as_bytes());
        self.keys.iter().filter(|key| **key == shown).count() > 0
    }
}

/// Answers who is not trusted as if there were nothing.
pub(super) async fn require(State(trusted): State<Trusted>, request: Request, next: Next) -> Response {
    if trusted.may_know(&request) { next.run(request).await } else { Problem::new(NOT_FOUND).into_response() }
}
