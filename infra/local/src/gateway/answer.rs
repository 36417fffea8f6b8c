//! A function's answer as the HTTP response a client sees.
//!
//! Payload 2.0 is generous: an answer without `statusCode` is taken as the body of a 200. What cannot be read at all
//! becomes the gateway's own 500, which is not a problem document: clients must expect that from any gateway.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE, TRANSFER_ENCODING};
use http::{Response, StatusCode};
use serde_json::Value;

/// What the gateway sends back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers; each cookie is a `set-cookie` of its own.
    pub headers: HeaderMap,
    /// The body, decoded.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads what a function returned.
    pub fn from_function(returned: &Value) -> Self {
        if returned.get("statusCode").is_none() {
            return Self::inferred(returned);
        }
        Self::read(returned).unwrap_or_else(|| Self::own(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
    }

    /// An answer of the gateway itself: `{"message": …}`, in the service's words.
    pub fn own(status: StatusCode, message: &str) -> Self {
        let body = serde_json::json!({ "message": message }).to_string().into_bytes();
        Self { status, headers: json_headers(), body }
    }

    fn inferred(returned: &Value) -> Self {
        let body = match returned {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Self { status: StatusCode::OK, headers: json_headers(), body: body.into_bytes() }
    }

    fn read(returned: &Value) -> Option<Self> {
        let code = match returned.get("statusCode")? {
            Value::String(text) => text.parse().ok()?,
            number => u16::try_from(number.as_u64()?).ok()?,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in returned.get("headers").and_then(Value::as_object).into_iter().flatten() {
            let name = HeaderName::try_from(name.as_str()).ok()?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // The gateway frames the response itself.
            if ![CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name) {
                headers.append(name, HeaderValue::from_str(&text).ok()?);
            }
        }
        for cookie in returned.get("cookies").and_then(Value::as_array).into_iter().flatten() {
            headers.append(SET_COOKIE, HeaderValue::from_str(cookie.as_str()?).ok()?);
        }
        let body = match returned.get("body") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(text)) if returned.get("isBase64Encoded") == Some(&Value::Bool(true)) => {
                STANDARD.decode(text).ok()?
            }
            Some(Value::String(text)) => text.clone().into_bytes(),
            Some(_) => return None,
        };
        if !headers.contains_key(CONTENT_TYPE) && !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
        }
        Some(Self { status: StatusCode::from_u16(code).ok()?, headers, body })
    }

    /// The same as a response of the `http` crate.
    pub fn into_response<B: From<Vec<u8>>>(self) -> Response<B> {
        let mut response = Response::new(B::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cookies_become_headers_of_their_own_and_base64_bodies_bytes() {
        let answer = Answer::from_function(&json!({
            "statusCode": 201, "headers": {"Content-Type": "application/zip", "x-n": 3, "content-length": "99"},
            "cookies": ["a=1; Path=/", "b=2"], "body": "AAH/", "isBase64Encoded": true,
        }));
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.headers.get_all(SET_COOKIE).iter().collect::<Vec<_>>(), ["a=1; Path=/", "b=2"]);
        assert_eq!(answer.headers["x-n"], "3");
        assert_eq!(answer.headers.get(CONTENT_LENGTH), None);
        assert_eq!(answer.body, [0, 1, 255]);
    }

    #[test]
    fn an_answer_without_a_status_is_the_body_of_a_200() {
        let answer = Answer::from_function(&json!({"hello": "there"}));
        assert_eq!((answer.status, answer.body), (StatusCode::OK, br#"{"hello":"there"}"#.to_vec()));
        assert_eq!(answer.headers[CONTENT_TYPE], "application/json");
    }

    #[test]
    fn an_unreadable_answer_is_the_gateways_500() {
        for returned in [
            json!({"statusCode": "abc"}),
            json!({"statusCode": 99999}),
            json!({"statusCode": 200, "headers": {"bad name": "x"}}),
            json!({"statusCode": 200, "headers": {"x": "line\nbreak"}}),
            json!({"statusCode": 200, "body": "not base64!", "isBase64Encoded": true}),
        ] {
            let answer = Answer::from_function(&returned);
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{returned}");
            assert_eq!(answer.body, br#"{"message":"Internal Server Error"}"#);
        }
    }
}
