//! From the first visit to the last sign-out.

use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::json;

#[tokio::test]
async fn a_person_registers_confirms_signs_in_refreshes_and_signs_out() {
    let app = TestApp::new();
    let registered = app.register("ada@example.com").await;
    assert_eq!(registered.status, 202, "{}", registered.text);
    assert_eq!(registered.text_of("status"), "verification_required");
    app.run_workers().await;

    let confirmed = app.verify_email(&registered.text_of("registration_token"), &app.code_to("ada@example.com")).await;
    assert_eq!(confirmed.status, 201, "{}", confirmed.text);
    let first = Person::of(confirmed.json());
    app.run_workers().await;
    assert_eq!(app.mail_to("ada@example.com").subject, "Welcome to Acme, Ada Lovelace");

    let me = first.calling(&app).get("/api/auth/me").await.success();
    assert_eq!(me["email"], "ada@example.com");
    assert_eq!(me["login_count"], 1);

    app.advance(SignedDuration::from_mins(16));
    assert_eq!(first.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    let second = Person::of(app.refresh(&first.refresh).await.success());
    assert_eq!(second.calling(&app).get("/api/auth/me").await.status, 200);

    app.advance(SignedDuration::from_secs(31));
    assert_eq!(app.refresh(&first.refresh).await.summary(), "401 token_reused");
    assert_eq!(second.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(app.refresh(&second.refresh).await.summary(), "401 token_invalid");
    app.run_workers().await;
    assert_eq!(app.mail_to("ada@example.com").subject, "We signed one of your devices out of Acme");

    let third = Person::of(app.sign_in("ada@example.com").await.success());
    let signed_out = third.calling(&app).post("/api/auth/logout", json!({})).await;
    assert_eq!(signed_out.status, 204, "{}", signed_out.text);
    assert_eq!(third.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(app.refresh(&third.refresh).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn a_person_confirms_by_the_mailed_link_and_then_signs_in() {
    let app = TestApp::new();
    app.register("ada@example.com").await;
    app.run_workers().await;
    let link = app.link_to("ada@example.com");

    let page = app.anon().get(&link).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("<form method=\"post\" action=\"/confirm-email\">"), "{}", page.text);
    assert_eq!(app.sign_in("ada@example.com").await.summary(), "403 verification_required");

    let token = link.split_once("token=").unwrap().1;
    let form = format!("token={token}&password=correct+horse+battery+staple");
    let done = app.anon().post_form("/confirm-email", &form).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let told = app.anon().get(done.header("location")).await;
    assert!(told.text.contains("Your address is confirmed"), "{}", told.text);
    app.run_workers().await;

    let person = Person::of(app.sign_in("ada@example.com").await.success());
    assert_eq!(person.calling(&app).get("/api/auth/me").await.success()["login_count"], 1);
}

#[tokio::test]
async fn the_sign_in_of_the_readme_is_from_a_known_device() {
    let sign_ins = include_str!("../../README.md").split("/api/auth/token -H \"$JSON\"").skip(1);
    assert_eq!(sign_ins.filter(|rest| rest.lines().take(2).any(|line| line.contains("device_token"))).count(), 1);

    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    app.run_workers().await;
    let before = app.subjects_to("ada@example.com").len();
    assert_eq!(ada.calling(&app).post("/api/auth/logout", json!({})).await.status, 204);
    let body = json!({
        "login": "ada@example.com",
        "password": PASSWORD,
        "device_token": ada.answer["device_token"],
    });
    app.anon().post("/api/auth/token", body).await.success();
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@example.com").len(), before, "no mail about a new device");
}
