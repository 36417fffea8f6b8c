//! The providers, as far as the product asks them: Google and another issuer of OpenID Connect, GitHub and Facebook, each
//! by its public documents; and each as badly behaved as a test wants it.
//!
//! Nothing listens here: requests arrive by the connector, and only those by TLS do. The suite `openid` puts them behind a
//! socket.

mod facebook;
mod flow;
mod github;
mod openid;
mod signer;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::Response;
use latchkey_kernel::outbound::Outbound;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::connector::Clock;
use signer::Signer;

pub use flow::{BACK, Consent, ada_at_acme, ada_at_facebook, ada_at_github, ada_at_google, ada_everywhere, answered};
pub use signer::Signing;

/// The id of our client at every provider.
pub const CLIENT_ID: &str = "our-client";
/// Its secret.
pub const CLIENT_SECRET: &str = "our-client-secret-at-the-provider";
/// The issuer that is not Google.
pub const ACME: &str = "https://login.acme.test";

/// Changes an `id_token` before it is signed: its header and its claims.
type Twist = Box<dyn Fn(&mut Value, &mut Value) + Send>;

/// The providers of one test. Clones share them.
#[derive(Clone)]
pub struct Play(Arc<Mutex<Inner>>);

struct Inner {
    clock: Clock,
    /// What people allowed, by code.
    consents: BTreeMap<String, Consent>,
    /// Whom access tokens are about, and for which client they were made.
    tokens: BTreeMap<String, (Value, String)>,
    /// Whether a code works once.
    codes_work_once: bool,
    google: Signer,
    acme: Signer,
    signing: Signing,
    twist: Option<Twist>,
    /// What is answered in place of the right thing, by a part of the address.
    canned: Vec<(String, Canned)>,
    calls: Vec<Asked>,
    issued: u64,
    handed_out: Vec<String>,
}

/// A request that was made.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The address, with its query.
    pub address: String,
    /// The body.
    pub body: String,
}

#[derive(Clone)]
enum Canned {
    Answer(u16, Vec<(&'static str, String)>, String),
    Silence,
    Flood,
}

impl Play {
    pub(crate) fn new(clock: Clock) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            clock,
            consents: BTreeMap::new(),
            tokens: BTreeMap::new(),
            codes_work_once: true,
            google: Signer::rs256(),
            acme: Signer::es256(1),
            signing: Signing::Right,
            twist: None,
            canned: Vec::new(),
            calls: Vec::new(),
            issued: 0,
            handed_out: Vec::new(),
        })))
    }

    /// Providers of their own, which know the same people and the same tokens.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new(self.with(|inner| Arc::clone(&inner.clock)));
        copy.take_over(self);
        copy
    }

    /// Knows from now on whom others know.
    pub(crate) fn take_over(&self, others: &Self) {
        let (consents, tokens, work_once, issued, handed_out) = others.with(|inner| {
            let known = (inner.consents.clone(), inner.tokens.clone());
            (known.0, known.1, inner.codes_work_once, inner.issued, inner.handed_out.clone())
        });
        self.with(|inner| {
            inner.consents = consents;
            inner.tokens = tokens;
            inner.codes_work_once = work_once;
            inner.issued = issued;
            inner.handed_out = handed_out;
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    /// Every `id_token` is changed so before it is signed.
    pub fn twist(&self, change: impl Fn(&mut Value, &mut Value) + Send + 'static) {
        self.with(|inner| inner.twist = Some(Box::new(change)));
    }

    /// Every `id_token` says this in place of what is true.
    pub fn claim(&self, name: &'static str, value: Value) {
        self.twist(move |_, claims| claims[name] = value.clone());
    }

    /// Every `id_token` is signed so.
    pub fn sign(&self, signing: Signing) {
        self.with(|inner| inner.signing = signing);
    }

    /// Whatever is asked at an address with this part is answered so.
    pub fn answer(&self, part: &str, status: u16, body: &Value) {
        self.can(part, Canned::Answer(status, Vec::new(), body.to_string()));
    }

    /// The same of this very address.
    pub fn answer_exactly(&self, address: &str, status: u16, body: &Value) {
        self.answer(&format!("={address}"), status, body);
    }

    /// Whatever is asked there leads elsewhere.
    pub fn lead_elsewhere(&self, part: &str, location: &str) {
        self.can(part, Canned::Answer(302, vec![("location", location.to_owned())], String::new()));
    }

    /// Nothing that is asked there is ever answered.
    pub fn fall_silent(&self, part: &str) {
        self.can(part, Canned::Silence);
    }

    /// Whatever is asked there is answered with ten megabytes.
    pub fn flood(&self, part: &str) {
        self.can(part, Canned::Flood);
    }

    fn can(&self, part: &str, canned: Canned) {
        self.with(|inner| inner.canned.push((part.to_owned(), canned)));
    }

    /// Everything is as it should be again.
    pub fn behave(&self) {
        self.with(|inner| {
            inner.canned.clear();
            inner.twist = None;
            inner.signing = Signing::Right;
        });
    }

    /// The issuer that is not Google signs with another key from now on.
    pub fn rotate(&self) {
        self.with(|inner| inner.acme = Signer::es256(inner.acme.number() + 1));
    }

    /// Codes work as often as they are shown, so that a request can be made again.
    pub fn let_codes_work_again(&self) {
        self.with(|inner| inner.codes_work_once = false);
    }

    /// The requests since the last time this was asked.
    pub fn take_calls(&self) -> Vec<Asked> {
        self.with(|inner| std::mem::take(&mut inner.calls))
    }

    /// How many requests went to addresses with this part since then.
    pub fn calls_to(&self, part: &str) -> usize {
        self.with(|inner| inner.calls.iter().filter(|call| call.address.contains(part)).count())
    }

    /// Every code and token that was given to us or to a client.
    pub fn handed_out(&self) -> Vec<String> {
        self.with(|inner| inner.handed_out.clone())
    }

    /// The public keys of the issuer that is not Google.
    pub fn keys(&self) -> Value {
        self.with(|inner| json!({ "keys": [inner.acme.jwk()] }))
    }

    /// What a request is answered with; nothing where it stays without an answer.
    pub fn ask(&self, asked: &Asked, headers: &BTreeMap<String, String>) -> Option<Response<SdkBody>> {
        self.with(|inner| {
            inner.calls.push(asked.clone());
            let concerns = |part: &str| match part.strip_prefix('=') {
                Some(whole) => asked.address == whole,
                None => asked.address.contains(part),
            };
            let canned = inner.canned.iter().find(|(part, _)| concerns(part));
            match canned.map(|(_, canned)| canned.clone()) {
                None => Some(inner.answer(asked, headers)),
                Some(Canned::Silence) => None,
                Some(Canned::Flood) => Some(Response::new(SdkBody::from(vec![b' '; 10 * 1024 * 1024]))),
                Some(Canned::Answer(status, headers, body)) => {
                    let answer = Response::builder().status(status);
                    let answer = headers.iter().fold(answer, |answer, (name, value)| answer.header(*name, value));
                    Some(answer.body(SdkBody::from(body)).unwrap())
                }
            }
        })
    }

    pub(crate) fn outbound(&self) -> Outbound {
        Outbound::over(SharedHttpConnector::new(self.clone()))
    }
}

impl Inner {
    fn now(&self) -> i64 {
        self.clock.lock().unwrap().as_second()
    }

    fn secret(&mut self, kind: &str) -> String {
        self.issued += 1;
        let made = format!("{kind}-{:020}-of-the-provider", self.issued);
        self.handed_out.push(made.clone());
        made
    }

    fn access_token(&mut self, person: &Value, client: &str) -> String {
        let token = self.secret("access");
        self.tokens.insert(token.clone(), (person.clone(), client.to_owned()));
        token
    }

    fn holder_of(&self, headers: &BTreeMap<String, String>) -> Option<Value> {
        let token = headers.get("authorization")?.strip_prefix("Bearer ")?;
        self.tokens.get(token).map(|(person, _)| person.clone())
    }

    fn answer(&mut self, asked: &Asked, headers: &BTreeMap<String, String>) -> Response<SdkBody> {
        let uri: http::Uri = asked.address.parse().unwrap();
        assert_eq!(uri.scheme_str(), Some("https"), "{} is asked without TLS", asked.address);
        let form: BTreeMap<String, String> = form(&asked.body);
        let path = uri.path();
        match uri.host().unwrap() {
            "github.com" | "api.github.com" => self.github(asked, path, &form, headers),
            "graph.facebook.com" => self.facebook(path, &form),
            _ => self.openid(&uri, &form, headers),
        }
    }
}

fn form(text: &str) -> BTreeMap<String, String> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// A form's text.
fn decoded(text: &str) -> String {
    let mut bytes = text.replace('+', " ").into_bytes().into_iter();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let pair = [bytes.next().unwrap(), bytes.next().unwrap()];
            plain.push(u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap());
        } else {
            plain.push(byte);
        }
    }
    String::from_utf8(plain).unwrap()
}

fn json_answer(status: u16, body: &Value) -> Response<SdkBody> {
    Response::builder().status(status).body(SdkBody::from(body.to_string())).unwrap()
}

fn refused(error: &str) -> Response<SdkBody> {
    json_answer(400, &json!({ "error": error }))
}

impl fmt::Debug for Play {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Play")
    }
}

impl HttpConnector for Play {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let asked = Asked {
            method: request.method().to_owned(),
            address: request.uri().to_owned(),
            body: String::from_utf8(request.body().bytes().unwrap_or_default().to_vec()).unwrap(),
        };
        match self.ask(&asked, &headers) {
            None => HttpConnectorFuture::new(std::future::pending()),
            Some(answer) => {
                let answer = HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None));
                HttpConnectorFuture::ready(answer)
            }
        }
    }
}

impl TestApp {
    /// The owner has a client with every provider.
    pub fn has_providers(&self) {
        let client = json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET });
        let mut google = client.clone();
        google["also_for"] = json!(["our-telephone-client"]);
        let mut acme = client.clone();
        acme["name"] = json!("acme");
        acme["display_name"] = json!("Acme Login");
        acme["issuer"] = json!(ACME);
        acme["authoritative_for"] = json!(["acme.test"]);
        let all = json!({ "google": google, "github": client, "facebook": client, "openid": [acme] });
        self.vault.put("providers", &all);
    }
}
