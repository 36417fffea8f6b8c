//! `GET /api/openapi.json`, `GET /api/docs`: the documents made from the code of all functions.
//!
//! They are generated once, checked in and embedded, since this function does not link the others. A test holds
//! them against the routers. Embedded they are packed, and most clients take them so.

use std::io::Read as _;

use axum::response::{IntoResponse as _, Response};
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderName, header};
use latchkey::http::Problem;
use latchkey::problems;

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
pub(crate) async fn openapi(headers: HeaderMap) -> Result<Response, Problem> {
    packed(&headers, API_DOCUMENT, [(header::CONTENT_TYPE, "application/json")])
}

/// This document as a page
#[utoipa::path(
    get, path = "/api/docs", tag = "documents", operation_id = "docs",
    responses((status = 200, description = "A page without scripts.", content_type = "text/html"), DocumentProblems),
)]
pub(crate) async fn docs(headers: HeaderMap) -> Result<Response, Problem> {
    let about = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, PAGE_POLICY)];
    packed(&headers, API_PAGE, about)
}

/// A packed document, unpacked for who does not take it as it is.
fn packed<const N: usize>(
    request: &HeaderMap,
    document: &'static [u8],
    about: [(HeaderName, &'static str); N],
) -> Result<Response, Problem> {
    let common = [(header::CACHE_CONTROL, ONE_HOUR), (header::VARY, "accept-encoding")];
    if takes_gzip(request) {
        return Ok((about, common, [(header::CONTENT_ENCODING, "gzip")], document).into_response());
    }
    let mut text = String::new();
    GzDecoder::new(document).read_to_string(&mut text).map_err(Problem::internal)?;
    Ok((about, common, text).into_response())
}

/// Whether a request names gzip among what it takes (RFC 9110, section 12.5.3), and not to refuse it.
fn takes_gzip(request: &HeaderMap) -> bool {
    let named = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_goes_to_who_names_it_and_does_not_refuse_it() {
        let takes = |text: &str| takes_gzip(&[(header::ACCEPT_ENCODING, text.parse().unwrap())].into_iter().collect());
        for yes in ["gzip", "br, GZIP", "deflate;q=0.5, gzip;q=0.1", "gzip ; q=1"] {
            assert!(takes(yes), "{yes}");
        }
        for no in ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "xgzip", "*;q=0"] {
            assert!(!takes(no), "{no}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
