//! The gate before the router: what an honest client never sends goes no further.
//!
//! It alone lets `lambda_http` make requests of events. Path and query go on as they were sent, and only if they are what
//! our own routes could ever need, so that no two readers of them can differ. Headers that claim another host, scheme, path
//! or method end here: those come from the configuration and the gateway.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use lambda_http::request::LambdaRequest;
use lambda_http::{Body, Request};

use super::caller::Arrival;
use super::layers::{set_headers, write_problem};
use super::rate::{self, Refused, Tally};
use super::{Code, Problem};
use crate::http::codes::{HEADERS_TOO_LARGE, MALFORMED_BODY, MALFORMED_HEADERS, MALFORMED_TARGET};
use crate::kernel::Kernel;

/// Headers by which a client or proxy may claim another host, scheme, path or method. None of them is believed.
const UNTRUSTED: &[&str] = &[
    "forwarded",
    "host",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-http-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// The most bytes of a path, of a query, and of all headers: API Gateway's own limit for the whole of them.
pub(super) const LONGEST_TARGET: usize = 10_240;
/// The most parameters of a query. No route reads more than a handful.
const MOST_PARAMETERS: usize = 64;

/// Makes a request of an event, or says why it cannot be one.
///
/// `lambda_http` panics where a host, a scheme, a path or a query makes no URL, and where a body is no Base64. The paths and
/// queries that are left here stay as they are, next to a host and a scheme of its own; the body goes past it, uncopied.
pub(super) fn admit(mut event: ApiGatewayV2httpRequest) -> Result<Request, Code> {
    let query = event.raw_query_string.as_deref().unwrap_or_default();
    if !event.raw_path.as_deref().is_some_and(is_plain_path) || !is_plain_query(query) {
        return Err(MALFORMED_TARGET);
    }
    if size_of(&event) > LONGEST_TARGET {
        return Err(HEADERS_TOO_LARGE);
    }
    // An empty list would empty the header, and a cookie that no header can hold would be left out without a word.
    event.cookies = event.cookies.filter(|cookies| !cookies.is_empty());
    if event.cookies.iter().flatten().any(|cookie| HeaderValue::from_str(cookie).is_err()) {
        return Err(MALFORMED_HEADERS);
    }
    for name in UNTRUSTED {
        event.headers.remove(*name);
    }
    event.request_context.domain_name = None;
    // Or it would become the beginning of the path.
    event.request_context.stage = None;
    let body = match event.body.take() {
        Some(body) if event.is_base64_encoded => Body::Binary(STANDARD.decode(body).map_err(|_| MALFORMED_BODY)?),
        Some(body) => Body::Text(body),
        None => Body::Empty,
    };
    let mut request = Request::from(LambdaRequest::ApiGatewayV2(event));
    *request.body_mut() = body;
    Ok(request)
}

/// What the headers hold, as the gateway counts it; it hands cookies over apart.
fn size_of(event: &ApiGatewayV2httpRequest) -> usize {
    let lines = event.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    let cookies = event.cookies.iter().flatten().map(|cookie| cookie.len() + "; ".len());
    lines.chain(cookies).sum()
}

/// The answer to an event that is not admitted. It counts for who connected: of headers that may be odd, none is read.
pub(super) async fn refuse(kernel: &Kernel, arrival: &Arrival, code: Code) -> Response {
    let Arrival { request_id, connected: address, .. } = arrival;
    let client = arrival.anybody(*address, Tally::default());
    let problem = match rate::admit_visit(kernel, &client).await {
        Err(refused @ Refused::Limited(_)) => refused.into(),
        _ => Problem::new(code),
    };
    let (status, code_word) = (problem.code().status(), problem.code().slug());
    tracing::info!(request_id, route = "none", status = status.as_u16(), code = code_word, %address, "request refused at the gate");
    let mut response = problem.clone().into_response();
    write_problem(&mut response, &problem, request_id);
    rate::set_headers(&client.tally, response.headers_mut());
    set_headers(response.headers_mut(), request_id);
    response
}

/// The answer to every event while nothing may be done. It counts for nobody, since that would be doing something.
pub(super) fn unavailable(arrival: &Arrival, cause: &str) -> Response {
    tracing::error!(request_id = arrival.request_id, cause, "request refused at the gate");
    let problem = Problem::unavailable(cause);
    let mut response = problem.clone().into_response();
    write_problem(&mut response, &problem, &arrival.request_id);
    set_headers(response.headers_mut(), &arrival.request_id);
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
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

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

    /// An event of a custom domain, whose stage is not the default one.
    fn event(path: &str, query: &str) -> ApiGatewayV2httpRequest {
        let event = json!({
            "rawPath": path, "rawQueryString": query,
            "requestContext": { "domainName": "no host", "stage": "prod", "http": { "method": "PUT" } },
        });
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn claims_of_another_host_are_dropped_and_cookies_are_those_that_stand_apart() {
        let mut sent = event("/", "");
        for name in UNTRUSTED.iter().chain(&["cookie", "accept"]) {
            sent.headers.insert(*name, HeaderValue::from_static("x"));
        }
        sent.cookies = Some(vec!["a=1".into(), "b=2".into()]);
        let mut without = sent.clone();
        let request = admit(sent).unwrap();
        let kept: BTreeMap<_, _> =
            request.headers().iter().map(|(n, value)| (n.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(kept, BTreeMap::from([("accept", "x"), ("cookie", "a=1; b=2")]));
        assert_eq!((request.method().as_str(), request.uri().to_string().as_str()), ("PUT", "/"));
        without.cookies = Some(Vec::new());
        assert_eq!(admit(without).unwrap().headers()["cookie"], "x");
    }

    #[test]
    fn a_body_is_handed_on_without_a_copy() {
        let mut sent = event("/", "");
        let text = "{\"name\":\"gr\u{fc}n\"}".to_owned();
        let at = text.as_ptr();
        sent.body = Some(text);
        let request = admit(sent).unwrap();
        let Body::Text(text) = request.body() else { panic!("a text stays a text") };
        assert_eq!((text.as_str(), text.as_ptr()), ("{\"name\":\"gr\u{fc}n\"}", at));
    }

    #[test]
    fn a_body_in_base64_is_decoded_and_what_is_none_is_refused() {
        for (sent, expected) in [
            ("H4sIAP8=", Ok(vec![0x1f, 0x8b, 8, 0, 255])),
            ("", Ok(vec![])),
            ("%%%", Err(MALFORMED_BODY)),
            ("H4sIAP8", Err(MALFORMED_BODY)),
            ("H4sIAP9=", Err(MALFORMED_BODY)),
            ("H4s IAP8=", Err(MALFORMED_BODY)),
            ("\u{e9}", Err(MALFORMED_BODY)),
        ] {
            let mut event = event("/", "");
            (event.body, event.is_base64_encoded) = (Some(sent.to_owned()), true);
            assert_eq!(admit(event).map(|request| request.body().to_vec()), expected, "{sent}");
        }
    }

    #[test]
    fn every_character_is_refused_or_stays_as_it_is() {
        for character in ('\0'..='\u{ff}').map(String::from).chain((0..=255).map(|byte| format!("%{byte:02x}"))) {
            for (path, query) in
                [(format!("/a{character}/b"), String::new()), ("/".to_owned(), format!("a={character}"))]
            {
                let expected = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
                match admit(event(&path, &query)) {
                    Ok(request) => assert_eq!(request.uri().to_string(), expected),
                    Err(code) => assert_eq!(code, MALFORMED_TARGET, "{expected:?}"),
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_admitted_is_a_request_target_and_stays_as_it_is(path in "/[ -~é]{0,12}", query in "[ -~é]{0,12}") {
            if is_plain_path(&path) && is_plain_query(&query) {
                let request = admit(event(&path, &query)).unwrap();
                prop_assert_eq!(request.uri().path(), path);
                prop_assert_eq!(request.uri().query().unwrap_or_default(), query);
                prop_assert!(request.uri().authority().is_none());
            }
        }
    }
}
