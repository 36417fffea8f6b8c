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
use http::{HeaderMap, HeaderName, HeaderValue, header};

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

/// The most bytes of a path, of a query, and of all headers: API Gateway's own limit for the whole of them.
const LONGEST_TARGET: usize = 10_240;
/// The most parameters of a query. No route reads more than a handful.
const MOST_PARAMETERS: usize = 64;
/// How long a request id may be that a caller chooses.
const REQUEST_ID_LENGTHS: std::ops::RangeInclusive<usize> = 8..=64;
/// The header of a caller's own request id.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Where the gateway's id goes then. What a caller sends under this name is dropped.
const GATEWAY_REQUEST_ID: HeaderName = HeaderName::from_static("x-gateway-request-id");

/// Makes an event safe to turn into a request, or says why it cannot be one.
pub fn admit(event: &mut ApiGatewayV2httpRequest, public_url: &PublicUrl) -> Result<(), Code> {
    let path = event.raw_path.get_or_insert_with(|| "/".to_owned());
    let query = event.raw_query_string.get_or_insert_with(String::new);
    if !is_plain_path(path) || !is_plain_query(query) {
        return Err(Code::MalformedTarget);
    }
    if size_of(event) > LONGEST_TARGET {
        return Err(Code::HeadersTooLarge);
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

/// A caller may name its request (`X-Request-ID`), so that its own log and ours find each other; one that could not stand
/// in a log or is no single id is not taken. The gateway's own, which its access log has, is logged beside it.
pub(super) fn take_request_id(event: &mut ApiGatewayV2httpRequest) {
    event.headers.remove(GATEWAY_REQUEST_ID);
    let mut chosen = event.headers.get_all(X_REQUEST_ID).iter();
    let (Some(id), None) = (chosen.next(), chosen.next()) else { return };
    let Some(id) = id.to_str().ok().filter(|id| is_request_id(id)) else { return };
    let gateways = event.request_context.request_id.replace(id.to_owned());
    if let Some(Ok(gateways)) = gateways.map(HeaderValue::try_from) {
        event.headers.insert(GATEWAY_REQUEST_ID, gateways);
    }
}

/// What the gateway calls a request that its caller named.
pub(super) fn gateway_request_id(headers: &HeaderMap) -> Option<String> {
    headers.get(GATEWAY_REQUEST_ID)?.to_str().ok().map(str::to_owned)
}

fn is_request_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
    REQUEST_ID_LENGTHS.contains(&text.len()) && text.bytes().all(is_plain)
}

/// What the headers hold, as the gateway counts it; it hands cookies over apart.
fn size_of(event: &ApiGatewayV2httpRequest) -> usize {
    let lines = event.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    let cookies = event.cookies.iter().flatten().map(|cookie| cookie.len() + "; ".len());
    lines.chain(cookies).sum()
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
        && query.split('&').count() <= MOST_PARAMETERS
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
        assert!(is_plain_query(&"a=1&".repeat(63)) && !is_plain_query(&"a=1&".repeat(64)));
    }

    #[test]
    fn a_caller_names_a_request_in_plain_characters() {
        for good in ["8e03978e-40d5-43e8-bc93-6894a57f9324", "JKJaXmPLvHcESHA=", "build_17.retry-2"] {
            assert!(is_request_id(good), "{good}");
        }
        for wrong in
            ["", "short", "two, ids-", "a b c d e f", "line\nbreak1", "\u{1b}[31mred!", "é-é-é-é-é", &"x".repeat(65)]
        {
            assert!(!is_request_id(wrong), "{wrong:?}");
        }
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
