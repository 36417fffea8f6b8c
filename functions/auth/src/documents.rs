//! `GET /api/openapi.json`, `GET /api/docs`: the documents made from the code of all functions.
//!
//! They are generated once, checked in and embedded, since this function does not link the others. A test holds
//! them against the routers.

use axum::response::{IntoResponse, Response};
use http::header;
use latchkey::problems;

use crate::keys::ONE_HOUR;

/// The OpenAPI document of the whole API.
pub const API_DOCUMENT: &str = include_str!("../../../docs/generated/openapi.json");
const API_PAGE: &str = include_str!("../../../docs/generated/api.html");

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
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, ONE_HOUR)], API_DOCUMENT).into_response()
}

/// This document as a page
#[utoipa::path(
    get, path = "/api/docs", tag = "documents", operation_id = "docs",
    responses((status = 200, description = "A page without scripts.", content_type = "text/html"), DocumentProblems),
)]
pub(crate) async fn docs() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, ONE_HOUR),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
    ];
    (headers, API_PAGE).into_response()
}
