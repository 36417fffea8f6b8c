//! The product as it would run: its functions as processes, the services they call, and people who use it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use hyper::body::Bytes;
use jiff::Timestamp;
use latchkey_local::gateway::{Answer, Incoming};
use latchkey_local::routing::Routes;
use latchkey_local::template::Template;
use latchkey_tests::Ready;
use serde_json::{Value, json};

use crate::function::{Function, Surroundings};
use crate::providers::Providers;
use crate::runtime_api::{Environment, Invocation};
use crate::store::{MAIN_TABLE, Services};
use crate::{Bench, Failure, clock};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A request of a person.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: Method,
    target: String,
    token: Option<String>,
    kind: Option<&'static str>,
    body: String,
    cookie: Option<String>,
}

impl Request {
    /// A request of the tests' inventory.
    pub(crate) fn of(ready: &Ready) -> Self {
        let (kind, body) = ready.body().map_or((None, ""), |(kind, body)| (Some(kind), body));
        Self {
            method: ready.method().clone(),
            target: ready.target().to_owned(),
            token: ready.token().map(str::to_owned),
            kind,
            body: body.to_owned(),
            cookie: ready.cookie().map(str::to_owned),
        }
    }

    /// `GET`.
    pub(crate) fn get(target: &str) -> Self {
        Self {
            method: Method::GET,
            target: target.to_owned(),
            token: None,
            kind: None,
            body: String::new(),
            cookie: None,
        }
    }

    /// `POST` of a JSON body.
    pub(crate) fn post(target: &str, body: &Value) -> Self {
        let body = body.to_string();
        Self { method: Method::POST, kind: Some("application/json"), body, ..Self::get(target) }
    }

    /// The same with another method.
    pub(crate) fn with_method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// The same, with an access token.
    pub(crate) fn bearing(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Where it comes from. Who shows no token comes from an address of its own (RFC 2544's network for benchmarks): of an
    /// address that was counted a moment ago, some visits are covered by a lease, and cost depends on which.
    fn source(&self, number: u64) -> IpAddr {
        if self.token.is_some() {
            return [203, 0, 113, 9].into();
        }
        let [.., high, low] = number.to_be_bytes();
        [198, 18, high, low].into()
    }
}

/// Turns requests into events of the gateway.
pub(crate) struct Gateway {
    routes: Routes,
    requests: AtomicU64,
}

impl Gateway {
    pub(crate) fn new(template: &Template) -> Result<Self, Failure> {
        Ok(Self { routes: Routes::new(&template.routes)?, requests: AtomicU64::new(0) })
    }

    /// The function that a request reaches, and the event that it gets.
    pub(crate) fn event(&self, request: &Request) -> Result<(String, Bytes), Failure> {
        self.event_at(request, clock::now())
    }

    /// The same of a request that is made at another time.
    pub(crate) fn event_at(&self, request: &Request, at: Timestamp) -> Result<(String, Bytes), Failure> {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let mut headers = HeaderMap::new();
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        headers.insert(header::HOST, HeaderValue::from_static("auth.example.com"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        if let Some(kind) = request.kind {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        if let Some(token) = &request.token {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}"))?);
        }
        if let Some(cookie) = &request.cookie {
            headers.insert(header::COOKIE, HeaderValue::from_str(cookie)?);
        }
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let incoming = Incoming {
            method: request.method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: request.body.clone().into_bytes(),
            source: request.source(number),
            at,
            request_id: format!("bench-{number:012}"),
        };
        let route = self.routes.choose(&incoming.method, path).ok_or("the API has no $default route")?;
        Ok((route.function.clone(), serde_json::to_vec(&incoming.event(&route))?.into()))
    }
}

/// Functions, services and people.
pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) providers: Providers,
    pub(crate) gateway: Gateway,
    pub(crate) functions: BTreeMap<String, Function>,
    running: BTreeMap<String, Environment>,
    people: u64,
}

/// Somebody who registers.
#[derive(Debug, Clone)]
pub(crate) struct Applicant {
    pub(crate) email: String,
    /// The `registration_token`.
    pub(crate) token: String,
}

/// What a verification mail holds.
#[derive(Debug, Clone)]
pub(crate) struct VerificationMail {
    pub(crate) code: String,
    /// The `token` of the link.
    pub(crate) link: String,
}

impl World {
    /// The product over these services.
    pub(crate) async fn new(bench: &Bench, services: Services) -> Result<Self, Failure> {
        let around =
            Surroundings { binaries: &bench.binaries, folder: bench.folder.path(), services: services.server.address };
        let functions = Function::of_template(&bench.template, &around)?;
        let gateway = Gateway::new(&bench.template)?;
        let providers = Providers::start(bench.folder.path()).await?;
        Ok(Self { services, providers, gateway, functions, running: BTreeMap::new(), people: 0 })
    }

    /// A binary of comparison, over the same services.
    pub(crate) fn comparison(&self, bench: &Bench, name: &str) -> Result<Function, Failure> {
        let around = Surroundings {
            binaries: &bench.binaries,
            folder: bench.folder.path(),
            services: self.services.server.address,
        };
        Function::comparison(name, &around)
    }

    /// A function by name.
    pub(crate) fn function(&self, name: &str) -> Result<&Function, Failure> {
        self.functions.get(name).ok_or_else(|| format!("the template has no function {name}").into())
    }

    /// Makes a request; its answer must have this status.
    pub(crate) async fn ask(&mut self, request: &Request, expected: StatusCode) -> Result<Answer, Failure> {
        let (function, event) = self.gateway.event(request)?;
        let invocation = self.invoke(&function, event).await?;
        read(&invocation.answer, expected, &request.target)
    }

    /// Hands a function an event; its environment is started at the first one.
    pub(crate) async fn invoke(&mut self, function: &str, event: Bytes) -> Result<Invocation, Failure> {
        let environment = match self.running.entry(function.to_owned()) {
            Entry::Occupied(running) => running.into_mut(),
            Entry::Vacant(place) => {
                let described =
                    self.functions.get(function).ok_or_else(|| format!("no function is called {function}"))?;
                let started = Environment::start(described).await?.0;
                // Opening a connection belongs to the start and not to the call.
                self.services.take_units();
                place.insert(started)
            }
        };
        environment.invoke(event).await
    }

    /// An address that nobody has.
    pub(crate) fn new_address(&mut self) -> String {
        self.people += 1;
        format!("person{:07}@bench.example.com", self.people)
    }

    /// Registers a new address.
    pub(crate) async fn register(&mut self) -> Result<Applicant, Failure> {
        let email = self.new_address();
        let asked = self.ask(&registration(&email), StatusCode::ACCEPTED).await?;
        Ok(Applicant { email, token: text(&json_of(&asked), "registration_token")? })
    }

    /// Registers a new address and confirms it: the answer that signs its owner in.
    pub(crate) async fn new_account(&mut self) -> Result<Value, Failure> {
        let applicant = self.register().await?;
        self.send_mails().await?;
        let code = self.verification_mail(&applicant.email)?.code;
        let body = json!({ "registration_token": applicant.token, "code": code });
        let asked = self.ask(&Request::post("/api/auth/verify-email", &body), StatusCode::CREATED).await?;
        self.send_mails().await?;
        Ok(json_of(&asked))
    }

    /// Signs somebody in.
    pub(crate) async fn sign_in(&mut self, email: &str) -> Result<Value, Failure> {
        Ok(json_of(&self.ask(&signing_in(email), StatusCode::OK).await?))
    }

    /// Hands every waiting mail to the mailer, each in a batch of its own.
    pub(crate) async fn send_mails(&mut self) -> Result<Vec<Invocation>, Failure> {
        let mut sent = Vec::new();
        for item in self.services.waiting_mails()? {
            let answered = self.invoke("mailer", stream_event(&item)?).await?;
            let failed: Value = serde_json::from_slice(&answered.answer)?;
            if failed.pointer("/batchItemFailures/0").is_some() {
                return Err(format!("the mailer did not send a mail: {failed}").into());
            }
            sent.push(answered);
        }
        Ok(sent)
    }

    /// Code and link of the newest mail to an address.
    pub(crate) fn verification_mail(&self, email: &str) -> Result<VerificationMail, Failure> {
        Ok(VerificationMail { code: self.code_to(email)?, link: self.link_to(email)? })
    }

    /// The code in the newest mail to an address.
    pub(crate) fn code_to(&self, email: &str) -> Result<String, Failure> {
        let text = self.newest_mail(email)?;
        let code = text.lines().map(|line| line.replace(' ', "")).find(|line| is_code(line));
        code.ok_or_else(|| format!("no code in the mail: {text}").into())
    }

    /// The token of the link in the newest mail to an address.
    pub(crate) fn link_to(&self, email: &str) -> Result<String, Failure> {
        let text = self.newest_mail(email)?;
        let link = text.lines().find_map(|line| Some(line.trim().strip_prefix("https://")?.split_once("token=")?.1));
        Ok(link.ok_or_else(|| format!("no link in the mail: {text}"))?.to_owned())
    }

    fn newest_mail(&self, email: &str) -> Result<String, Failure> {
        let mails = self.services.inbox.mails(Some(email));
        Ok(mails.into_iter().next().ok_or_else(|| format!("no mail reached {email}"))?.text)
    }
}

/// The answer in what a function returned; it must have this status.
pub(crate) fn read(returned: &Bytes, expected: StatusCode, target: &str) -> Result<Answer, Failure> {
    let answer = Answer::from_function(&serde_json::from_slice(returned)?);
    if answer.status == expected {
        return Ok(answer);
    }
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    Err(format!("{target} answered {} instead of {expected}: {body}", answer.status).into())
}

/// The body of an answer as JSON; null when it is none.
pub(crate) fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// A string of a JSON object.
pub(crate) fn text(object: &Value, field: &str) -> Result<String, Failure> {
    let found = object.get(field).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| format!("no {field} in {object}").into())
}

/// The request that registers an address.
pub(crate) fn registration(email: &str) -> Request {
    let body = json!({ "email": email, "name": "Ada Lovelace", "password": PASSWORD });
    Request::post("/api/auth/register", &body)
}

/// The request that signs in.
pub(crate) fn signing_in(email: &str) -> Request {
    Request::post("/api/auth/token", &json!({ "login": email, "password": PASSWORD }))
}

/// The request that refreshes.
pub(crate) fn refreshing(token: &str) -> Request {
    Request::post("/api/auth/token/refresh", &json!({ "refresh": token }))
}

/// The record of a new outbox item, as the stream brings it.
pub(crate) fn stream_event(item: &Value) -> Result<Bytes, Failure> {
    let keys = json!({ "pk": item.get("pk"), "sk": item.get("sk") });
    let record = json!({
        "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1", "eventSourceARN": format!("arn:aws:dynamodb:us-east-1:1:table/{MAIN_TABLE}/stream/1"),
        "dynamodb": {
            "ApproximateCreationDateTime": clock::now().as_second(), "SequenceNumber": "1", "SizeBytes": 1,
            "StreamViewType": "NEW_IMAGE", "Keys": keys, "NewImage": item,
        },
    });
    Ok(serde_json::to_vec(&json!({ "Records": [record] }))?.into())
}

fn is_code(line: &str) -> bool {
    line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit())
}
