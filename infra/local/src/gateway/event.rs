//! The event an HTTP API hands to a function (payload format 2.0).
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
//! What that page leaves open follows what the service does: `rawPath` arrives percent-decoded, forms and other
//! bodies that are not text arrive in base64, and cookies leave the headers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONNECTION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderValue, Method};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::routing::Chosen;

/// Headers that belong to one connection; the gateway ends it and passes none of them on.
const HOP_BY_HOP: [HeaderName; 5] = [
    CONNECTION,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// An HTTP request as it reached the gateway.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The method.
    pub method: Method,
    /// The path as sent, still percent-encoded.
    pub path: String,
    /// The query as sent, without its question mark; empty when there is none.
    pub query: String,
    /// The headers as sent.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// Where the request came from.
    pub source: IpAddr,
    /// When it came.
    pub at: Timestamp,
    /// The gateway's id for it.
    pub request_id: String,
}

impl Incoming {
    /// The event for the function of the chosen route. AWS's own type of it, `ApiGatewayV2httpRequest`, reads it.
    pub fn event(&self, route: &Chosen) -> Value {
        let path = percent_decode_str(&self.path).decode_utf8_lossy();
        let mut event = json!({
            "version": "2.0",
            "routeKey": route.route_key,
            "rawPath": path,
            "rawQueryString": self.query,
            "headers": self.event_headers(),
            "requestContext": self.context(&route.route_key, &path),
            "isBase64Encoded": false,
        });
        // AWS leaves out what a request does not have, rather than sending null.
        if let Some(object) = event.as_object_mut() {
            let cookies = self.cookies();
            if !cookies.is_empty() {
                object.insert("cookies".into(), json!(cookies));
            }
            let parameters = self.query_parameters();
            if !parameters.is_empty() {
                object.insert("queryStringParameters".into(), json!(parameters));
            }
            if !route.path_parameters.is_empty() {
                object.insert("pathParameters".into(), json!(route.path_parameters));
            }
            if !self.body.is_empty() {
                let (body, encoded) = self.event_body();
                object.insert("body".into(), Value::from(body));
                object.insert("isBase64Encoded".into(), Value::from(encoded));
            }
        }
        event
    }

    fn context(&self, route_key: &str, path: &str) -> Value {
        let time = self.at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string();
        json!({
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": self.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": self.source.to_string(),
                "userAgent": self.joined(&http::header::USER_AGENT).unwrap_or_default(),
            },
            "requestId": self.request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": time,
            "timeEpoch": self.at.as_millisecond(),
        })
    }

    /// Lower-case names, repeated headers joined with a comma, and what the gateway adds.
    fn event_headers(&self) -> Map<String, Value> {
        let mut headers = Map::new();
        for name in self.headers.keys().filter(|name| **name != COOKIE && !HOP_BY_HOP.contains(name)) {
            if let Some(value) = self.joined(name) {
                headers.insert(name.as_str().to_owned(), Value::from(value));
            }
        }
        let source = self.source.to_string();
        let forwarded = match self.joined(&HeaderName::from_static("x-forwarded-for")) {
            // The client's own claim stays in front, as on AWS: only the last entry is the gateway's word.
            Some(claimed) => format!("{claimed}, {source}"),
            None => source,
        };
        headers.insert("x-forwarded-for".into(), Value::from(forwarded));
        headers.insert("x-forwarded-proto".into(), Value::from("http"));
        headers.insert("content-length".into(), Value::from(self.body.len().to_string()));
        headers.insert("x-amzn-trace-id".into(), Value::from(format!("Root=1-{}", self.request_id)));
        headers
    }

    fn joined(&self, name: &HeaderName) -> Option<String> {
        let values: Vec<Cow<'_, str>> = self.headers.get_all(name).iter().map(text).collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    fn cookies(&self) -> Vec<String> {
        self.headers
            .get_all(COOKIE)
            .iter()
            .flat_map(|value| text(value).split(';').map(|pair| pair.trim().to_owned()).collect::<Vec<_>>())
            .filter(|pair| !pair.is_empty())
            .collect()
    }

    /// Decoded; a repeated name's values are joined with a comma, in their order.
    fn query_parameters(&self) -> BTreeMap<String, String> {
        let mut parameters: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(self.query.as_bytes()) {
            parameters
                .entry(name.into_owned())
                .and_modify(|earlier| {
                    earlier.push(',');
                    earlier.push_str(&value);
                })
                .or_insert_with(|| value.into_owned());
        }
        parameters
    }

    fn event_body(&self) -> (String, bool) {
        let media_type = self.joined(&CONTENT_TYPE).unwrap_or_default();
        match std::str::from_utf8(&self.body) {
            Ok(body) if is_text(&media_type) => (body.to_owned(), false),
            _ => (STANDARD.encode(&self.body), true),
        }
    }
}

/// The media types that travel as text; a form is not among them.
fn is_text(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&essence.as_str())
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
}

fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::apigw::ApiGatewayV2httpRequest;

    use super::*;

    fn incoming(method: Method, path: &str, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Incoming {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        Incoming {
            method,
            path: path.into(),
            query: query.into(),
            headers: map,
            body: body.to_vec(),
            source: "203.0.113.7".parse().unwrap(),
            at: "2026-11-21T15:08:21.067Z".parse().unwrap(),
            request_id: "r1".into(),
        }
    }

    fn route() -> Chosen {
        Chosen {
            route_key: "ANY /api/users/{id}".into(),
            path_parameters: BTreeMap::from([("id".into(), "7".into())]),
            function: "users".into(),
        }
    }

    #[test]
    fn an_event_reads_as_the_type_that_aws_publishes() {
        let headers = [("Host", "localhost:8000"), ("Content-Type", "application/json"), ("User-Agent", "curl/8")];
        let event = incoming(Method::POST, "/api/users/7", "a=1&b=x%20y&a=2", &headers, b"{\"x\":1}").event(&route());
        let event: ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
        assert_eq!(event.version.as_deref(), Some("2.0"));
        assert_eq!(event.route_key.as_deref(), Some("ANY /api/users/{id}"));
        assert_eq!(event.path_parameters["id"], "7");
        assert_eq!(event.raw_query_string.as_deref(), Some("a=1&b=x%20y&a=2"));
        assert_eq!(event.query_string_parameters.first("b"), Some("x y"));
        assert_eq!(event.body.as_deref(), Some("{\"x\":1}"));
        assert!(!event.is_base64_encoded);
        assert_eq!(event.request_context.time_epoch, 1_795_273_701_067);
        assert_eq!(event.request_context.time.as_deref(), Some("21/Nov/2026:15:08:21 +0000"));
        assert_eq!(event.request_context.http.source_ip.as_deref(), Some("203.0.113.7"));
        assert_eq!(event.request_context.http.user_agent.as_deref(), Some("curl/8"));
    }

    #[test]
    fn repeated_headers_and_parameters_are_joined_and_cookies_are_listed_apart() {
        let headers = [("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1; b=2"), ("Cookie", "c=3"), ("Connection", "close")];
        let event = incoming(Method::GET, "/", "a=1&a=2", &headers, b"").event(&route());
        assert_eq!(event["headers"]["x-a"], "1,2");
        assert_eq!(event["headers"].get("cookie"), None);
        assert_eq!(event["headers"].get("connection"), None);
        assert_eq!(event["cookies"], json!(["a=1", "b=2", "c=3"]));
        assert_eq!(event["queryStringParameters"]["a"], "1,2");
        assert_eq!(event.get("body"), None);
    }

    #[test]
    fn the_path_arrives_decoded_and_the_query_does_not() {
        let event = incoming(Method::GET, "/api/%61uth%2Fme", "q=%61", &[], b"").event(&route());
        assert_eq!(event["rawPath"], "/api/auth/me");
        assert_eq!(event["requestContext"]["http"]["path"], "/api/auth/me");
        assert_eq!(event["rawQueryString"], "q=%61");
    }

    #[test]
    fn bodies_that_are_not_text_travel_in_base64() {
        for (media_type, body, encoded) in [
            ("application/json; charset=utf-8", &b"{}"[..], false),
            ("application/problem+json", b"{}", false),
            ("text/plain", b"x", false),
            ("application/x-www-form-urlencoded", b"a=1", true),
            ("application/octet-stream", b"x", true),
            ("application/json", b"\xff\xfe", true),
        ] {
            let event = incoming(Method::POST, "/", "", &[("content-type", media_type)], body).event(&route());
            assert_eq!(event["isBase64Encoded"], encoded, "{media_type}");
            if encoded {
                assert_eq!(event["body"], STANDARD.encode(body));
            }
        }
    }

    #[test]
    fn the_callers_forwarded_for_stays_in_front_of_the_gateways_word() {
        let event = incoming(Method::GET, "/", "", &[("X-Forwarded-For", "10.0.0.1")], b"").event(&route());
        assert_eq!(event["headers"]["x-forwarded-for"], "10.0.0.1, 203.0.113.7");
    }
}
