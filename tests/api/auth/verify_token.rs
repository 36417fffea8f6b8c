//! `POST /api/auth/token/verify`

use jiff::SignedDuration;
use latchkey_tests::{Answer, Person, TestApp};
use serde_json::json;

async fn verify(app: &TestApp, token: &str) -> Answer {
    app.anon().post("/api/auth/token/verify", json!({ "token": token })).await
}

#[tokio::test]
async fn both_kinds_of_tokens_are_told_apart_with_their_end() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let access = verify(&app, &ada.access).await.success();
    assert_eq!(access, json!({ "active": true, "token_type": "access", "expires_at": "2026-03-02T09:45:00.000Z" }));
    let refresh = verify(&app, &ada.refresh).await.success();
    assert_eq!(refresh, json!({ "active": true, "token_type": "refresh", "expires_at": "2026-04-01T09:30:00.000Z" }));
}

#[tokio::test]
async fn a_used_refresh_token_is_good_until_its_grace_ends() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let next = Person::of(app.refresh(&ada.refresh).await.success());
    assert_eq!(verify(&app, &ada.refresh).await.text_of("expires_at"), "2026-03-02T09:30:30.000Z");
    app.advance(SignedDuration::from_secs(31));
    assert_eq!(verify(&app, &ada.refresh).await.summary(), "401 token_invalid");
    assert_eq!(verify(&app, &next.refresh).await.status, 200, "asking about a token ends nothing");
}

#[tokio::test]
async fn tokens_of_an_ended_session_are_refused_at_once() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    ada.calling(&app).post("/api/auth/logout", json!({})).await;
    assert_eq!(verify(&app, &ada.access).await.summary(), "401 token_invalid");
    assert_eq!(verify(&app, &ada.refresh).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let app = TestApp::new();
    for wrong in ["", "lkr_", "a.b.c", "....", "\u{0}", &"x".repeat(20_000)] {
        assert_eq!(verify(&app, wrong).await.summary(), "401 token_invalid");
    }
}
