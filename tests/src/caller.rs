//! Somebody who calls the API, from a place, with or without a token.

use std::net::IpAddr;

use http::{HeaderValue, Method, header};
use serde_json::Value;

use crate::answer::Answer;
use crate::app::TestApp;

/// A caller. Every request is a fresh event of the gateway.
#[derive(Clone)]
pub struct Caller<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) token: Option<String>,
    address: IpAddr,
    headers: Vec<(String, String)>,
}

impl<'a> Caller<'a> {
    pub(crate) fn anonymous(app: &'a TestApp) -> Self {
        let agent = ("user-agent".to_owned(), "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0".to_owned());
        Self { app, token: None, address: [203, 0, 113, 9].into(), headers: vec![agent] }
    }

    /// The same, with this access token.
    #[must_use]
    pub fn bearing(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// The same, from this address.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        self.address = address.parse().unwrap();
        self
    }

    /// The same, with this header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, without this header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self
    }

    /// `GET`.
    pub async fn get(&self, target: &str) -> Answer {
        self.request(Method::GET, target, None, Vec::new()).await
    }

    /// `DELETE`.
    pub async fn delete(&self, target: &str) -> Answer {
        self.request(Method::DELETE, target, None, Vec::new()).await
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, target: &str, body: Value) -> Answer {
        self.request(Method::POST, target, Some("application/json"), body.to_string().into_bytes()).await
    }

    /// `PUT` of a JSON body.
    pub async fn put(&self, target: &str, body: Value) -> Answer {
        self.request(Method::PUT, target, Some("application/json"), body.to_string().into_bytes()).await
    }

    /// `PATCH` of a JSON body.
    pub async fn patch(&self, target: &str, body: Value) -> Answer {
        self.request(Method::PATCH, target, Some("application/json"), body.to_string().into_bytes()).await
    }

    /// `POST` of a form.
    pub async fn post_form(&self, target: &str, body: &str) -> Answer {
        self.request(Method::POST, target, Some("application/x-www-form-urlencoded"), body.as_bytes().to_vec()).await
    }

    /// Any request.
    pub async fn request(&self, method: Method, target: &str, kind: Option<&str>, body: Vec<u8>) -> Answer {
        let mut incoming = TestApp::incoming(method, target);
        incoming.source = self.address;
        incoming.body = body;
        incoming.headers.insert(header::HOST, HeaderValue::from_static("id.example.com"));
        if let Some(kind) = kind {
            incoming.headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        }
        if let Some(token) = &self.token {
            incoming.headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
        }
        for (name, value) in &self.headers {
            let name: http::HeaderName = name.parse().unwrap();
            incoming.headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        self.app.send(incoming).await
    }
}
