//! Secrets in logs, in metrics and at rest.

use std::io::Write;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use latchkey_tests::{NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::json;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

/// What stands in a profile.
const BANK_ACCOUNT: &str = "GB33BUKB20201555555555";

/// Where the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_of_a_whole_journey_reaches_the_log_the_metrics_or_the_tables() {
    let log = Log::default();
    // For the whole process: what other tests log in the meantime may be scanned with it.
    let lines = tracing_subscriber::fmt::layer().json().with_writer(log.clone());
    let filter: Targets = "info,latchkey=trace".parse().unwrap();
    tracing::subscriber::set_global_default(registry().with(lines).with(filter)).unwrap();

    let app = TestApp::new();
    let mut secrets = vec![PASSWORD.to_owned(), NEW_PASSWORD.to_owned(), "a wrong guess".to_owned()];
    let registration = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let code = app.code_to("ada@example.com");
    let link = app.link_to("ada@example.com").split_once("token=").unwrap().1.to_owned();
    app.anon().get(&format!("/confirm-email?token={link}")).await;
    app.anon().get(&format!("/nowhere/{link}?token={link}")).await;
    let ada = Person::of(app.verify_email(&registration, &code).await.ok());
    app.run_workers().await;
    let next = Person::of(app.refresh(&ada.refresh).await.ok());
    next.calling(&app).get("/api/auth/me").await;
    app.anon().post("/api/auth/token/verify", json!({ "token": next.refresh })).await;
    app.anon().post("/api/auth/token", json!({ "login": "ada@example.com", "password": "a wrong guess" })).await;
    app.advance(SignedDuration::from_mins(1));
    app.refresh(&ada.refresh).await;
    app.run_workers().await;
    app.ask_for_reset("ada@example.com").await.ok();
    app.run_workers().await;
    let reset = app.code_to("ada@example.com");
    let reset_link = app.link_to("ada@example.com").split_once("token=").unwrap().1.to_owned();
    app.anon().get(&format!("/reset-password?token={reset_link}")).await;
    app.reset_password("ada@example.com", &reset, NEW_PASSWORD).await.ok();
    let body = json!({ "login": "ada@example.com", "password": NEW_PASSWORD });
    let changing = Person::of(app.anon().post("/api/auth/token", body).await.ok());
    let body = json!({ "current_password": NEW_PASSWORD, "new_password": PASSWORD });
    changing.calling(&app).post("/api/auth/password", body).await.ok();
    app.run_workers().await;
    let last = Person::of(app.sign_in("ada@example.com").await.ok());
    last.calling(&app).post("/api/auth/logout", json!({})).await;
    let leaving = Person::of(app.sign_in("ada@example.com").await.ok());
    leaving.calling(&app).patch("/api/auth/profile", json!({ "bank_account": BANK_ACCOUNT })).await.ok();
    leaving.calling(&app).delete("/api/auth/me").await.ok();
    app.run_workers().await;
    let cancel_link = app.link_to("ada@example.com").split_once("token=").unwrap().1.to_owned();
    app.anon().get(&format!("/cancel-deletion?token={cancel_link}")).await;
    app.anon().post_form("/cancel-deletion", &format!("token={cancel_link}")).await;
    app.run_workers().await;
    secrets.extend([
        cancel_link,
        registration,
        code,
        link,
        reset,
        reset_link,
        ada.access,
        ada.refresh,
        next.access,
        next.refresh,
        last.access,
        last.refresh,
    ]);

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("request answered"), "the log was caught");
    let metrics = app.metrics();
    let stored = json!([app.engine.scan("MainTable"), app.engine.scan("EphemeralTable")]).to_string();
    for secret in &secrets {
        assert!(!log.contains(secret), "the log holds {secret}");
        assert!(!metrics.contains(secret), "a metric holds {secret}");
        assert!(!stored.contains(secret), "a table holds {secret}");
    }
    assert!(!log.contains("ada@example.com"), "the log names a person");
    assert!(!log.contains(BANK_ACCOUNT), "the log tells of a bank");
}
