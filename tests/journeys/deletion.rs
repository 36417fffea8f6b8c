//! A person leaves, thinks better of it, and leaves for good.

use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn a_person_leaves_has_second_thoughts_twice_and_leaves_for_good() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_mins(10));
    assert_eq!(ada.calling(&app).delete("/api/auth/me").await.summary(), "403 step_up_required");
    let typo = ada.calling(&app).post("/api/auth/step-up", json!({ "password": "not the password" })).await;
    assert_eq!(typo.summary(), "403 password_wrong");
    ada.calling(&app).post("/api/auth/step-up", json!({ "password": PASSWORD })).await.success();
    let request = ada.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme account will be deleted");
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");

    // Second thoughts on the third day, by signing in.
    app.advance(SignedDuration::from_hours(72));
    let back = Person::of(app.sign_in(ADA).await.success());
    let me = back.calling(&app).get("/api/auth/me").await.success();
    assert_eq!(me["deletion_scheduled_at"], request["scheduled_at"]);
    assert_eq!(back.calling(&app).get("/api/auth/profile").await.summary(), "403 deletion_pending");
    let listed = back.calling(&app).get("/api/auth/data-requests").await.success();
    let path = format!("/api/auth/data-requests/{}", listed["items"][0]["id"].as_str().unwrap());
    assert_eq!(back.calling(&app).delete(&path).await.status, 204);
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme account stays");
    assert_eq!(back.calling(&app).get("/api/auth/profile").await.status, 200);

    // Leaving again, and second thoughts on the last day, by the mailed link.
    back.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    let link = app.link_to(ADA);
    app.advance(SignedDuration::from_hours(14 * 24 - 1));
    assert_eq!(app.anon().get(&link).await.status, 200);
    let form = format!("token={}", link.split_once("token=").unwrap().1);
    assert_eq!(app.anon().post_form("/cancel-deletion", &form).await.status, 303);
    assert_eq!(app.anon().post_form("/cancel-deletion", &form).await.status, 400);
    app.run_workers().await;
    let back = Person::of(app.sign_in(ADA).await.success());
    assert_eq!(back.answer["user"]["deletion_scheduled_at"], Value::Null);

    // And for good.
    back.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    let link = app.link_to(ADA);
    app.advance(SignedDuration::from_hours(14 * 24));
    assert_eq!(app.sign_in(ADA).await.summary(), "401 invalid_credentials");
    let form = format!("token={}", link.split_once("token=").unwrap().1);
    assert_eq!(app.anon().post_form("/cancel-deletion", &form).await.status, 400);
}
