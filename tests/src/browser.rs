//! A browser, as far as the API can tell: it keeps cookies, names the origin of the page that asks, and shows the token
//! that the page was told.

use std::collections::BTreeMap;
use std::sync::Mutex;

use http::{HeaderMap, header};
use serde_json::{Value, json};

use crate::account::PASSWORD;
use crate::answer::Answer;
use crate::app::TestApp;
use crate::caller::Caller;

/// The origin of the API's own pages, as the tests configure it.
pub const OWN_ORIGIN: &str = "https://id.example.com";

/// A browser with one page open.
pub struct Browser<'a> {
    app: &'a TestApp,
    origin: Option<String>,
    csrf_token: Mutex<Option<String>>,
    jar: Mutex<BTreeMap<String, String>>,
}

impl TestApp {
    /// A browser that shows one of the API's own pages, without cookies.
    pub fn browser(&self) -> Browser<'_> {
        Browser { app: self, origin: Some(OWN_ORIGIN.to_owned()), csrf_token: Mutex::default(), jar: Mutex::default() }
    }

    /// A browser in which a person with an account has signed in.
    pub async fn signed_in_browser(&self, login: &str) -> Browser<'_> {
        let browser = self.browser();
        browser.sign_in(login).await.success();
        browser
    }
}

impl Browser<'_> {
    /// The same, on a page of this origin.
    #[must_use]
    pub fn at(mut self, origin: &str) -> Self {
        self.origin = Some(origin.to_owned());
        self
    }

    /// The same, on a page that names no origin.
    #[must_use]
    pub fn at_no_origin(mut self) -> Self {
        self.origin = None;
        self
    }

    /// The same, on a page that shows this token, or none.
    #[must_use]
    pub fn showing(self, token: Option<&str>) -> Self {
        *self.csrf_token.lock().unwrap() = token.map(str::to_owned);
        self
    }

    /// The token that the page was told.
    pub fn csrf_token(&self) -> String {
        self.csrf_token.lock().unwrap().clone().unwrap()
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().unwrap().get(name).cloned()
    }

    /// Plants or removes a cookie.
    pub fn set_cookie(&self, name: &str, value: Option<&str>) {
        let mut jar = self.jar.lock().unwrap();
        match value {
            Some(value) => jar.insert(name.to_owned(), value.to_owned()),
            None => jar.remove(name),
        };
    }

    /// Signs in with the password of everybody, in cookie mode.
    pub async fn sign_in(&self, login: &str) -> Answer {
        self.post("/api/auth/token", json!({ "login": login, "password": PASSWORD, "cookie": true })).await
    }

    /// Refreshes by cookie.
    pub async fn refresh(&self) -> Answer {
        self.post("/api/auth/token/refresh", json!({})).await
    }

    /// `GET`.
    pub async fn get(&self, target: &str) -> Answer {
        self.keep(self.caller().get(target).await)
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, target: &str, body: Value) -> Answer {
        self.keep(self.caller().post(target, body).await)
    }

    /// What this browser sends now, for requests that no page could make.
    pub fn caller(&self) -> Caller<'_> {
        let jar = self.jar.lock().unwrap();
        let pairs: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut caller = self.app.anon();
        if !pairs.is_empty() {
            caller = caller.with("cookie", &pairs.join("; "));
        }
        if let Some(origin) = &self.origin {
            caller = caller.with("origin", origin);
        }
        match &*self.csrf_token.lock().unwrap() {
            Some(token) => caller.with("x-xsrf-token", token),
            None => caller,
        }
    }

    /// Keeps what an answer to a request of its [`caller`](Self::caller) sets.
    pub fn keep(&self, answer: Answer) -> Answer {
        for (name, value, life) in set_cookies(&answer.headers) {
            self.set_cookie(&name, Some(value.as_str()).filter(|_| life > 0));
        }
        if let Some(token) = answer.json()["csrf_token"].as_str() {
            *self.csrf_token.lock().unwrap() = Some(token.to_owned());
        }
        answer
    }
}

/// Name, value and seconds of each cookie that an answer sets.
fn set_cookies(headers: &HeaderMap) -> Vec<(String, String, i64)> {
    let lines = headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    lines
        .map(|line| {
            let (name, rest) = line.split_once('=').unwrap();
            let (value, attributes) = rest.split_once("; ").unwrap();
            let life = attributes.split("; ").find_map(|one| one.strip_prefix("Max-Age=")).unwrap();
            (name.to_owned(), value.to_owned(), life.parse().unwrap())
        })
        .collect()
}
