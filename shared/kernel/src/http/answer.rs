//! Writes the answer that an HTTP API takes from a function (payload format 2.0).
//!
//! Not by `lambda_http`: its writer (1.3.2) sends only the first value of a header that was set several times, such as
//! `Vary`, and panics where a body cannot be read (docs/decisions/own-answer-writer.md).
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::borrow::Cow;

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt as _;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

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
}
