//! Reads the event that an HTTP API hands to a function (payload format 2.0).
//!
//! The type is AWS's own, from `aws_lambda_events`; the gate checks it, and `lambda_http` makes a request of it. Its header
//! map takes only what an HTTP message can have: any other header makes the whole event unreadable, and more than 24,576
//! headers make the map panic. Both are found here, so that such a request is answered and counted like any other.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use http::{HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::value::RawValue;
use serde_json::{Error, Map, Value};

use super::Code;
use super::caller::Arrival;
use super::gate::LONGEST_TARGET;
use super::layers::X_REQUEST_ID;
use crate::clock::Timestamp;
use crate::http::codes::{HEADERS_TOO_LARGE, MALFORMED_HEADERS, MALFORMED_TARGET};

/// How many bytes of JSON the headers may take. What the gate admits takes at most six for each of its own (an escape);
/// 24,577 headers of different names take more.
const LONGEST_HEADERS: usize = 6 * LONGEST_TARGET;
/// How long a request id may be that a caller chooses.
const REQUEST_ID_LENGTHS: std::ops::RangeInclusive<usize> = 8..=64;

/// An event that was read.
pub(super) struct Event {
    pub(super) request: ApiGatewayV2httpRequest,
    pub(super) arrival: Arrival,
    /// Why no request can be made of it: `request` is then without the headers or the method that none can have.
    pub(super) refused: Option<Code>,
}

/// Reads an event. It fails for what is none of an HTTP API; the error may quote the event, which may hold a password.
pub(super) fn read(payload: &str) -> Result<Event, Error> {
    let (request, refused) = match read_possible(payload) {
        Ok(request) => (request, None),
        Err(error) => read_impossible(payload).map(|(request, code)| (request, Some(code))).ok_or(error)?,
    };
    let arrival =
        arrival(&request).ok_or_else(|| Error::custom("an event lacks its path, id, time or source address"))?;
    Ok(Event { request, arrival, refused })
}

fn read_possible(payload: &str) -> Result<ApiGatewayV2httpRequest, Error> {
    #[derive(Deserialize)]
    struct Outline<'a> {
        #[serde(borrow)]
        headers: Option<&'a RawValue>,
    }
    if payload.len() > LONGEST_HEADERS {
        let Outline { headers } = serde_json::from_str(payload)?;
        if headers.is_some_and(|headers| headers.get().len() > LONGEST_HEADERS) {
            return Err(Error::custom("the headers are too large"));
        }
    }
    serde_json::from_str(payload)
}

/// The rest of an event whose headers or method cannot be read, and what was wrong with them; none if that was not it.
fn read_impossible(payload: &str) -> Option<(ApiGatewayV2httpRequest, Code)> {
    let mut event: Value = serde_json::from_str(payload).ok()?;
    let method = event.pointer_mut("/requestContext/http/method")?;
    let has_method = is_method(method.as_str()?);
    *method = Method::GET.as_str().into();
    let mut none = Map::new();
    let headers = event.get_mut("headers").and_then(Value::as_object_mut).unwrap_or(&mut none);
    let sent = headers.len();
    let size: usize = headers.iter().map(|(name, value)| name.len() + value.as_str().map_or(0, str::len)).sum();
    headers.retain(|name, value| size <= LONGEST_TARGET && is_header(name, value));
    let code = match headers.len() {
        _ if !has_method => MALFORMED_TARGET,
        _ if size > LONGEST_TARGET => HEADERS_TOO_LARGE,
        kept if kept < sent => MALFORMED_HEADERS,
        _ => return None,
    };
    Some((serde_json::from_value(event).ok()?, code))
}

fn is_method(method: &str) -> bool {
    Method::from_bytes(method.as_bytes()).is_ok()
}

/// Whether an HTTP message can have this header (RFC 9110, section 5.5). One whose value is no text is none of an event's.
fn is_header(name: &str, value: &Value) -> bool {
    let is_value = value.as_str().is_none_or(|value| HeaderValue::from_str(value).is_ok());
    HeaderName::from_bytes(name.as_bytes()).is_ok() && is_value
}

/// What is known of a request before it is looked at.
///
/// A caller may name its request (`X-Request-ID`), so that its own log and ours find each other; one that could not stand
/// in a log or is no single id is not taken. The gateway's own, which its access log has, is logged beside it.
fn arrival(event: &ApiGatewayV2httpRequest) -> Option<Arrival> {
    event.raw_path.as_ref()?;
    let context = &event.request_context;
    // An event without its time reads as one of 1970.
    let now = Timestamp::from_millisecond(context.time_epoch).filter(|_| context.time_epoch > 0)?;
    let connected = context.http.source_ip.as_ref()?.parse().ok()?;
    let gateways = context.request_id.clone()?;
    let named = event.headers.get(X_REQUEST_ID).and_then(|id| id.to_str().ok());
    let (request_id, gateway_request_id) = match named.filter(|id| is_request_id(id)) {
        Some(id) => (id.to_owned(), Some(gateways)),
        None => (gateways, None),
    };
    Some(Arrival { now, connected, request_id, gateway_request_id })
}

fn is_request_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
    REQUEST_ID_LENGTHS.contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The least that an event has.
    fn least() -> Value {
        json!({
            "rawPath": "/caf\u{e9}",
            "requestContext": {
                "requestId": "r", "timeEpoch": 1, "http": { "method": "GET", "sourceIp": "2001:db8::1" },
            },
        })
    }

    fn refusal(event: &Value) -> Option<Code> {
        read(&event.to_string()).unwrap().refused
    }

    #[test]
    fn what_a_request_need_not_have_is_left_out_or_null() {
        let mut null = least();
        for field in [
            "rawQueryString",
            "headers",
            "cookies",
            "body",
            "routeKey",
            "queryStringParameters",
            "pathParameters",
            "stageVariables",
        ] {
            null[field] = Value::Null;
        }
        for event in [least(), null] {
            let Event { request, arrival, refused } = read(&event.to_string()).unwrap();
            assert_eq!((request.raw_path.as_deref(), refused), (Some("/caf\u{e9}"), None));
            assert!(request.headers.is_empty() && request.cookies.is_none() && request.body.is_none());
            assert_eq!((arrival.now.as_millisecond(), arrival.request_id.as_str()), (1, "r"));
            assert_eq!(arrival.connected.to_string(), "2001:db8::1");
        }
    }

    #[test]
    fn an_event_whose_headers_no_message_can_have_is_known_by_the_rest() {
        let mut event = least();
        event["headers"] = json!({ "X-Request-ID": "front-end.one", "accept": "*/*", "x-odd": "a\r\nb: c", "y:": "" });
        let Event { request, arrival, refused } = read(&event.to_string()).unwrap();
        assert_eq!(refused, Some(MALFORMED_HEADERS));
        assert_eq!(request.headers.keys_len(), 2);
        assert_eq!((arrival.request_id.as_str(), arrival.gateway_request_id.as_deref()), ("front-end.one", Some("r")));
        event["requestContext"]["http"]["method"] = json!("G T");
        assert_eq!(refusal(&event), Some(MALFORMED_TARGET));
    }

    #[test]
    fn more_headers_than_a_map_can_hold_are_refused() {
        let mut event = least();
        event["headers"] = (0..40_000).map(|n| (format!("x-{n}"), json!(""))).collect::<Map<_, _>>().into();
        assert_eq!(refusal(&event), Some(HEADERS_TOO_LARGE));
        event["headers"] = json!({ "x-padding": "\u{7f}".repeat(LONGEST_HEADERS) });
        assert_eq!(refusal(&event), Some(HEADERS_TOO_LARGE));
        event["headers"] = Value::Null;
        event["body"] = json!("x".repeat(2 * LONGEST_HEADERS));
        assert_eq!(refusal(&event), None, "a body may be longer");
    }

    #[test]
    fn only_headers_and_the_method_are_left_out_of_what_cannot_be_read() {
        let with = |field: &str, value: Value| {
            let mut event = least();
            event[field] = value;
            event.to_string()
        };
        let least = least().to_string();
        for odd in [
            with("headers", json!({ "a": 1 })),
            with("headers", json!({ "a": ["\n"] })),
            with("headers", json!([])),
            with("cookies", json!("a=1")),
            with("body", json!({})),
            with("isBase64Encoded", Value::Null),
            with("rawPath", Value::Null),
            least.replace("\"timeEpoch\":1", "\"timeEpoch\":0"),
            least.replace("2001:db8::1", "somewhere"),
            least.replace('{', "{\"rawPath\":\"/\","),
            "[".repeat(200),
            String::new(),
        ] {
            assert!(read(&odd).is_err(), "{odd}");
        }
        assert!(read(&least).is_ok());
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
}
