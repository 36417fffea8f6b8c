//! Learning of people from what is reported to Sentry, and making the API wait for it.

use std::error::Error;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use latchkey_identity::registry::entities;
use latchkey_kernel::outbound::Outbound;
use latchkey_kernel::telemetry::sentry::{Dsn, Posting, Reporter, Reporting, Waiting, reporter};
use latchkey_kernel::telemetry::{chain, log_to};
use latchkey_tests::{Fault, Log, PASSWORD, TRACE, TestApp};
use sentry_core::protocol::{Context, Envelope, EnvelopeItem, Event};
use serde_json::json;
use tracing::subscriber::DefaultGuard;

/// Sentry, as far as a sender can tell.
#[derive(Debug, Clone)]
struct Sentry {
    answer: Answer,
    received: Arc<Mutex<Vec<String>>>,
}

/// What it says to a report.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Status(u16),
    Limits(u16, &'static str, &'static str),
    /// The connection fails.
    Gone,
    /// It never says anything.
    Silent,
}

impl Sentry {
    fn answering(answer: Answer) -> Self {
        Self { answer, received: Arc::default() }
    }

    /// A reporter to it, and what sends.
    fn reporter(&self, app: &TestApp, sample_rate: f64) -> (Reporter, Posting) {
        let dsn = Dsn::parse("https://publickey123@o1.ingest.sentry.io/42").unwrap();
        let outbound = Outbound::over(SharedHttpConnector::new(self.clone()));
        let reporting = Reporting { dsn, sample_rate, environment: "staging-7".to_owned() };
        let entities = entities().map(|shape| shape.entity.name()).collect();
        reporter(&reporting, entities, outbound, app.entropy().clone())
    }

    /// Reports what this thread logs until the guard is dropped. The second tells when reports are sent.
    fn watch(&self, app: &TestApp, sample_rate: f64, log: Log) -> (DefaultGuard, Waiting) {
        let (reporter, posting) = self.reporter(app, sample_rate);
        let waiting = posting.waiting();
        tokio::spawn(posting.run());
        (tracing::subscriber::set_default(log_to(log, "info", Some(reporter))), waiting)
    }

    /// What came, once so many have.
    async fn received(&self, count: usize) -> Vec<String> {
        for _ in 0..10_000 {
            if self.received.lock().unwrap().len() >= count {
                break;
            }
            tokio::task::yield_now().await;
        }
        self.received.lock().unwrap().clone()
    }
}

impl HttpConnector for Sentry {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        let key = request.headers().get("x-sentry-auth").unwrap();
        assert!(
            key.starts_with("Sentry sentry_key=publickey123, sentry_version=7, ")
                && key.contains("sentry_client=latchkey/"),
            "{key}"
        );
        assert_eq!(request.headers().get("content-type"), Some("application/x-sentry-envelope"));
        assert_eq!(request.uri(), "https://o1.ingest.sentry.io/api/42/envelope/");
        self.received.lock().unwrap().push(body);
        let (status, limits) = match self.answer {
            Answer::Status(status) => (status, None),
            Answer::Limits(status, name, value) => (status, Some((name, value))),
            Answer::Gone => return HttpConnectorFuture::ready(Err(ConnectorError::io("no connection".into()))),
            Answer::Silent => return HttpConnectorFuture::new(std::future::pending()),
        };
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        if let Some((name, value)) = limits {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// A report, as Sentry's own library reads it.
fn read(envelope: &str) -> Event<'static> {
    let envelope = Envelope::from_slice(envelope.as_bytes()).unwrap();
    let event = envelope.event().unwrap().clone();
    assert_eq!(envelope.uuid(), Some(&event.event_id));
    event
}

/// The types and texts of a chain of errors, in Sentry's order.
fn chain_of<'a>(event: &'a Event<'_>) -> Vec<(&'a str, &'a str)> {
    event.exception.iter().map(|one| (one.ty.as_str(), one.value.as_deref().unwrap_or_default())).collect()
}

/// A sign-in whose store is not there.
async fn failing_sign_in(app: &TestApp) -> String {
    app.engine.fail_always(Fault::Unreachable);
    let body = json!({ "login": "ada@example.com", "password": PASSWORD, "device_name": "Ada's laptop" });
    let caller = app.anon().from("198.51.100.7").with("cookie", "__Host-refresh=lkr_AAAA").with("x-forged", "forged");
    let summary = caller.post("/api/auth/token?token=lkx_secret", body).await.summary();
    app.engine.heal();
    summary
}

#[tokio::test]
async fn a_report_names_the_place_and_the_request_and_nobody() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    let sentry = Sentry::answering(Answer::Status(200));
    let log = Log::default();
    let (_guard, _) = sentry.watch(&app, 1.0, log.clone());
    assert_eq!(failing_sign_in(&app).await, "503 unavailable");
    let envelope = sentry.received(1).await.remove(0);
    let event = read(&envelope);
    assert_eq!(event.message.as_deref(), Some("request failed"));
    assert_eq!(chain_of(&event), [("Unavailable", "the store is unavailable: no connection")]);
    assert_eq!(event.transaction.as_deref(), Some("/api/auth/token"));
    let mut tags = event.tags.clone();
    let location = tags.remove("location").unwrap();
    assert!(location.starts_with("shared/kernel/src/http/rate/mod.rs:"), "{location}");
    let request_id = log.lines()[0]["request_id"].clone();
    assert_eq!(
        json!(tags),
        json!({
            "code": "unavailable", "method": "POST", "request_id": request_id, "route": "/api/auth/token",
            "status": "503", "trace_id": TRACE
        })
    );
    for secret in
        ["ada@", "198.51.100.7", PASSWORD, "lkr_", "lkx_", "laptop", "Mozilla", "Firefox", "forged", "publickey"]
    {
        assert!(!envelope.contains(secret), "{secret} is reported: {envelope}");
    }
    assert!(!log.text().contains("publickey"));
}

#[tokio::test]
async fn what_a_row_holds_that_cannot_be_read_is_not_reported() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let spoil = json!({
        "TableName": "MainTable", "Key": { "pk": { "S": format!("ACCOUNT#{}", ada.id()) }, "sk": { "S": "ACCOUNT" } },
        "UpdateExpression": "SET email = :v", "ExpressionAttributeValues": { ":v": { "S": "private words, no address" } },
    });
    app.engine.update(spoil);
    let sentry = Sentry::answering(Answer::Status(200));
    let (_guard, _) = sentry.watch(&app, 1.0, Log::default());
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 500);
    let envelope = sentry.received(1).await.remove(0);
    assert!(!envelope.contains("private words") && !envelope.contains(ada.id()), "{envelope}");
}

#[tokio::test]
async fn no_answer_waits_for_reports_however_many_there_are() {
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "1000")]).with_account("ada@example.com").await;
    let sentry = Sentry::answering(Answer::Status(200));
    let (reporter, posting) = sentry.reporter(&app, 1.0);
    let _guard = tracing::subscriber::set_default(log_to(Log::default(), "info", Some(reporter)));
    for _ in 0..40 {
        assert_eq!(failing_sign_in(&app).await, "503 unavailable");
    }
    assert!(sentry.received.lock().unwrap().is_empty(), "nothing runs that would send");
    tokio::spawn(posting.run());
    assert_eq!(sentry.received(40).await.len(), 32, "what the queue does not hold is lost");
}

#[tokio::test]
async fn a_report_says_which_release_failed_where_and_in_which_deployment() {
    let app = TestApp::new();
    let sentry = Sentry::answering(Answer::Status(200));
    let (_guard, _) = sentry.watch(&app, 1.0, Log::default());
    let line = line!() + 1;
    tracing::error!(target: "latchkey_kernel::outbox", "the outbox is stuck");
    let event = read(&sentry.received(1).await.remove(0));
    let release = option_env!("LATCHKEY_COMMIT").filter(|commit| !commit.is_empty());
    let release = release.map_or_else(|| concat!(env!("CARGO_PKG_VERSION"), "-dev").to_owned(), str::to_owned);
    assert_eq!(event.release, Some(format!("latchkey@{release}").into()));
    assert_eq!(event.environment.as_deref(), Some("staging-7"));
    assert_eq!(event.logger.as_deref(), Some("latchkey_kernel::outbox"));
    let Some(Context::Other(place)) = event.contexts.get("Rust Tracing Location") else { panic!("{event:?}") };
    assert_eq!(json!(place), json!({ "module_path": module_path!(), "file": file!(), "line": line }));
    assert!(event.stacktrace.is_none() && event.exception.is_empty());
}

/// Errors whose texts say too much, one within the other.
#[derive(Debug, thiserror::Error)]
enum Talkative {
    #[error("no mail to Ada Lovelace <ada@example.com>")]
    Mail(#[source] Box<Talkative>),
    #[error("the code 1234 5678 of 203.0.113.9 is wrong")]
    Code(#[source] std::io::Error),
}

#[tokio::test]
async fn each_link_of_a_chain_of_errors_is_reported_without_what_names_a_person() {
    let app = TestApp::new();
    let sentry = Sentry::answering(Answer::Status(200));
    let log = Log::default();
    let (_guard, _) = sentry.watch(&app, 1.0, log.clone());
    let broken = std::io::Error::new(std::io::ErrorKind::BrokenPipe, "cannot send \"lkr_AAAA\" to Müller");
    let error = Talkative::Mail(Box::new(Talkative::Code(broken)));
    tracing::error!(target: "latchkey_kernel::mail", error = chain(&error), address = "198.51.100.7", "mail to bea@example.com given up");
    let envelope = sentry.received(1).await.remove(0);
    let event = read(&envelope);
    assert_eq!(
        chain_of(&event),
        [
            ("Custom", "cannot send […] to […]"),
            ("Code", "the code […] […] of […] is wrong"),
            ("Mail", "no mail to […] […] […]"),
        ]
    );
    assert_eq!(event.message.as_deref(), Some("mail to […] given up"));
    for secret in ["Ada", "ada@", "bea@", "1234", "5678", "203.0", "198.51", "lkr_", "ller"] {
        assert!(!envelope.contains(secret), "{secret} is reported: {envelope}");
    }
    assert_eq!(log.lines()[0]["error"], error.to_string(), "the log shows the error as it always did");
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_sentry_that_is_not_there_or_has_enough_changes_nothing() {
    for (answer, tried) in [
        (Answer::Gone, 1),
        (Answer::Status(500), 3),
        (Answer::Status(403), 3),
        (Answer::Status(429), 1),
        (Answer::Limits(429, "retry-after", "30"), 1),
        (Answer::Limits(200, "x-sentry-rate-limits", "30:error:organization"), 1),
        (Answer::Limits(200, "x-sentry-rate-limits", "30:transaction:key"), 3),
    ] {
        let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
        let sentry = Sentry::answering(answer);
        let log = Log::default();
        let (_guard, waiting) = sentry.watch(&app, 1.0, log.clone());
        for _ in 0..3 {
            assert_eq!(failing_sign_in(&app).await, "503 unavailable");
        }
        waiting.sent().await;
        assert_eq!(sentry.received(0).await.len(), tried, "{answer:?}");
        app.sign_in("ada@example.com").await.success();
        let told =
            |part: &str| log.lines().iter().filter(|line| line["message"].as_str().unwrap().contains(part)).count();
        assert_eq!(told("request "), 4);
        let taken = matches!(answer, Answer::Limits(200, ..));
        assert_eq!(told("the report of an error"), if taken { 0 } else { tried }, "{answer:?}: {}", log.text());
        assert!(!log.text().contains("publickey"));
    }
}

#[tokio::test(start_paused = true)]
async fn after_an_answer_reports_are_waited_for_and_two_seconds_at_most() {
    let app = TestApp::new();
    for (answer, seconds) in [(Answer::Status(200), 0), (Answer::Silent, 2)] {
        let sentry = Sentry::answering(answer);
        let log = Log::default();
        let (_guard, waiting) = sentry.watch(&app, 1.0, log.clone());
        let started = tokio::time::Instant::now();
        waiting.sent().await;
        assert_eq!(started.elapsed().as_secs(), 0, "nothing is reported yet");
        for _ in 0..5 {
            tracing::error!(target: "latchkey_kernel::outbox", "the outbox is stuck");
        }
        assert!(sentry.received.lock().unwrap().is_empty());
        waiting.sent().await;
        assert_eq!(started.elapsed().as_secs(), seconds, "{answer:?}");
        let received = if seconds == 0 { 5 } else { 1 };
        assert_eq!(sentry.received.lock().unwrap().len(), received, "who is silent is not asked five times");
        // By now the rest is counted as lost, and nothing is waited for any more.
        waiting.sent().await;
        assert_eq!(started.elapsed().as_secs(), seconds, "{answer:?}");
        let text = log.text();
        assert_eq!(text.matches("could not be sent to Sentry").count(), usize::from(seconds > 0), "{text}");
        assert!(!text.contains("publickey"));
    }
}

#[tokio::test]
async fn sentry_is_told_how_many_reports_it_did_not_get() {
    let app = TestApp::new();
    let sentry = Sentry::answering(Answer::Status(200));
    let (reporter, posting) = sentry.reporter(&app, 1.0);
    let waiting = posting.waiting();
    let _guard = tracing::subscriber::set_default(log_to(Log::default(), "info", Some(reporter)));
    for _ in 0..40 {
        tracing::error!(target: "latchkey_kernel::outbox", "the outbox is stuck");
    }
    tokio::spawn(posting.run());
    waiting.sent().await;
    tracing::error!(target: "latchkey_kernel::outbox", "the outbox is stuck");
    let last = sentry.received(33).await.pop().unwrap();
    let envelope = Envelope::from_slice(last.as_bytes()).unwrap();
    let report = envelope.items().find(|item| matches!(item, EnvelopeItem::ClientReport(_)));
    assert!(report.is_some(), "{last}");
    let counts = last.lines().find(|line| line.contains("discarded_events")).unwrap();
    let counts: serde_json::Value = serde_json::from_str(counts).unwrap();
    let expected = json!([{ "reason": "queue_overflow", "category": "error", "quantity": 8 }]);
    assert_eq!(counts["discarded_events"], expected);
}

#[tokio::test]
async fn of_errors_that_are_sampled_a_part_is_reported_and_of_other_lines_none() {
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "1000")]).with_account("ada@example.com").await;
    let sentry = Sentry::answering(Answer::Status(200));
    let (_guard, _) = sentry.watch(&app, 0.25, Log::default());
    for _ in 0..60 {
        app.anon().get("/nowhere").await;
        assert_eq!(failing_sign_in(&app).await, "503 unavailable");
    }
    let errors = sentry.received(60).await.len();
    assert!((3..=32).contains(&errors), "about 15 of 60: {errors}");
}
