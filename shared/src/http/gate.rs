//! The gate before the router: what an honest client never sends goes no further.
//!
//! `lambda_http` builds the URI from the `Host` and `X-Forwarded-Proto` headers and the raw path, by the rules of
//! browsers: dot segments are resolved, backslashes become slashes, and some bytes make it panic. So the path and
//! query are checked first, against what our own routes could ever need, and host and scheme are set from the
//! configuration. A poisoned header ends here, too.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, header};

use super::layers::set_headers;
use super::{Code, Problem};
use crate::config::PublicUrl;

/// Headers by which a client or proxy may claim another host, scheme, path or method. None of them is believed.
const UNTRUSTED: &[&str] = &[
    "forwarded",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-http-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// The most bytes of a path and of a query: API Gateway's own limit for the whole request line and headers.
const LONGEST_TARGET: usize = 10_240;

/// Makes an event safe to turn into a request, or says why it cannot be one.
pub fn admit(event: &mut ApiGatewayV2httpRequest, public_url: &PublicUrl) -> Result<(), Code> {
    let path = event.raw_path.get_or_insert_with(|| "/".to_owned());
    let query = event.raw_query_string.get_or_insert_with(String::new);
    if !is_plain_path(path) || !is_plain_query(query) {
        return Err(Code::MalformedTarget);
    }
    if event.is_base64_encoded && event.body.as_ref().is_some_and(|body| STANDARD.decode(body).is_err()) {
        return Err(Code::MalformedBody);
    }
    let host = HeaderValue::from_str(public_url.authority()).map_err(|_| Code::Internal)?;
    let scheme = HeaderValue::from_str(public_url.scheme()).map_err(|_| Code::Internal)?;
    for name in UNTRUSTED {
        event.headers.remove(*name);
    }
    event.headers.insert(header::HOST, host);
    event.headers.insert("x-forwarded-proto", scheme);
    // The stage would otherwise become a part of the path.
    event.request_context.stage = Some("$default".to_owned());
    Ok(())
}

/// The answer to an event that is not admitted.
pub fn refuse(event: &ApiGatewayV2httpRequest, code: Code) -> ApiGatewayV2httpResponse {
    let request_id = event.request_context.request_id.as_deref().unwrap_or_default();
    let document = Problem::new(code).document(request_id);
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(document.status);
    response.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    set_headers(&mut response.headers, request_id);
    let (status, code) = (document.status, &document.code);
    let address = event.request_context.http.source_ip.as_deref();
    tracing::info!(request_id, route = "none", status, code, address, "request refused at the gate");
    response.body = serde_json::to_string(&document).ok().map(Body::Text);
    response
}

/// Segments of unreserved characters, sub-delimiters and escapes (RFC 3986, section 3.3), but no escape that
/// stands for a slash, a backslash, a dot or a control character, no empty segment and no dot segment.
fn is_plain_path(path: &str) -> bool {
    if path.len() > LONGEST_TARGET {
        return false;
    }
    let Some(rest) = path.strip_prefix('/') else { return false };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let whole = path == "/" || rest.split('/').all(|segment| !matches!(segment, "" | "." | ".."));
    whole && path.bytes().all(is_path_byte) && escapes(path).all(|byte| byte.is_some_and(is_harmless_escape))
}

fn is_plain_query(query: &str) -> bool {
    query.len() <= LONGEST_TARGET
        && query
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'#' | b'\\' | b'`'))
        && escapes(query).all(|byte| byte.is_some())
}

fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@".contains(&byte)
}

fn is_harmless_escape(byte: u8) -> bool {
    !byte.is_ascii_control() && !matches!(byte, b'/' | b'\\' | b'.' | b'%' | b'?' | b'#')
}

/// What each `%` stands for; none where two hexadecimal digits do not follow.
fn escapes(text: &str) -> impl Iterator<Item = Option<u8>> {
    text.split('%').skip(1).map(|rest| {
        let digits = rest.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u8::from_str_radix(digits, 16).ok()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn odd_paths_are_refused() {
        for odd in [
            "",
            "api",
            "//",
            "//api",
            "/api//token",
            "/api/./x",
            "/api/../admin",
            "/api/..",
            "/api/%2e%2e/admin",
            "/api/%2E/x",
            "/api\\token",
            "/api%5ctoken",
            "/api%2ftoken",
            "/api/a?b",
            "/api/a#b",
            "/api/a b",
            "/api/\u{0}",
            "/api/%00",
            "/api/%0d%0a",
            "/api/%",
            "/api/%4",
            "/api/%zz",
            "/api/é",
            "/api/\"",
            "/api/<",
            "/api/%252e",
        ] {
            assert!(!is_plain_path(odd), "{odd:?}");
        }
    }

    #[test]
    fn paths_of_routes_are_admitted_with_and_without_a_slash_at_the_end() {
        for plain in
            ["/", "/api/auth/token", "/api/auth/token/", "/.well-known/jwks.json", "/api/users/a%20b", "/x@y:z"]
        {
            assert!(is_plain_path(plain), "{plain:?}");
        }
    }

    #[test]
    fn odd_queries_are_refused() {
        for odd in ["a b", "a=<b", "a=\"", "a=%", "a=%g1", "a=\u{7f}", "a=é", "a#b"] {
            assert!(!is_plain_query(odd), "{odd:?}");
        }
        assert!(is_plain_query("token=lkc_a-b_c&limit=20&x=%C3%A9&y[]=1"));
    }

    proptest! {
        #[test]
        fn what_is_admitted_is_a_request_target_and_stays_as_it_is(path in "/[ -~é]{0,12}", query in "[ -~é]{0,12}") {
            if is_plain_path(&path) && is_plain_query(&query) {
                let target = format!("{path}?{query}");
                let parsed: http::uri::PathAndQuery = target.parse().unwrap();
                prop_assert_eq!(parsed.path(), path);
            }
        }
    }
}
