//! The gate before the router: what an honest client never sends goes no further.
//!
//! It alone makes requests of events. Path and query are taken as they were sent, and only if they are what our own
//! routes could ever need, so that no two readers of them can differ. Headers that claim another host, scheme, path or
//! method end here: those come from the configuration and the gateway.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use super::caller::Arrival;
use super::event::Event;
use super::layers::{X_REQUEST_ID, set_headers, write_problem};
use super::rate::{self, Refused, Tally};
use super::{Code, Problem};
use crate::app::App;

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
const LONGEST_TARGET: usize = 10_240;
/// The most parameters of a query. No route reads more than a handful.
const MOST_PARAMETERS: usize = 64;
/// How long a request id may be that a caller chooses.
const REQUEST_ID_LENGTHS: std::ops::RangeInclusive<usize> = 8..=64;

/// What is known of a request before it is looked at.
///
/// A caller may name its request (`X-Request-ID`), so that its own log and ours find each other; one that could not stand
/// in a log or is no single id is not taken. The gateway's own, which its access log has, is logged beside it.
pub(super) fn arrival(event: &Event) -> Arrival {
    let context = &event.request_context;
    let mut headers = event.headers.iter().flatten();
    let named = headers.find_map(|(name, id)| name.eq_ignore_ascii_case(X_REQUEST_ID.as_str()).then_some(id));
    let chosen = named.filter(|id| is_request_id(id));
    let gateways = context.request_id.clone();
    let (request_id, gateway_request_id) = match chosen {
        Some(id) => (id.clone(), Some(gateways)),
        None => (gateways, None),
    };
    Arrival { now: context.now, connected: context.http.source_ip, request_id, gateway_request_id }
}

/// Makes a request of an event, or says why it cannot be one.
pub(super) fn admit(event: Event) -> Result<Request, Code> {
    let query = event.raw_query_string.as_deref().unwrap_or_default();
    if !is_plain_path(&event.raw_path) || !is_plain_query(query) {
        return Err(Code::MalformedTarget);
    }
    if size_of(&event) > LONGEST_TARGET {
        return Err(Code::HeadersTooLarge);
    }
    let target = match query {
        "" => event.raw_path,
        query => format!("{}?{query}", event.raw_path),
    };
    let body = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded {
        STANDARD.decode(body).map_err(|_| Code::MalformedBody)?.into()
    } else {
        Body::from(body)
    };
    let mut request = Request::new(body);
    *request.uri_mut() = Uri::try_from(target).map_err(|_| Code::MalformedTarget)?;
    *request.method_mut() =
        Method::from_bytes(event.request_context.http.method.as_bytes()).map_err(|_| Code::MalformedTarget)?;
    *request.headers_mut() =
        headers(event.headers.into_iter().flatten(), event.cookies).ok_or(Code::MalformedHeaders)?;
    Ok(request)
}

/// The headers of a request; none if one of them cannot be a header (RFC 9110, section 5.5).
fn headers(sent: impl Iterator<Item = (String, String)>, cookies: Option<Vec<String>>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in sent {
        let name = HeaderName::try_from(name).ok()?;
        if !UNTRUSTED.contains(&name.as_str()) {
            headers.append(name, HeaderValue::try_from(value).ok()?);
        }
    }
    if let Some(cookies) = cookies.filter(|cookies| !cookies.is_empty()) {
        headers.insert(header::COOKIE, HeaderValue::try_from(cookies.join("; ")).ok()?);
    }
    Some(headers)
}

fn is_request_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
    REQUEST_ID_LENGTHS.contains(&text.len()) && text.bytes().all(is_plain)
}

/// What the headers hold, as the gateway counts it; it hands cookies over apart.
fn size_of(event: &Event) -> usize {
    let lines = event.headers.iter().flatten().map(|(name, value)| name.len() + value.len() + ": \r\n".len());
    let cookies = event.cookies.iter().flatten().map(|cookie| cookie.len() + "; ".len());
    lines.chain(cookies).sum()
}

/// The answer to an event that is not admitted. It counts for who connected: of headers that may be odd, none is read.
pub(super) async fn refuse(app: &App, arrival: &Arrival, code: Code) -> Response {
    let Arrival { request_id, connected: address, .. } = arrival;
    let client = arrival.anybody(*address, Tally::default());
    let problem = match rate::admit_visit(app, &client).await {
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
    fn who_claims_another_host_is_not_heard_and_cookies_are_those_that_stand_apart() {
        let sent = UNTRUSTED.iter().chain(&["cookie", "accept"]).map(|name| (name.to_uppercase(), "x".to_owned()));
        let headers = headers(sent, Some(vec!["a=1".into(), "b=2".into()])).unwrap();
        let kept: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(kept, [("cookie", "a=1; b=2"), ("accept", "x")]);
        let alone = [("cookie".to_owned(), "a=1".to_owned())];
        assert_eq!(super::headers(alone.into_iter(), Some(Vec::new())).unwrap()["cookie"], "a=1");
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
