//! What a person sees of the providers that are connected.

use latchkey_tests::{CLIENT_ID, TestApp, ada_at_acme, ada_at_google};
use serde_json::json;

#[tokio::test]
async fn the_providers_that_are_connected_are_listed() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    let code = app.providers.code(&ada_at_acme(), "https://id.example.com/api/oauth/acme/callback");
    ada.calling(&app).post("/api/auth/social/accounts/acme/connect", json!({ "code": code })).await.success();
    app.run_workers().await;
    let listed = ada.calling(&app).get("/api/auth/social/accounts").await.success();
    let told = |index: usize, field: &str| listed["items"][index][field].clone();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!((told(0, "provider"), told(0, "provider_display")), (json!("acme"), json!("Acme Login")));
    assert_eq!((told(1, "provider"), told(1, "uid")), (json!("google"), json!("1100")));
    assert_eq!(told(1, "avatar_url"), "https://lh3.googleusercontent.com/a/ada");
    assert!(told(1, "connected_at").is_string() && told(1, "last_login_at").is_string());
    assert!(told(0, "last_login_at").is_null(), "nobody signed in by it yet");
    let fields: Vec<&str> = listed["items"][0].as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["avatar_url", "connected_at", "id", "last_login_at", "profile_url", "provider", "provider_display", "uid"];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn the_status_tells_every_provider_whether_or_not_it_is_connected() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let status = ada.calling(&app).get("/api/auth/social/accounts/status").await.success();
    let none = json!({ "connected": false, "uid": null });
    let expected = json!({ "acme": none, "facebook": none, "github": none, "google": none });
    assert_eq!(status, json!({ "user_id": ada.id(), "has_password": true, "social_accounts": expected }));
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    ada.calling(&app)
        .post("/api/auth/social/accounts/google/connect", json!({ "access_token": token }))
        .await
        .success();
    app.run_workers().await;
    let status = ada.calling(&app).get("/api/auth/social/accounts/status").await.success();
    assert_eq!(status["social_accounts"]["google"], json!({ "connected": true, "uid": "1100" }));
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_listed() {
    let app = TestApp::with_providers();
    app.new_account_by("google", &ada_at_google()).await;
    let bea = app.new_account("bea@example.com").await;
    assert_eq!(bea.calling(&app).get("/api/auth/social/accounts").await.success()["items"], json!([]));
    let path = "/api/auth/social/accounts/google/disconnect";
    assert_eq!(bea.calling(&app).post(path, json!({})).await.summary(), "404 not_found");
}
