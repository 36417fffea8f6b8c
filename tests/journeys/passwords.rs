//! A password that is forgotten, found in a breach, and changed: with second thoughts and bad input on the way.

use jiff::SignedDuration;
use latchkey_tests::{Answer, NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";
const THIRD_PASSWORD: &str = "seven quiet lanterns drift";

async fn sign_in(app: &TestApp, password: &str) -> Answer {
    app.anon().post("/api/auth/token", json!({ "login": ADA, "password": password })).await
}

#[tokio::test]
async fn a_person_forgets_the_password_sets_a_new_one_and_changes_it_later() {
    let (app, laptop) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_hours(24 * 7));
    assert_eq!(sign_in(&app, "is it this one?").await.summary(), "401 invalid_credentials");

    // A mistyped address is answered like the right one, and reaches nobody.
    assert_eq!(app.ask_for_reset("ada@example.org").await.status, 202);
    app.run_workers().await;
    assert!(app.inbox.mails(Some("ada@example.org")).is_empty());

    // The mail is slow to come, so another one is asked for. The page goes on with the second request, and takes the code
    // of its mail; the password in mind is too weak at first.
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let first = app.code_to(ADA);
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let code = app.code_to(ADA);
    assert_eq!(app.reset_password(ADA, &first, NEW_PASSWORD).await.summary(), "400 code_invalid");
    assert_eq!(app.reset_password(ADA, &code, "ada lovelace 1815").await.summary(), "422 password_too_weak");
    assert_eq!(app.reset_password(ADA, &code, NEW_PASSWORD).await.status, 200);
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme password has been reset");

    // It signed nobody in, and the laptop out.
    assert_eq!(app.refresh(&laptop.refresh).await.summary(), "401 token_invalid");
    assert_eq!(sign_in(&app, PASSWORD).await.summary(), "401 invalid_credentials");
    let laptop = Person::of(sign_in(&app, NEW_PASSWORD).await.success());
    let phone = Person::of(sign_in(&app, NEW_PASSWORD).await.success());

    // The notice worries the person, who changes the password on the laptop and stays signed in there.
    let mut body = json!({ "current_password": PASSWORD, "new_password": THIRD_PASSWORD, "keep_me_signed_in": true });
    let wrong = laptop.calling(&app).post("/api/auth/password", body.clone()).await;
    assert_eq!(wrong.summary(), "403 password_wrong");
    body["current_password"] = json!(NEW_PASSWORD);
    let laptop = Person::of(laptop.calling(&app).post("/api/auth/password", body).await.success());
    assert_eq!(laptop.calling(&app).get("/api/auth/me").await.status, 200);
    assert_eq!(phone.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme password has been changed");
    assert_eq!(sign_in(&app, THIRD_PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_person_resets_the_password_on_the_mailed_page() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let link = app.link_to(ADA);

    // The mail host opens the link before the person does.
    app.anon().get(&link).await;
    let page = app.anon().get(&link).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("<form method=\"post\" action=\"/reset-password\">"), "{}", page.text);

    let token = link.split_once('?').unwrap().1;
    let weak = app.anon().post_form("/reset-password", &format!("{token}&new_password=password123")).await;
    assert!(weak.status == 422 && weak.text.contains("known from breaches"), "{}", weak.text);
    let form = format!("{token}&new_password=purple+otters+juggle+nightly");
    let done = app.anon().post_form("/reset-password", &form).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let changed = app.anon().get(done.header("location")).await;
    assert!(changed.text.contains("Your password is changed"), "{}", changed.text);
    app.run_workers().await;

    let again = app.anon().get(&link).await;
    assert!(again.status == 400 && !again.text.contains("<form"), "no second password is invented: {}", again.text);
    let spent = app.anon().post_form("/reset-password", &form).await;
    assert!(spent.status == 400 && spent.text.contains("not valid any more"), "{}", spent.text);
    assert_eq!(sign_in(&app, NEW_PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_person_without_a_password_sets_a_first_one() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.forget_password(&ada);
    app.advance(SignedDuration::from_mins(10));
    let first = json!({ "new_password": NEW_PASSWORD });
    let asked = ada.calling(&app).post("/api/auth/password", first.clone()).await;
    assert_eq!((asked.summary().as_str(), &asked.json()["methods"]), ("403 step_up_required", &json!(["email"])));

    let step_up = async |body| ada.calling(&app).post("/api/auth/step-up", body).await;
    assert_eq!(step_up(json!({ "method": "email" })).await.status, 202);
    app.run_workers().await;
    assert_eq!(step_up(json!({ "code": "12345" })).await.summary(), "400 code_invalid");
    assert_eq!(step_up(json!({ "code": app.code_to(ADA) })).await.status, 204);
    assert_eq!(ada.calling(&app).post("/api/auth/password", first).await.status, 204);
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme account has a password now");
    let me = Person::of(sign_in(&app, NEW_PASSWORD).await.success());
    assert_eq!(me.calling(&app).get("/api/auth/me").await.success()["has_password"], true);
}
