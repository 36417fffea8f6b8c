//! `/_local/`: what a developer does to the cloud rather than to the product. Inbox, clock, workers; and a page for trying
//! passkeys, which need one.
//!
//! A browser reaches it like any page, so it answers only to this machine's names, and writes only for callers that
//! are not another site's script.

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use jiff::Span;
use latchkey_local::ses::{Catcher, Mail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::LocalClock;
use crate::guard;
use crate::http_server::Whole;
use crate::lambda::{InvokeError, Lambda};
use crate::schedules::Schedules;

/// The paths that are the desk's and not the product's.
pub(crate) const PREFIX: &str = "/_local/";

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const PAGES: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The page that tries passkeys has a script, which talks to the API of its own origin.
const PASSKEYS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A mail is a stranger's document: no script, no request of its own, and links open outside of it.
const MAILS: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// What the desk reaches.
pub(crate) struct Desk {
    pub(crate) catcher: Catcher,
    pub(crate) clock: Arc<LocalClock>,
    pub(crate) schedules: Arc<Schedules>,
    pub(crate) lambda: Lambda,
    pub(crate) functions: Vec<String>,
    pub(crate) port: u16,
}

#[derive(askama::Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    mails: Vec<Mail>,
}

#[derive(askama::Template)]
#[template(path = "mail.html")]
struct MailPage {
    mail: Mail,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: Span,
}

/// Why the desk does not do what it was asked.
struct Refusal(StatusCode, String);

type Reply = Result<Response<Whole>, Refusal>;

impl Desk {
    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Whole> {
        let (head, body) = request.into_parts();
        if !self.is_from_here(&head) {
            return problem(StatusCode::FORBIDDEN, "the local desk answers only this machine's own names");
        }
        let path = head.uri.path().strip_prefix(PREFIX).unwrap_or_default();
        let segments: Vec<&str> = path.split('/').collect();
        let query = head.uri.query().unwrap_or_default();
        let reply = match (&head.method, segments.as_slice()) {
            (&Method::GET, ["inbox"]) => page(&InboxPage { mails: self.catcher.mails(None) }),
            (&Method::GET, ["inbox.json"]) => {
                let to = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "to").map(|(_, to)| to);
                Ok(respond(StatusCode::OK, JSON, json!(self.catcher.mails(to.as_deref())).to_string()))
            }
            (&Method::GET, ["desk.css"]) => {
                Ok(respond(StatusCode::OK, "text/css", include_str!("../../../templates/desk.css")))
            }
            (&Method::GET, ["passkeys"]) => {
                let document = include_str!("../../../templates/passkeys.html");
                Ok(secured(respond(StatusCode::OK, HTML, document), PASSKEYS))
            }
            (&Method::GET, ["passkeys.js"]) => {
                Ok(respond(StatusCode::OK, "text/javascript", include_str!("../../../templates/passkeys.js")))
            }
            (&Method::GET, ["inbox", id]) => self.mail(id).and_then(|mail| page(&MailPage { mail })),
            (&Method::GET, ["inbox", id, "html"]) => self.mail(id).map(|mail| {
                let document = format!("<!doctype html><base target=\"_blank\">{}", mail.html);
                secured(respond(StatusCode::OK, HTML, document), MAILS)
            }),
            (&Method::GET, ["clock"]) => Ok(respond(StatusCode::OK, JSON, self.time(&Value::Null))),
            (&Method::POST, ["clock"]) => self.advance(body).await,
            (&Method::POST, ["invoke", function]) => self.invoke(function, body).await,
            _ => Err(Refusal(
                StatusCode::NOT_FOUND,
                "here are inbox, inbox.json, passkeys, clock, invoke/{function}".to_owned(),
            )),
        };
        reply.unwrap_or_else(|Refusal(status, message)| problem(status, &message))
    }

    fn is_from_here(&self, head: &http::request::Parts) -> bool {
        guard::names_this_machine(&head.headers, self.port) && guard::comes_from_here(&head.headers, self.port)
    }

    fn mail(&self, id: &str) -> Result<Mail, Refusal> {
        self.catcher.mail(id).ok_or_else(|| Refusal(StatusCode::NOT_FOUND, "there is no such mail".to_owned()))
    }

    fn time(&self, fired: &Value) -> String {
        json!({ "now": self.clock.now(), "offset": self.clock.offset(), "fired": fired }).to_string()
    }

    async fn advance(&self, body: Incoming) -> Reply {
        let asked: Advance = read(body).await?;
        let moved = self.clock.advance(&asked.advance);
        moved.map_err(|failure| Refusal(StatusCode::BAD_REQUEST, failure.to_string()))?;
        let fired = self.schedules.run_due().await;
        let fired = fired.map_err(|failure| Refusal(StatusCode::INTERNAL_SERVER_ERROR, failure.to_string()))?;
        Ok(respond(StatusCode::OK, JSON, self.time(&json!(fired))))
    }

    async fn invoke(&self, function: &str, body: Incoming) -> Reply {
        if !self.functions.iter().any(|known| known == function) {
            let message = format!("there is no function {function}; there are {}", self.functions.join(", "));
            return Err(Refusal(StatusCode::NOT_FOUND, message));
        }
        let event: Value = read(body).await?;
        match self.lambda.invoke(function, &event, Duration::from_mins(5)).await {
            Ok(returned) => Ok(respond(StatusCode::OK, JSON, returned.to_string())),
            // 502: the function's fault, with its own words, which the gateway would hide.
            Err(InvokeError::Function(error)) => Ok(respond(StatusCode::BAD_GATEWAY, JSON, error.to_string())),
            Err(error) => Err(Refusal(StatusCode::SERVICE_UNAVAILABLE, error.to_string())),
        }
    }
}

async fn read<T: serde::de::DeserializeOwned>(body: Incoming) -> Result<T, Refusal> {
    let bytes = body.collect().await.map_err(|error| Refusal(StatusCode::BAD_REQUEST, error.to_string()))?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|error| Refusal(StatusCode::BAD_REQUEST, error.to_string()))
}

fn page(page: &impl askama::Template) -> Reply {
    let html = page.render().map_err(|error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(secured(respond(StatusCode::OK, HTML, html), PAGES))
}

fn respond(status: StatusCode, media_type: &'static str, body: impl Into<String>) -> Response<Whole> {
    let mut response = Response::new(Whole::from(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn secured(mut response: Response<Whole>, policy: &'static str) -> Response<Whole> {
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn problem(status: StatusCode, message: &str) -> Response<Whole> {
    respond(status, JSON, json!({ "message": message }).to_string())
}
