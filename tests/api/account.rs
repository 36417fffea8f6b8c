//! The function `account`.

use jiff::SignedDuration;
use latchkey_tests::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_person_sees_their_own_account() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let me = ada.calling(&app).get("/api/auth/me").await;
    assert_eq!(me.header("cache-control"), "private, no-cache");
    let me = me.success();
    let fields: Vec<_> = me.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "confirmed_at",
            "created_at",
            "deletion_scheduled_at",
            "email",
            "has_password",
            "id",
            "last_login_at",
            "last_login_ip",
            "login_count",
            "mfa_enabled",
            "name",
            "roles",
            "updated_at",
            "username"
        ]
    );
    assert_eq!(me["id"], ada.answer["user"]["id"]);
    assert_eq!(me["last_login_ip"], "203.0.113.9");
}

#[tokio::test]
async fn without_a_good_token_there_is_nobody() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let missing = app.anon().get("/api/auth/me").await;
    assert_eq!(missing.summary(), "401 token_missing");
    assert_eq!(missing.header("www-authenticate"), "Bearer");
    for header in ["", "Bearer", "Bearer ", "Basic YTpi", "bearer x", &format!("Bearer {} {}", ada.access, ada.access)]
    {
        let answer = app.anon().with("authorization", header).get("/api/auth/me").await;
        assert_eq!(answer.summary(), "401 token_invalid", "{header}");
    }
    let twice = ada.calling(&app).with("authorization", "Bearer x").get("/api/auth/me").await;
    assert_eq!(twice.summary(), "401 token_invalid");
}

#[tokio::test]
async fn a_token_is_not_good_before_its_time_or_after_it() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    app.advance(SignedDuration::from_mins(-1));
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    app.advance(SignedDuration::from_mins(15));
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200);
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn other_methods_are_answered_with_those_it_takes() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let answer = ada.calling(&app).post("/api/auth/me", json!({})).await;
    assert_eq!(answer.summary(), "405 method_not_allowed");
    assert_eq!(answer.header("allow"), "GET,HEAD,PATCH,DELETE");
    let options = app.anon().request(http::Method::OPTIONS, "/api/auth/me", None, Vec::new()).await;
    assert_eq!((options.status.as_u16(), options.header("allow")), (204, "GET,HEAD,PATCH,DELETE"));
}

#[tokio::test]
async fn raising_the_epoch_ends_every_session_at_once() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let id = ada.answer["user"]["id"].as_str().unwrap();
    let raise = json!({
        "TableName": "MainTable",
        "Key": { "pk": { "S": format!("ACCOUNT#{id}") }, "sk": { "S": "ACCOUNT" } },
        "UpdateExpression": "ADD session_epoch :one",
        "ExpressionAttributeValues": { ":one": { "N": "1" } },
    });
    app.engine.update(raise);
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_invalid");
    let verified = app.anon().post("/api/auth/token/verify", json!({ "token": ada.refresh })).await;
    assert_eq!(verified.summary(), "401 token_invalid");
}
