//! `Idempotency-Key`: what is sent again is done once.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Answer, Fault, PASSWORD, TestApp};
use serde_json::{Value, json};

const KEY: &str = "8e03978e-40d5-43e8-bc93-6894a57f9324";

fn registration(name: &str) -> Value {
    json!({ "email": "ada@example.com", "name": name, "password": PASSWORD })
}

async fn register(app: &TestApp, key: &str, body: Value) -> Answer {
    app.anon().with("idempotency-key", key).post("/api/auth/register", body).await
}

/// Status and body to the byte, and whether it was told before.
fn told(answer: &Answer) -> (u16, &str, &str, &str) {
    (answer.status.as_u16(), &answer.text, answer.header("content-type"), answer.header("idempotency-replayed"))
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_is_done_once() {
    let app = TestApp::new();
    let first = register(&app, KEY, registration("Ada")).await;
    let again = register(&app, KEY, registration("Ada")).await;
    assert_eq!(told(&first), (202, first.text.as_str(), "application/json", ""));
    assert_eq!(told(&again), (202, first.text.as_str(), "application/json", "true"));
    assert_ne!(first.header("x-request-id"), again.header("x-request-id"), "each answer names its own request");
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@example.com").len(), 1);
    // What was told twice is good once.
    let token = again.text_of("registration_token");
    assert_eq!(app.verify_email(&token, &app.code_to("ada@example.com")).await.status, 201);
    app.run_workers().await;
}

#[tokio::test]
async fn an_answer_without_a_body_is_told_again_too() {
    let app = TestApp::new();
    let token = app.register("ada@example.com").await.text_of("registration_token");
    for replayed in ["", "true"] {
        let caller = app.anon().with("idempotency-key", KEY);
        let answer = caller.post("/api/auth/verify-email/resend", json!({ "registration_token": token })).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (202, ""));
        assert_eq!(answer.header("idempotency-replayed"), replayed);
    }
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@example.com").len(), 2);
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let app = TestApp::new();
    register(&app, KEY, registration("Ada")).await.success();
    assert_eq!(register(&app, KEY, registration("Eve")).await.summary(), "422 idempotency_key_reused");
    let caller = app.anon().with("idempotency-key", KEY);
    let queried = caller.post("/api/auth/register?a=b", registration("Ada")).await;
    assert_eq!(queried.summary(), "422 idempotency_key_reused");
    app.run_workers().await;
}

#[tokio::test]
async fn another_key_another_path_and_no_key_are_other_requests() {
    let app = TestApp::new();
    let first = register(&app, KEY, registration("Ada")).await;
    let other = register(&app, "another", registration("Ada")).await;
    let without = app.anon().post("/api/auth/register", registration("Ada")).await;
    assert_eq!((other.status, without.status), (first.status, first.status));
    assert!(first.text != other.text && first.text != without.text && other.text != without.text);
    let caller = app.anon().with("idempotency-key", KEY);
    let body = json!({ "registration_token": first.text_of("registration_token") });
    assert_eq!(caller.post("/api/auth/verify-email/resend", body).await.header("idempotency-replayed"), "");
    app.run_workers().await;
}

#[tokio::test]
async fn a_slash_at_the_end_does_not_make_another_request() {
    let app = TestApp::new();
    let first = register(&app, KEY, registration("Ada")).await;
    let caller = app.anon().with("idempotency-key", KEY);
    let again = caller.post("/api/auth/register/", registration("Ada")).await;
    assert_eq!(told(&again), (202, first.text.as_str(), "application/json", "true"));
    app.run_workers().await;
}

#[tokio::test]
async fn a_refusal_is_told_again_word_for_word() {
    let app = TestApp::new();
    let weak = json!({ "email": "ada@example.com", "name": "Ada", "password": "password" });
    let first = register(&app, KEY, weak.clone()).await;
    let again = register(&app, KEY, weak).await;
    assert_eq!(first.summary(), "422 password_too_weak");
    assert_eq!(told(&again), (422, first.text.as_str(), "application/problem+json", "true"));
}

#[tokio::test]
async fn of_many_at_once_one_is_done() {
    let app = TestApp::new();
    let answers = join_all((0..20).map(|_| register(&app, KEY, registration("Ada")))).await;
    let done: Vec<_> = answers.iter().filter(|answer| answer.status == 202).collect();
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        assert_eq!((answer.summary().as_str(), answer.header("retry-after")), ("409 request_in_progress", "1"));
    }
    let original = done.iter().find(|answer| answer.header("idempotency-replayed").is_empty()).unwrap();
    assert!(done.iter().all(|answer| answer.text == original.text));
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@example.com").len(), 1);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let app = TestApp::new();
    let first = register(&app, KEY, registration("Ada")).await;
    app.advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(1));
    assert_eq!(register(&app, KEY, registration("Ada")).await.text, first.text);
    app.advance(SignedDuration::from_secs(2));
    let later = register(&app, KEY, registration("Eve")).await;
    assert_eq!(told(&later), (202, later.text.as_str(), "application/json", ""));
    app.run_workers().await;
}

#[tokio::test]
async fn too_many_and_a_fault_of_ours_are_not_kept() {
    let app = TestApp::with_config(&[("RATE_REGISTER", "1/hour")]);
    app.register("bea@example.com").await.success();
    assert_eq!(register(&app, KEY, registration("Ada")).await.summary(), "429 rate_limited");
    app.advance(SignedDuration::from_hours(3));
    for _ in 0..3 {
        app.engine.fail("TransactWriteItems", 0, Fault::Unreachable);
    }
    assert_eq!(register(&app, KEY, registration("Ada")).await.summary(), "503 unavailable");
    app.engine.heal();
    app.advance(SignedDuration::from_hours(3));
    let done = register(&app, KEY, registration("Ada")).await;
    assert_eq!(told(&done), (202, done.text.as_str(), "application/json", ""));
    app.run_workers().await;
}

#[tokio::test]
async fn a_process_that_died_at_it_locks_the_key_for_its_lease_alone() {
    let app = TestApp::new();
    // The note of the answer fails for good: to the store it is as if the process had died.
    for _ in 0..3 {
        app.engine.fail("UpdateItem", 3, Fault::Unreachable);
    }
    let first = register(&app, KEY, registration("Ada")).await;
    assert_eq!(first.status, 202, "the act is done, and told");
    app.engine.heal();
    assert_eq!(register(&app, KEY, registration("Ada")).await.summary(), "409 request_in_progress");
    app.advance(SignedDuration::from_secs(36));
    assert_eq!(register(&app, KEY, registration("Eve")).await.summary(), "422 idempotency_key_reused");
    assert_eq!(register(&app, KEY, registration("Ada")).await.status, 202);
    app.run_workers().await;
}

#[tokio::test]
async fn a_claim_whose_answer_is_lost_is_still_ours() {
    let app = TestApp::new();
    app.engine.fail("UpdateItem", 0, Fault::LostAnswer);
    assert_eq!(register(&app, KEY, registration("Ada")).await.status, 202);
    app.run_workers().await;
}

#[tokio::test]
async fn without_a_key_nothing_is_paid_and_with_one_two_writes() {
    let app = TestApp::new();
    let mut counts = Vec::new();
    for key in [None, Some(KEY), Some(KEY)] {
        app.engine.take_calls();
        match key {
            None => app.register("ada@example.com").await.success(),
            Some(key) => register(&app, key, registration("Ada")).await.success(),
        };
        counts.push(app.engine.take_calls().len());
    }
    assert_eq!(counts, [4, 6, 2], "what is told again is looked up and counted");
    app.run_workers().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_anything_is_written() {
    let app = TestApp::new();
    let body = registration(&"x".repeat(70_000));
    assert_eq!(register(&app, KEY, body).await.summary(), "413 body_too_large");
    assert!(app.engine.take_calls_of_rules().is_empty());
}
