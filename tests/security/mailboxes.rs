//! Using up what may be mailed to somebody else's address, or mailing too much to it.

use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

fn registration() -> Value {
    json!({ "email": ADA, "name": "A", "password": PASSWORD })
}

#[tokio::test]
async fn asking_again_and_again_past_the_limit_does_not_keep_an_address_from_being_registered() {
    let app = TestApp::new();
    let attack = async |n: usize| {
        let from = format!("198.51.100.{n}");
        app.anon().from(&from).post("/api/auth/register", registration()).await.summary()
    };
    for n in 0..5 {
        assert_eq!(attack(n).await, "202");
    }
    for n in 5..60 {
        assert_eq!(attack(n).await, "429 rate_limited", "{n}");
        app.advance(SignedDuration::from_mins(1));
    }
    let refused = app.anon().from("192.0.2.1").post("/api/auth/register", registration()).await;
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert!(seconds <= 1_000, "the five mails leave the hour soon: {seconds}");
    app.advance(SignedDuration::from_secs(seconds));
    assert_eq!(app.anon().from("192.0.2.1").post("/api/auth/register", registration()).await.status, 202);
    app.run_workers().await;
}

#[tokio::test]
async fn asking_past_the_limit_does_not_keep_an_account_from_changing_to_an_address() {
    let (app, bea) = TestApp::new().with_account("bea@example.com").await;
    let attack = async |n: usize| {
        app.anon().from(&format!("198.51.100.{n}")).post("/api/auth/register", registration()).await.status
    };
    for n in 0..5 {
        assert_eq!(attack(n).await, 202);
    }
    assert_eq!(app.ask_for_email(&bea, ADA).await.summary(), "429 rate_limited");
    for n in 5..65 {
        assert_eq!(attack(n).await, 429);
        app.advance(SignedDuration::from_mins(1));
    }
    app.advance(SignedDuration::from_mins(11));
    let bea = latchkey_tests::Person::of(app.refresh(&bea.refresh).await.success());
    app.ask_for_email(&bea, ADA).await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn a_mailbox_gets_twenty_mails_a_day_over_all_routes() {
    let app = TestApp::with_config(&[("EMAIL_CODE_SIGN_IN", "on")]);
    app.new_account(ADA).await;
    app.advance(SignedDuration::from_hours(29));
    let before = app.subjects_to(ADA).len();
    for hour in 0..23 {
        for n in 0..12 {
            let asking = app.anon().from(&format!("198.51.{}.{n}", 100 + hour));
            asking.post("/api/auth/register", registration()).await;
            asking.post("/api/auth/password-reset", json!({ "email": ADA })).await;
            asking.post("/api/auth/email-code", json!({ "email": ADA })).await;
        }
        app.run_workers().await;
        app.advance(SignedDuration::from_hours(1));
    }
    let mails = app.subjects_to(ADA).len() - before;
    assert_eq!(mails, 20, "{:?}", app.subjects_to(ADA));
    // The day after, there are mails again.
    app.advance(SignedDuration::from_hours(28));
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len() - before, 21);
}
