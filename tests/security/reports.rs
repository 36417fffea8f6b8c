//! Learning of people from what is reported to Sentry, and making the API wait for it.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use latchkey::outbound::Outbound;
use latchkey::telemetry::log_to;
use latchkey::telemetry::sentry::{Dsn, Posting, Reporter, Reporting, reporter};
use latchkey_tests::{Fault, Log, PASSWORD, TRACE, TestApp};
use serde_json::{Value, json};

/// Sentry, as far as a sender can tell. It answers with this status, or not at all.
#[derive(Debug, Clone)]
struct Sentry {
    status: Option<u16>,
    received: Arc<Mutex<Vec<String>>>,
}

impl Sentry {
    fn answering(status: Option<u16>) -> Self {
        Self { status, received: Arc::default() }
    }

    /// A reporter to it, and what sends.
    fn reporter(&self, app: &TestApp, sample_rate: f64) -> (Reporter, Posting) {
        let dsn = Dsn::parse("https://publickey123@o1.ingest.sentry.io/42").unwrap();
        let outbound = Outbound::over(SharedHttpConnector::new(self.clone()));
        reporter(&Reporting { dsn, sample_rate }, outbound, app.entropy().clone())
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
        assert!(key.ends_with("sentry_key=publickey123"), "{key}");
        assert_eq!(request.uri(), "https://o1.ingest.sentry.io/api/42/envelope/");
        self.received.lock().unwrap().push(body);
        HttpConnectorFuture::ready(match self.status {
            Some(status) => Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::empty())),
            None => Err(ConnectorError::io("nobody answers".into())),
        })
    }
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
    let sentry = Sentry::answering(Some(200));
    let (reporter, posting) = sentry.reporter(&app, 1.0);
    tokio::spawn(posting.run());
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log_to(log.clone(), "info", Some(reporter)));
    assert_eq!(failing_sign_in(&app).await, "503 unavailable");
    let envelope = sentry.received(1).await.remove(0);
    let parts: Vec<Value> = envelope.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [head, kind, event] = parts.as_slice() else { panic!("{envelope}") };
    assert_eq!((&head["event_id"], &kind["type"]), (&event["event_id"], &json!("event")));
    assert_eq!(event["event_id"].as_str().unwrap().len(), 32);
    assert_eq!(event["message"]["formatted"], "request failed");
    assert_eq!(event["extra"]["cause"], "the store is unavailable: no connection");
    let request_id = log.lines()[0]["request_id"].clone();
    assert_eq!(
        event["tags"],
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
    app.engine.database().update_item(serde_json::from_value(spoil).unwrap()).unwrap();
    let sentry = Sentry::answering(Some(200));
    let (reporter, posting) = sentry.reporter(&app, 1.0);
    tokio::spawn(posting.run());
    let _guard = tracing::subscriber::set_default(log_to(Log::default(), "info", Some(reporter)));
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 500);
    let envelope = sentry.received(1).await.remove(0);
    assert!(!envelope.contains("private words") && !envelope.contains(ada.id()), "{envelope}");
}

#[tokio::test]
async fn no_answer_waits_for_reports_however_many_there_are() {
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "1000")]).with_account("ada@example.com").await;
    let sentry = Sentry::answering(Some(200));
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
async fn a_sentry_that_is_not_there_or_has_enough_changes_nothing() {
    for (status, tried) in [(None, 3), (Some(500), 3), (Some(403), 3), (Some(429), 1)] {
        let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
        let sentry = Sentry::answering(status);
        let (reporter, posting) = sentry.reporter(&app, 1.0);
        tokio::spawn(posting.run());
        let log = Log::default();
        let _guard = tracing::subscriber::set_default(log_to(log.clone(), "info", Some(reporter)));
        for _ in 0..3 {
            assert_eq!(failing_sign_in(&app).await, "503 unavailable");
        }
        assert_eq!(sentry.received(3).await.len(), tried, "{status:?}");
        app.sign_in("ada@example.com").await.success();
        let answered =
            log.lines().iter().filter(|line| line["message"].as_str().unwrap().starts_with("request ")).count();
        assert_eq!(answered, 4);
    }
}

#[tokio::test]
async fn of_errors_that_are_sampled_a_part_is_reported_and_of_other_lines_none() {
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "1000")]).with_account("ada@example.com").await;
    let sentry = Sentry::answering(Some(200));
    let (reporter, posting) = sentry.reporter(&app, 0.25);
    tokio::spawn(posting.run());
    let _guard = tracing::subscriber::set_default(log_to(Log::default(), "info", Some(reporter)));
    for _ in 0..60 {
        app.anon().get("/nowhere").await;
        assert_eq!(failing_sign_in(&app).await, "503 unavailable");
    }
    let errors = sentry.received(60).await.len();
    assert!((3..=32).contains(&errors), "about 15 of 60: {errors}");
}
