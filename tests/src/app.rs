//! The application of one test.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Method;
use jiff::SignedDuration;
use lambda_runtime::{Context, LambdaEvent};
use latchkey_generate::{front, functions};
use latchkey_identity::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::Store;
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::http::routes::Served;
use latchkey_kernel::http::serve::{BoxedAnswer, endpoint};
use latchkey_kernel::kernel::Outside;
use latchkey_kernel::outbound::Outbound;
use latchkey_kernel::secret::SecretSource;
use latchkey_kernel::telemetry::Metrics;
use latchkey_local::gateway::Incoming;
use latchkey_local::routing::{Chosen, Routes};
use latchkey_local::ses::Catcher;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::answer::Answer;
use crate::bucket::Shelf;
use crate::caller::Caller;
use crate::configuration::{Configs, config};
use crate::connector::{self, Clock};
use crate::downloads::Downloads;
use crate::engine::{Engine, FUNCTION};
use crate::entropy::Seeded;
use crate::issued::Issued;
use crate::providers::Play;
use crate::vault::Vault;

type Endpoint = Box<dyn Fn(LambdaEvent<Box<RawValue>>) -> BoxedAnswer>;

/// The whole application, its tables, its mailbox and its clock.
pub struct TestApp {
    /// The engine below the store.
    pub engine: Engine,
    /// The mails that SES took.
    pub inbox: Catcher,
    /// The secrets.
    pub vault: Vault,
    /// The bucket.
    pub shelf: Shelf,
    /// Google, GitHub, Facebook and another issuer.
    pub providers: Play,
    /// What MaxMind publishes.
    pub downloads: Downloads,
    /// Whether other services are really asked.
    asks_outside: bool,
    /// Whether every request gets a slash at the end of its path.
    adds_slashes: bool,
    pub(crate) app: App,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Mutex<Vec<String>>>,
    pub(crate) checkpoint: Mutex<Option<String>>,
    routes: Routes,
    pub(crate) configs: Configs,
    /// The variables that were changed.
    pub(crate) changes: Vec<(String, String)>,
    endpoints: BTreeMap<&'static str, Endpoint>,
    apps: BTreeMap<&'static str, App>,
    requests: AtomicU64,
    /// The requests that signed somebody in, or tried to.
    sign_ins: Mutex<BTreeSet<String>>,
    /// What the device is known by on which each account came into being.
    pub(crate) devices: Mutex<BTreeMap<String, String>>,
    /// The token that each address was last answered, by what was asked for.
    pub(crate) flows: Mutex<BTreeMap<(&'static str, String), String>>,
    pub(crate) issued: Issued,
    seed: u64,
    may_leave_mail: AtomicBool,
}

/// The trace that Lambda tells of every request, as X-Ray writes it.
pub const TRACE: &str = "Root=1-69a55c58-3d1f0f2e5c2b4a6d7e8f9a0b;Parent=53995c3f42cd8ad8;Sampled=1";

/// 2026-03-02T09:30:00Z, a Monday.
const START_MS: i64 = 1_772_443_800_000;

fn secret_source(vault: &Vault) -> SecretSource {
    SecretSource::Manager { client: connector::secrets_manager(vault), prefix: crate::vault::PREFIX.to_owned() }
}

impl TestApp {
    /// An application with the default configuration.
    #[expect(clippy::new_without_default, reason = "a test application is never made by accident")]
    pub fn new() -> Self {
        Self::with_config(&[])
    }

    /// An application with these variables changed. Its engine steps aside in an order of its own, which SEED fixes.
    pub fn with_config(changes: &[(&str, &str)]) -> Self {
        let mut app = Self::not_started(changes);
        app.restart();
        app
    }

    /// An application whose functions have not started: [`TestApp::restart`] starts them.
    pub(crate) fn not_started(changes: &[(&str, &str)]) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let seed = seed.unwrap_or_else(|| u64::from(std::process::id()) << 16 | count);
        let engine = Engine::new(seed);
        let (config, configs) = (config(changes), Configs::new(changes));
        // What is random differs from that of other applications also under one SEED, since a copy holds what they made.
        let entropy = Entropy::from_source(Seeded::new(seed ^ 0xA5A5 ^ count << 48));
        let store = Store::new(connector::dynamodb(&engine), config.process.tables.clone(), entropy.clone());
        let metrics: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = Arc::clone(&metrics);
        let counted = Metrics::to_sink("Latchkey", move |line| sink.lock().unwrap().push(line.to_owned()));
        let vault = Vault::new();
        let start = Timestamp::from_millisecond(START_MS).unwrap();
        let clock: Clock = Arc::new(Mutex::new(start));
        let providers = Play::new(Arc::clone(&clock));
        let outside = Outside { bucket: None, places: None, outbound: providers.outbound() };
        let app = App::new(config, &secret_source(&vault), store, entropy, outside, counted, start);
        Self {
            engine,
            inbox: Catcher::new(),
            vault,
            shelf: Shelf::default(),
            downloads: Downloads::default(),
            app,
            providers,
            asks_outside: false,
            adds_slashes: false,
            clock,
            metrics,
            checkpoint: Mutex::default(),
            routes: Routes::new(&crate::template().routes).unwrap(),
            configs,
            changes: changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            endpoints: BTreeMap::new(),
            apps: BTreeMap::new(),
            requests: AtomicU64::new(0),
            sign_ins: Mutex::default(),
            devices: Mutex::default(),
            flows: Mutex::default(),
            issued: Issued::default(),
            seed,
            may_leave_mail: AtomicBool::new(false),
        }
    }

    /// The same with functions that really ask other services, on this machine.
    #[must_use]
    pub fn asking_outside(mut self) -> Self {
        self.asks_outside = true;
        self.restart();
        self
    }

    /// The same, asked with a slash at the end of every path. A redirect to the path without it is followed.
    #[must_use]
    pub fn adding_slashes(mut self) -> Self {
        self.adds_slashes = true;
        self
    }

    /// Gives every function behind the API a new environment, which holds nothing yet.
    pub fn restart(&mut self) {
        for function in functions().into_iter().chain([front()]) {
            self.serve(function.name(), function.routes);
        }
    }

    /// Puts a router in the place of a function. Each has an application of its own, as each runs in environments
    /// of its own.
    pub fn serve(&mut self, function: &'static str, routes: Served<App>) {
        let app = self.environment(function);
        let serve = endpoint(app.clone(), routes);
        self.apps.insert(function, app);
        self.endpoints.insert(function, Box::new(move |event| serve(event)));
    }

    /// So many further environments of a function: applications of their own over the same store.
    pub fn environments(&self, count: usize) -> Vec<App> {
        (0..count).map(|_| self.environment("auth")).collect()
    }

    pub(crate) fn environment(&self, function: &'static str) -> App {
        App::new(
            self.config_of(function),
            &self.secret_source(),
            self.app.store.clone(),
            self.app.entropy.clone(),
            Outside {
                bucket: Some(self.shelf.bucket(function)),
                places: Some(self.shelf.reader(function)),
                outbound: if self.asks_outside { Outbound::new() } else { self.providers.outbound() },
            },
            self.app.metrics.clone(),
            self.now(),
        )
    }

    /// Somebody who is not signed in.
    pub fn anon(&self) -> Caller<'_> {
        Caller::anonymous(self)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    /// Lets time pass.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.clock.lock().unwrap();
        *now = now.plus(by);
    }

    /// How many passwords were hashed so far.
    pub fn hashes(&self) -> u64 {
        self.apps.values().map(|app| app.passwords.count()).sum()
    }

    /// The metrics' lines, as CloudWatch would get them.
    pub fn metrics(&self) -> String {
        self.metrics.lock().unwrap().join("\n")
    }

    /// How often a metric was counted.
    pub fn counted(&self, metric: &str) -> usize {
        self.metrics().lines().filter(|line| line.contains(&format!("\"{metric}\":1"))).count()
    }

    /// This test is about mail that is not sent.
    pub fn leave_mail_unsent(&self) {
        self.may_leave_mail.store(true, Ordering::Relaxed);
    }

    /// The outbox items that still wait.
    pub fn waiting_mail(&self) -> usize {
        self.unsent().count()
    }

    fn unsent(&self) -> impl Iterator<Item = Value> {
        let waits = |item: &Value| item["due_shard"]["S"].is_string() && item["entity"]["S"] == "OutboxItem";
        self.engine.scan("MainTable").into_iter().filter(move |item| waits(item) && item["state"]["S"] != "scheduled")
    }

    /// An access token with any header and any claims, signed with the real key.
    pub fn forge(&self, header: &str, claims: &str) -> String {
        let signing: Value = self.vault.get("signing");
        let der = STANDARD.decode(signing["current"]["pkcs8"].as_str().unwrap()).unwrap();
        let key = KeyPair::from_pkcs8(&der).unwrap();
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The clock, for what runs long.
    pub fn clock(&self) -> impl Fn() -> Timestamp + Send + Sync + use<> {
        let clock = Arc::clone(&self.clock);
        move || *clock.lock().unwrap()
    }

    /// Lets time pass, from within what runs long.
    pub fn waiting(&self) -> impl Fn(SignedDuration) + Send + Sync + use<> {
        let clock = Arc::clone(&self.clock);
        move |by| {
            let mut now = clock.lock().unwrap();
            *now = now.plus(by);
        }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// The randomness, which SEED fixes.
    pub fn entropy(&self) -> &Entropy {
        &self.app.entropy
    }

    /// Starts the functions behind the API, each with the secrets that it names.
    pub async fn warm_up(&self) {
        for function in functions::<Served<App>>().into_iter().chain([front()]) {
            let name = function.name();
            FUNCTION.scope(name, self.apps[name].warm_up(function.secrets)).await;
        }
    }

    /// The route that the gateway takes to this path.
    pub fn route_of(&self, method: &Method, path: &str) -> Chosen {
        self.routes.choose(method, path).expect("the API has a $default route")
    }

    /// Where the command line reads and writes secrets.
    pub fn secrets(&self) -> SecretSource {
        self.secret_source()
    }

    pub(crate) fn secret_source(&self) -> SecretSource {
        secret_source(&self.vault)
    }

    pub(crate) async fn send(&self, mut incoming: Incoming) -> Answer {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        incoming.request_id = format!("request-{number}");
        incoming.at = jiff::Timestamp::from_millisecond(self.now().as_millisecond()).unwrap();
        if self.adds_slashes && !incoming.path.ends_with('/') {
            incoming.path.push('/');
        }
        if signs_in(incoming.path.trim_end_matches('/')) {
            self.sign_ins.lock().unwrap().insert(incoming.request_id.clone());
        }
        let chosen = self.route_of(&incoming.method, &incoming.path);
        let answer = self.invoke(&chosen.function, incoming.event(&chosen)).await;
        if !self.adds_slashes || answer.status != http::StatusCode::PERMANENT_REDIRECT {
            return answer;
        }
        // As a client follows it: the method and the body stay.
        incoming.path.pop();
        let chosen = self.route_of(&incoming.method, &incoming.path);
        self.invoke(&chosen.function, incoming.event(&chosen)).await
    }

    /// Hands a function an event of the gateway, and lets it do what it does when the answer has been sent.
    pub async fn invoke(&self, function: &str, event: Value) -> Answer {
        let answer = self.hand_over(function, &event).await.unwrap();
        self.issued.look_through(answer.get());
        Answer::of(&serde_json::from_str(answer.get()).unwrap())
    }

    /// Hands a function anything, and tells what it returns.
    pub async fn hand_over(
        &self,
        function: &str,
        event: &impl Serialize,
    ) -> Result<Box<RawValue>, lambda_runtime::Error> {
        let payload = to_raw_value(event).unwrap();
        let (function, endpoint) = self.endpoints.get_key_value(function).expect("the template names a known function");
        let mut context = Context::default();
        context.xray_trace_id = Some(TRACE.to_owned());
        let returned = FUNCTION.scope(function, endpoint(LambdaEvent::new(payload, context))).await;
        FUNCTION.scope(function, self.apps[function].places.catch_up()).await;
        returned
    }

    pub(crate) fn incoming(method: Method, target: &str) -> Incoming {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Incoming {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: http::HeaderMap::new(),
            body: Vec::new(),
            source: [203, 0, 113, 9].into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            request_id: String::new(),
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the order of this test's store calls comes from SEED={}", self.seed);
        } else if !self.may_leave_mail.load(Ordering::Relaxed) {
            // Most tests sign somebody in and are about something else: word of a new device may stay unsent.
            let sign_ins = self.sign_ins.lock().unwrap();
            let unsent = self.unsent().filter(|item| !sign_ins.contains(item["request_id"]["S"].as_str().unwrap()));
            assert_eq!(unsent.count(), 0, "the test leaves mail unsent; call run_workers()");
        }
    }
}

fn signs_in(path: &str) -> bool {
    let by_credential = path.strip_prefix("/api/auth/social/").is_some_and(|rest| !rest.contains('/'));
    ["/api/auth/passkey", "/api/auth/token", "/api/oauth/exchange"].contains(&path) || by_credential
}
