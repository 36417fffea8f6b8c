//! CORS of the API: preflights answered and headers set by the gateway, as HTTP APIs do when it is configured.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>: the functions never see a
//! preflight, and CORS headers of theirs are ignored.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};

use super::Answer;
use crate::template::Cors;

const OURS: [HeaderName; 6] = [
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
];

impl Cors {
    /// The answer to a preflight; `None` for any other request.
    pub fn preflight(&self, method: &Method, request: &HeaderMap) -> Option<Answer> {
        let is_preflight = *method == Method::OPTIONS
            && request.contains_key(header::ORIGIN)
            && request.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !is_preflight {
            return None;
        }
        let mut answer = Answer { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Vec::new() };
        if let Some(origin) = self.allowed(request) {
            self.set_origin(&mut answer.headers, origin);
            set(&mut answer.headers, header::ACCESS_CONTROL_ALLOW_METHODS, &self.allow_methods.join(","));
            set(&mut answer.headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &self.allow_headers.join(","));
            if let Some(seconds) = self.max_age {
                set(&mut answer.headers, header::ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
            }
        }
        Some(answer)
    }

    /// Replaces whatever CORS headers a function set by the API's own.
    pub fn apply(&self, request: &HeaderMap, response: &mut HeaderMap) {
        for name in OURS {
            response.remove(name);
        }
        if let Some(origin) = self.allowed(request) {
            self.set_origin(response, origin);
            set(response, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.expose_headers.join(","));
        }
    }

    fn allowed<'a>(&self, request: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let origin = request.get(header::ORIGIN)?;
        self.allow_origins
            .iter()
            .any(|allowed| (allowed == "*" && !self.allow_credentials) || allowed.as_bytes() == origin.as_bytes())
            .then_some(origin)
    }

    fn set_origin(&self, headers: &mut HeaderMap, origin: &HeaderValue) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let varies = headers.get_all(header::VARY).iter().any(|by| by.as_bytes().eq_ignore_ascii_case(b"origin"));
        if !varies {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        if self.allow_credentials {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value)
        && !value.is_empty()
    {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cors() -> Cors {
        Cors {
            allow_origins: vec!["https://app.example.com".into()],
            allow_methods: vec!["GET".into(), "POST".into()],
            allow_headers: vec!["authorization".into()],
            expose_headers: vec!["retry-after".into()],
            allow_credentials: true,
            max_age: Some(600),
        }
    }

    fn request(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([
            (header::ORIGIN, HeaderValue::from_static(origin)),
            (header::ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("POST")),
        ])
    }

    #[test]
    fn a_preflight_is_answered_without_a_function_and_only_for_known_origins() {
        let known = cors().preflight(&Method::OPTIONS, &request("https://app.example.com")).unwrap();
        assert_eq!(known.status, StatusCode::NO_CONTENT);
        assert_eq!(known.headers["access-control-allow-origin"], "https://app.example.com");
        assert_eq!(known.headers["access-control-allow-methods"], "GET,POST");
        assert_eq!(known.headers["access-control-max-age"], "600");
        let unknown = cors().preflight(&Method::OPTIONS, &request("https://evil.example")).unwrap();
        assert_eq!(unknown.headers.get("access-control-allow-origin"), None);
        assert!(cors().preflight(&Method::POST, &request("https://app.example.com")).is_none());
    }

    #[test]
    fn with_credentials_no_wildcard_lets_anybody_in() {
        let careless = Cors { allow_origins: vec!["*".into()], ..cors() };
        let answer = careless.preflight(&Method::OPTIONS, &request("https://evil.example")).unwrap();
        assert_eq!(answer.headers.get("access-control-allow-origin"), None);
        let public = Cors { allow_credentials: false, ..careless };
        let answer = public.preflight(&Method::OPTIONS, &request("https://evil.example")).unwrap();
        assert!(answer.headers.contains_key("access-control-allow-origin"));
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    }

    #[test]
    fn an_answer_varies_by_origin_once() {
        let mut response = HeaderMap::from_iter([(header::VARY, HeaderValue::from_static("origin"))]);
        cors().apply(&request("https://app.example.com"), &mut response);
        assert_eq!(response.get_all("vary").iter().count(), 1);
    }

    #[test]
    fn a_functions_own_cors_headers_are_ignored() {
        let mut response = HeaderMap::new();
        response.insert("access-control-allow-origin", HeaderValue::from_static("*"));
        cors().apply(&request("https://evil.example"), &mut response);
        assert_eq!(response.get("access-control-allow-origin"), None);
        cors().apply(&request("https://app.example.com"), &mut response);
        assert_eq!(response["access-control-expose-headers"], "retry-after");
        assert_eq!(response["access-control-allow-credentials"], "true");
    }
}
