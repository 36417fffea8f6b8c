//! The mails about connected providers say which, where and when.

use latchkey_tests::{CLIENT_ID, TestApp, ada_at_acme, ada_at_github, ada_at_google};
use serde_json::json;

#[tokio::test]
async fn both_mails_say_where_it_was_done() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    let token = app.providers.access_token(&ada_at_github(), CLIENT_ID);
    let path = "/api/auth/social/accounts/github";
    ada.calling(&app).post(&format!("{path}/connect"), json!({ "access_token": token })).await.success();
    app.run_workers().await;
    let connected = app.mail_to("ada@gmail.com");
    ada.calling(&app).post(&format!("{path}/disconnect"), json!({})).await.success();
    app.run_workers().await;
    let disconnected = app.mail_to("ada@gmail.com");
    for mail in [connected, disconnected] {
        assert!(mail.subject.contains("GitHub"), "{}", mail.subject);
        assert!(mail.text.contains("203.0.113.9") && mail.text.contains("Firefox"), "{}", mail.text);
    }
}

#[tokio::test]
async fn they_call_a_provider_what_its_owner_calls_it() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let code = app.providers.code(&ada_at_acme(), "https://id.example.com/api/oauth/acme/callback");
    let path = "/api/auth/social/accounts/acme";
    ada.calling(&app).post(&format!("{path}/connect"), json!({ "code": code })).await.success();
    app.run_workers().await;
    assert_eq!(app.mail_to("ada@example.com").subject, "Acme Login signs you in to Acme now");
    let told = ada.calling(&app).post(&format!("{path}/disconnect"), json!({})).await.success();
    assert_eq!(told["message"], "Acme Login was disconnected.");
    app.run_workers().await;
    assert_eq!(app.mail_to("ada@example.com").subject, "Acme Login does not sign you in to Acme any more");
}
