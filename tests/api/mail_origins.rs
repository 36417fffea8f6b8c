//! Each mail that somebody can have sent to an address tells the address where the request came from.

use latchkey_tests::{PASSWORD, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";

/// The newest mail to this address says where it was asked for, in both of its forms.
fn tells_where(app: &TestApp, to: &str, what: &str) {
    let mail = app.mail_to(to);
    for part in ["198.51.100.7", "Firefox on Linux", "2 March 2026"] {
        assert!(mail.text.contains(part), "{what} lacks {part}: {}", mail.text);
        assert!(mail.html.contains(part), "{what} lacks {part}: {}", mail.html);
    }
    assert!(mail.text.contains("Address: 198.51.100.7") && mail.text.contains("Device:  Firefox on Linux"), "{what}");
}

async fn register(app: &TestApp, email: &str) -> String {
    let body = json!({ "email": email, "name": "Eve", "password": "an entirely different passphrase" });
    let answer = app.anon().from("198.51.100.7").post("/api/auth/register", body).await;
    app.run_workers().await;
    answer.text_of("registration_token")
}

#[tokio::test]
async fn mails_about_registrations_tell_where_they_came_from() {
    let app = TestApp::new();
    let token = register(&app, "new@example.com").await;
    tells_where(&app, "new@example.com", "a registration");
    let resent = json!({ "registration_token": token });
    app.anon().from("203.0.113.77").post("/api/auth/verify-email/resend", resent.clone()).await;
    app.run_workers().await;
    assert!(app.mail_to("new@example.com").text.contains("203.0.113.77"), "the one that asked for this mail");
    app.anon().from("198.51.100.7").post("/api/auth/verify-email/resend", resent).await;
    app.run_workers().await;
    tells_where(&app, "new@example.com", "a registration's mail sent again");

    let ada = app.new_account(ADA).await;
    register(&app, ADA).await;
    tells_where(&app, ADA, "a registration of an address that is taken");
    app.change_email(&ada, "ada@example.org").await;
    register(&app, ADA).await;
    tells_where(&app, ADA, "a registration of an address that is held");
    app.anon().from("198.51.100.7").post("/api/auth/password-reset", json!({ "email": "new@example.com" })).await;
    app.run_workers().await;
    tells_where(&app, "new@example.com", "a reset of a password that is not confirmed yet");
}

#[tokio::test]
async fn mails_to_an_address_that_an_account_wants_tell_where_that_was_asked_for() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.new_account("taken@example.com").await;
    let bea = app.new_account("bea@example.com").await;
    app.change_email(&bea, "bea@example.org").await;
    for (new_email, what) in [
        ("ada@example.org", "the code for a new address"),
        ("taken@example.com", "a change to an address that is taken"),
        ("bea@example.com", "a change to an address that is held"),
    ] {
        let body = json!({ "new_email": new_email, "current_password": PASSWORD });
        ada.calling(&app).from("198.51.100.7").post("/api/auth/email-change", body).await.success();
        app.run_workers().await;
        tells_where(&app, new_email, what);
    }
}
