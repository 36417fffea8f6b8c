//! The event that an HTTP API hands to a function and the answer that it takes (payload format 2.0): what is read of the
//! one, and what is set of the other.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt as _;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::clock::Timestamp;

/// A request, as the gateway hands it over. Nothing in it was checked. The gateway leaves out what a request does not have;
/// tools that play its part say `null`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) raw_path: String,
    pub(super) raw_query_string: Option<String>,
    /// By name in lower case; what was sent several times is joined by commas.
    pub(super) headers: Option<BTreeMap<String, String>>,
    /// What the header of this name held, one by one.
    pub(super) cookies: Option<Vec<String>>,
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) is_base64_encoded: bool,
    pub(super) request_context: RequestContext,
}

/// What the gateway itself says of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestContext {
    pub(super) request_id: String,
    /// When it came.
    #[serde(rename = "timeEpoch", deserialize_with = "since_1970")]
    pub(super) now: Timestamp,
    pub(super) http: Http,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Http {
    pub(super) method: String,
    pub(super) source_ip: IpAddr,
}

/// A time in milliseconds since 1970.
fn since_1970<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Timestamp::from_millisecond(i64::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("no time"))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    status_code: u16,
    #[serde(serialize_with = "joined")]
    headers: &'a HeaderMap,
    cookies: Vec<Cow<'a, str>>,
    body: Cow<'a, str>,
    is_base64_encoded: bool,
}

/// The answer as the gateway reads it. A body that is no text goes as Base64.
pub(super) async fn answer(response: Response) -> Result<Box<RawValue>, lambda_runtime::Error> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    let text = std::str::from_utf8(&body);
    let cookies = parts.headers.get_all(header::SET_COOKIE).iter();
    Ok(to_raw_value(&Answer {
        status_code: parts.status.as_u16(),
        headers: &parts.headers,
        cookies: cookies.map(told).collect(),
        is_base64_encoded: text.is_err(),
        body: text.map_or_else(|_| STANDARD.encode(&body).into(), Cow::from),
    })?)
}

/// Headers by name, values of one name joined as RFC 9110, section 5.3, allows for all but cookies, which stand apart.
fn joined<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    let names = headers.keys().filter(|name| **name != header::SET_COOKIE);
    serializer.collect_map(names.map(|name| {
        let values: Vec<_> = headers.get_all(name).iter().map(told).collect();
        (name.as_str(), values.join(", "))
    }))
}

fn told(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::StatusCode;
    use serde_json::{Value, json};

    use super::*;

    async fn answered(headers: &[(&'static str, &'static str)], body: impl Into<Body>) -> Value {
        let mut response = Response::new(body.into());
        *response.status_mut() = StatusCode::CREATED;
        for (name, value) in headers {
            response.headers_mut().append(*name, HeaderValue::from_static(value));
        }
        serde_json::from_str(answer(response).await.unwrap().get()).unwrap()
    }

    #[tokio::test]
    async fn an_answer_of_text() {
        let headers = [("vary", "origin"), ("set-cookie", "a=1"), ("vary", "accept"), ("set-cookie", "b=2")];
        let expected = json!({
            "statusCode": 201, "headers": { "vary": "origin, accept" }, "cookies": ["a=1", "b=2"],
            "body": "gr\u{fc}\u{df}e", "isBase64Encoded": false,
        });
        assert_eq!(answered(&headers, "gr\u{fc}\u{df}e").await, expected);
    }

    #[tokio::test]
    async fn an_answer_of_bytes() {
        let expected = json!({
            "statusCode": 201, "headers": {}, "cookies": [], "body": "H4sIAP8=", "isBase64Encoded": true,
        });
        assert_eq!(answered(&[], vec![0x1f, 0x8b, 8, 0, 255]).await, expected);
    }

    #[test]
    fn what_a_request_need_not_have_is_left_out_or_null() {
        let least = json!({
            "rawPath": "/caf\u{e9}",
            "requestContext": {
                "requestId": "r", "timeEpoch": 0, "http": { "method": "GET", "sourceIp": "2001:db8::1" },
            },
        });
        let mut null = least.clone();
        for field in ["rawQueryString", "headers", "cookies", "body", "routeKey", "stageVariables"] {
            null[field] = Value::Null;
        }
        for event in [least, null] {
            let event: Event = serde_json::from_value(event).unwrap();
            assert_eq!((&*event.raw_path, event.raw_query_string), ("/caf\u{e9}", None));
            assert!(event.headers.is_none() && event.cookies.is_none() && event.body.is_none());
        }
    }
}
