//! `GET /api/openapi.json`, `GET /api/docs`: the documents made from the code of all functions.
//!
//! They are generated once, checked in and embedded, since this function does not link the others. A test holds
//! them against the routers. They are embedded packed and go out packed, whatever the request accepts: browsers and tools
//! all know gzip, and unpacked they are eighteen times as large, which anybody could ask for without end.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, header};
use latchkey_kernel::problems;

use crate::keys::ONE_HOUR;

const API_DOCUMENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz"));
const API_PAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/api.html.gz"));

/// The page has one style sheet, inside it, and nothing else that loads.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

problems!(DocumentProblems:);

/// This document
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "documents", operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1.", content_type = "application/json"), DocumentProblems),
)]
pub(crate) async fn openapi() -> Response {
    packed(API_DOCUMENT, [(header::CONTENT_TYPE, "application/json")])
}

/// This document as a page
#[utoipa::path(
    get, path = "/api/docs", tag = "documents", operation_id = "docs",
    responses((status = 200, description = "A page without scripts.", content_type = "text/html"), DocumentProblems),
)]
pub(crate) async fn docs() -> Response {
    let about = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, PAGE_POLICY)];
    packed(API_PAGE, about)
}

/// A packed document.
fn packed<const N: usize>(document: &'static [u8], about: [(HeaderName, &'static str); N]) -> Response {
    let common = [(header::CACHE_CONTROL, ONE_HOUR), (header::CONTENT_ENCODING, "gzip")];
    (about, common, document).into_response()
}
