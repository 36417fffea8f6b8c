//! Bounces and complaints: an address that SES reported gets no more mail.

use jiff::SignedDuration;
use latchkey_tests::TestApp;
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

fn bounce(kind: &str, address: &str) -> Value {
    json!({
        "time": "2026-03-02T09:30:05Z",
        "detail": {
            "eventType": "Bounce",
            "bounce": { "bounceType": kind, "bouncedRecipients": [{ "emailAddress": "victim@example.com" }] },
            "mail": { "destination": [address] },
        },
    })
}

fn complaint(kind: Option<&str>, address: &str) -> Value {
    json!({
        "time": "2026-03-02T09:30:05Z",
        "detail": {
            "eventType": "Complaint",
            "complaint": { "complaintFeedbackType": kind },
            "mail": { "destination": [address] },
        },
    })
}

#[tokio::test]
async fn an_address_that_bounced_gets_no_more_mail_however_it_is_written() {
    let app = TestApp::new();
    app.invoke_feedback(bounce("Permanent", "Ada@Example.COM")).await;
    app.register(ADA).await.success();
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 0);
    assert_eq!((app.counted("MailBounced"), app.counted("MailSuppressed"), app.counted("MailSent")), (1, 1, 0));
    assert_eq!(app.waiting_mail(), 0, "it is done with, not tried again");
}

#[tokio::test]
async fn who_complains_gets_no_more_mail_and_others_do() {
    let app = TestApp::new();
    app.invoke_feedback(complaint(Some("abuse"), ADA)).await;
    app.invoke_feedback(complaint(None, ADA)).await;
    app.register(ADA).await;
    app.register("bea@example.com").await;
    app.run_workers().await;
    assert_eq!((app.subjects_to(ADA).len(), app.subjects_to("bea@example.com").len()), (0, 1));
    assert_eq!(app.counted("MailComplained"), 2);
}

#[tokio::test]
async fn a_full_mailbox_is_no_reason_to_give_an_address_up() {
    let app = TestApp::new();
    app.invoke_feedback(bounce("Transient", ADA)).await;
    app.invoke_feedback(json!({ "time": "2026-03-02T09:30:05Z", "detail": { "eventType": "Delivery" } })).await;
    app.register(ADA).await;
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 1);
}

#[tokio::test]
async fn a_mailbox_may_come_back_after_half_a_year() {
    let app = TestApp::new();
    app.invoke_feedback(bounce("Permanent", ADA)).await;
    app.advance(SignedDuration::from_hours(181 * 24));
    app.register(ADA).await;
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 1);
}

#[tokio::test]
async fn the_address_itself_is_not_kept() {
    let app = TestApp::new();
    app.invoke_feedback(bounce("Permanent", ADA)).await;
    let stored = serde_json::to_string(&app.engine.scan("MainTable")).unwrap().to_lowercase();
    assert!(stored.contains("bounce") && !stored.contains("ada"), "{stored}");
}

#[tokio::test]
async fn a_strangers_mail_server_cannot_name_somebody_else() {
    let app = TestApp::new();
    app.invoke_feedback(bounce("Permanent", "stranger@example.net")).await;
    app.register("victim@example.com").await;
    app.run_workers().await;
    assert_eq!(app.subjects_to("victim@example.com").len(), 1);
}

#[tokio::test]
async fn who_takes_a_mail_out_of_the_spam_folder_gets_more() {
    let app = TestApp::new();
    app.invoke_feedback(complaint(Some("not-spam"), ADA)).await;
    app.register(ADA).await;
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 1);
}
