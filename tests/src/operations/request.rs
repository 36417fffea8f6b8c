//! The request of an operation, which can be changed and sent.

use http::{HeaderName, HeaderValue, Method, header};
use serde_json::Value;

use crate::answer::Answer;
use crate::app::TestApp;
use crate::caller::Caller;

/// A request that is about to be made.
#[derive(Debug, Clone)]
pub struct Ready {
    token: Option<String>,
    method: Method,
    target: String,
    body: Option<(&'static str, String)>,
    cookie: Option<String>,
}

impl Ready {
    pub(super) fn get(target: &str) -> Self {
        Self { token: None, method: Method::GET, target: target.to_owned(), body: None, cookie: None }
    }

    pub(super) fn json(method: Method, target: &str, body: &Value) -> Self {
        Self { method, body: Some(("application/json", body.to_string())), ..Self::get(target) }
    }

    pub(super) fn post(target: &str, body: &Value) -> Self {
        Self::json(Method::POST, target, body)
    }

    pub(super) fn post_nothing(target: &str) -> Self {
        Self { method: Method::POST, ..Self::get(target) }
    }

    pub(super) fn form(target: &str, body: String) -> Self {
        Self { method: Method::POST, body: Some(("application/x-www-form-urlencoded", body)), ..Self::get(target) }
    }

    pub(super) fn delete(target: &str) -> Self {
        Self { method: Method::DELETE, ..Self::get(target) }
    }

    pub(super) fn with_cookie(self, cookie: Option<&str>) -> Self {
        Self { cookie: cookie.map(str::to_owned), ..self }
    }

    /// The same with HEAD.
    #[must_use]
    pub fn head(&self) -> Self {
        Self { method: Method::HEAD, ..self.clone() }
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Path and query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The access token that says who asks.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same with another access token, or with none.
    #[must_use]
    pub fn bearing(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// The cookies that the browser holds.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Its media type and its body.
    pub fn body(&self) -> Option<(&'static str, &str)> {
        self.body.as_ref().map(|(kind, body)| (*kind, body.as_str()))
    }

    /// Its body, if that is JSON.
    pub fn json_body(&self) -> Option<Value> {
        let (kind, body) = self.body.as_ref()?;
        if *kind == "application/json" { serde_json::from_str(body).ok() } else { None }
    }

    /// The same with another body.
    #[must_use]
    pub fn with_json(&self, body: &Value) -> Self {
        Self { body: Some(("application/json", body.to_string())), ..self.clone() }
    }

    /// Whether it carries this text: a token or a code.
    pub fn carries(&self, text: &str) -> bool {
        let body = self.body.as_ref().is_some_and(|(_, body)| body.contains(text));
        let cookie = self.cookie.as_ref().is_some_and(|cookie| cookie.contains(text));
        body || cookie || self.target.contains(text) || self.token.as_deref() == Some(text)
    }

    /// The same with one text in the place of another, wherever it occurs.
    #[must_use]
    pub fn replacing(&self, text: &str, by: &str) -> Self {
        Self {
            token: self.token.as_ref().map(|token| token.replace(text, by)),
            method: self.method.clone(),
            target: self.target.replace(text, by),
            body: self.body.as_ref().map(|(kind, body)| (*kind, body.replace(text, by))),
            cookie: self.cookie.as_ref().map(|cookie| cookie.replace(text, by)),
        }
    }

    /// Whether it carries no session, as a token or a cookie.
    pub fn is_anonymous(&self) -> bool {
        self.token.is_none() && self.cookie.is_none()
    }

    /// The route that the gateway takes for it.
    pub fn route(&self, app: &TestApp) -> String {
        app.route_of(&self.method, self.target.split('?').next().unwrap()).route_key
    }

    /// The function that it reaches, and the event that this one gets from the gateway: made by curl, at a fixed time.
    pub fn event(&self, app: &TestApp) -> (String, Value) {
        let mut incoming = TestApp::incoming(self.method.clone(), &self.target);
        let mut header = |name: HeaderName, value: &str| {
            incoming.headers.insert(name, HeaderValue::from_str(value).unwrap());
        };
        header(header::ACCEPT, "*/*");
        header(header::HOST, "id.example.com");
        header(header::USER_AGENT, "curl/8.5.0");
        if let Some((kind, body)) = self.body() {
            header(header::CONTENT_TYPE, kind);
            header(header::CONTENT_LENGTH, &body.len().to_string());
        }
        if let Some(token) = &self.token {
            header(header::AUTHORIZATION, &format!("Bearer {token}"));
        }
        incoming.body = self.body().map(|(_, body)| body.as_bytes().to_vec()).unwrap_or_default();
        incoming.request_id = "JKJaXmPLvHcESHA=".to_owned();
        incoming.at = jiff::Timestamp::from_millisecond(app.now().as_millisecond()).unwrap();
        let chosen = app.route_of(&incoming.method, &incoming.path);
        (chosen.function.clone(), incoming.event(&chosen))
    }

    /// Sends it.
    pub async fn send(&self, app: &TestApp) -> Answer {
        self.send_from(app.anon()).await
    }

    /// Sends it from another IP address, or with further headers.
    pub async fn send_from(&self, caller: Caller<'_>) -> Answer {
        let caller = self.token.iter().fold(caller, |caller, token| caller.bearing(token));
        let caller = self.cookie.iter().fold(caller, |caller, cookie| caller.with("cookie", cookie));
        let (kind, body) = self.body.clone().map_or((None, String::new()), |(kind, body)| (Some(kind), body));
        caller.request(self.method.clone(), &self.target, kind, body.into_bytes()).await
    }
}
