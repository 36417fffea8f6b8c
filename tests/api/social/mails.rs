//! The mails about connected providers say where and when.

use latchkey_tests::{CLIENT_ID, TestApp, ada_at_github, ada_at_google};
use serde_json::json;

#[tokio::test]
async fn both_mails_say_where_it_was_done() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    let token = app.providers.access_token(&ada_at_github(), CLIENT_ID);
    let path = "/api/auth/social/accounts/github";
    ada.calling(&app).post(&format!("{path}/connect"), json!({ "access_token": token })).await.ok();
    app.run_workers().await;
    let connected = app.mail_to("ada@gmail.com");
    ada.calling(&app).post(&format!("{path}/disconnect"), json!({})).await.ok();
    app.run_workers().await;
    let disconnected = app.mail_to("ada@gmail.com");
    for mail in [connected, disconnected] {
        assert!(mail.subject.contains("GitHub"), "{}", mail.subject);
        assert!(mail.text.contains("203.0.113.9") && mail.text.contains("Firefox"), "{}", mail.text);
    }
}
