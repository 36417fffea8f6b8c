//! Rate limits: the primary ones, the headers, and what a refusal says.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Answer, TestApp};
use serde_json::json;

/// A page: it counts as a visit, and nothing stands behind it.
async fn visit(app: &TestApp, from: &str) -> Answer {
    app.anon().from(from).get("/password-changed").await
}

#[tokio::test]
async fn an_answer_tells_which_limits_it_met_and_what_is_left() {
    let app = TestApp::new();
    let body = json!({ "login": "ada@example.com", "password": "not the password" });
    let first = app.anon().post("/api/auth/token", body.clone()).await;
    assert_eq!(first.header("ratelimit-policy"), r#""anonymous";q=5000;w=3600, "sign_in";q=10;w=60"#);
    assert_eq!(first.header("ratelimit"), r#""anonymous";r=4999;t=4201, "sign_in";r=9;t=71"#);
    for _ in 0..4 {
        app.anon().post("/api/auth/token", body.clone()).await;
    }
    assert!(app.anon().post("/api/auth/token", body.clone()).await.header("ratelimit").contains(r#""sign_in";r=4;"#));
    // Another address has its own.
    let other = app.anon().from("192.0.2.1").post("/api/auth/token", body).await;
    assert!(other.header("ratelimit").contains(r#""sign_in";r=9;"#));
    assert_eq!(app.anon().get("/api/health").await.header("ratelimit-policy"), "");
}

#[tokio::test]
async fn a_refusal_is_a_page_or_a_problem_with_the_seconds_to_wait() {
    let app = TestApp::with_config(&[("RATE_ANON", "3/min")]);
    for left in ["2", "1", "0"] {
        let answer = visit(&app, "192.0.2.1").await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("ratelimit").starts_with(&format!(r#""anonymous";r={left};"#)), "{left}");
        assert_eq!(answer.header("retry-after"), "");
    }
    let refused = visit(&app, "192.0.2.1").await;
    assert_eq!((refused.status.as_u16(), refused.header("content-type")), (429, "text/html; charset=utf-8"));
    assert!(refused.text.contains("Please try again in "), "{}", refused.text);
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert_eq!(refused.header("ratelimit"), format!(r#""anonymous";r=0;t={seconds}"#));
    let body = json!({ "email": "ada@example.com" });
    let refused = app.anon().from("192.0.2.1").post("/api/auth/password-reset", body).await;
    assert_eq!(refused.summary(), "429 rate_limited");
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.header("retry-after"), seconds.to_string());
    app.advance(SignedDuration::from_secs(seconds));
    assert_eq!(visit(&app, "192.0.2.1").await.status, 200);
}

#[tokio::test]
async fn what_others_did_to_a_mailbox_or_a_login_is_not_told() {
    let app = TestApp::new();
    let answer = app.register("ada@example.com").await;
    assert_eq!(answer.header("ratelimit-policy"), r#""anonymous";q=5000;w=3600, "register";q=15;w=3600"#);
    assert!(!app.sign_in("ada@example.com").await.header("ratelimit-policy").contains("failures"));
    app.run_workers().await;
}

#[tokio::test]
async fn a_hundred_a_day_for_strangers_and_a_thousand_for_persons() {
    let rates = [("RATE_ANON", "100/day"), ("RATE_USER", "1000/day")];
    let (app, ada) = TestApp::with_config(&rates).with_account("ada@example.com").await;
    let visits = join_all((0..150).map(|_| visit(&app, "192.0.2.1"))).await;
    let admitted = visits.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(admitted, 100);
    assert_eq!(visit(&app, "192.0.2.1").await.status, 429);
    // Signed in, the same address is another matter.
    let mut admitted = 0;
    while ada.calling(&app).from("192.0.2.1").get("/api/auth/me").await.status == 200 {
        admitted += 1;
        // Sessions' access tokens live for minutes; the limit for a day.
        assert!(admitted <= 1000);
    }
    assert_eq!(admitted, 1000);
    // It is the person's, from wherever.
    let elsewhere = ada.calling(&app).from("192.0.2.2").get("/api/auth/me").await;
    assert_eq!(
        (elsewhere.summary().as_str(), elsewhere.header("ratelimit-policy")),
        ("429 rate_limited", r#""person";q=1000;w=86400"#)
    );
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "429 rate_limited");
    app.advance(SignedDuration::from_hours(28));
    assert_eq!(visit(&app, "192.0.2.1").await.status, 200);
    app.refresh(&ada.refresh).await.ok();
}

#[tokio::test]
async fn five_thousand_an_hour_for_strangers_at_a_hundredth_of_the_writes() {
    let app = TestApp::new();
    let mut admitted = 0;
    while visit(&app, "192.0.2.1").await.status == 200 {
        admitted += 1;
        assert!(admitted <= 5000);
    }
    assert_eq!(admitted, 5000, "one environment loses nothing");
    let updates = app.engine.take_calls().len();
    assert!(updates <= 120, "{updates} updates");
    // What is known to be used up is not asked again.
    for _ in 0..20 {
        assert_eq!(visit(&app, "192.0.2.1").await.status, 429);
    }
    assert_eq!(app.engine.take_calls().len(), 0);
    assert_eq!(visit(&app, "192.0.2.2").await.status, 200);
}

#[tokio::test]
async fn health_keys_discovery_and_the_document_count_for_nobody() {
    let app = TestApp::with_config(&[("RATE_ANON", "1/day")]);
    for _ in 0..3 {
        for path in [
            "/api/health",
            "/api/health/ready",
            "/.well-known/jwks.json",
            "/.well-known/openid-configuration",
            "/api/openapi.json",
            "/api/docs",
        ] {
            assert_eq!(app.anon().get(path).await.status, 200, "{path}");
        }
    }
    assert_eq!(visit(&app, "203.0.113.9").await.status, 200);
    assert_eq!(visit(&app, "203.0.113.9").await.status, 429);
}

#[tokio::test]
async fn an_answer_that_is_told_again_counts_as_well() {
    let app = TestApp::with_config(&[("RATE_ANON", "5/hour")]);
    let body = json!({ "email": "ada@example.com", "name": "Ada", "password": latchkey_tests::PASSWORD });
    let keyed = app.anon().with("idempotency-key", "one");
    for _ in 0..5 {
        assert_eq!(keyed.post("/api/auth/register", body.clone()).await.status, 202);
    }
    assert_eq!(keyed.post("/api/auth/register", body).await.summary(), "429 rate_limited");
    app.run_workers().await;
}

#[tokio::test]
async fn a_request_counts_once_however_many_limits_it_meets() {
    let (app, ada) = TestApp::with_config(&[("RATE_USER", "4/hour")]).with_account("ada@example.com").await;
    for _ in 0..4 {
        ada.calling(&app).get("/api/auth/sessions").await.ok();
    }
    assert_eq!(ada.calling(&app).get("/api/auth/sessions").await.summary(), "429 rate_limited");
}

#[tokio::test]
async fn two_hundred_requests_at_once_are_admitted_up_to_the_limit() {
    let (app, ada) = TestApp::with_config(&[("RATE_SESSIONS", "50/hour")]).with_account("ada@example.com").await;
    let caller = ada.calling(&app);
    let answers = join_all((0..200).map(|_| caller.get("/api/auth/sessions"))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 50);
    assert_eq!(answers.iter().filter(|answer| answer.summary() == "429 rate_limited").count(), 150);
}
