//! Who must have a second factor, and how long a password must be that is the only one.

use jiff::SignedDuration;
use latchkey_tests::{Answer, NEW_PASSWORD, PASSWORD, Person, TestApp, code_of};
use serde_json::{Value, json};

use super::ADA;

async fn enrol(app: &TestApp, token: &str) -> Answer {
    app.anon().post("/api/auth/mfa/totp", json!({ "mfa_token": token })).await
}

async fn confirm(app: &TestApp, token: &str, secret: &str) -> Answer {
    let code = code_of(secret, app.now().as_second());
    app.anon().post("/api/auth/mfa/totp/confirm", json!({ "mfa_token": token, "code": code })).await
}

/// Gives a person a role, as long as there is no other way.
fn give_role(app: &TestApp, person: &Person, role: &str) {
    let set = json!({
        "TableName": "MainTable",
        "Key": { "pk": { "S": format!("ACCOUNT#{}", person.id()) }, "sk": { "S": "ACCOUNT" } },
        "UpdateExpression": "SET #r = :r", "ExpressionAttributeNames": { "#r": "roles" },
        "ExpressionAttributeValues": { ":r": { "L": [{ "S": role }] } },
    });
    app.engine.update(set);
}

/// An application that asks everybody for a factor, and somebody who has none.
async fn everybody() -> (TestApp, String) {
    let app = TestApp::with_config(&[("MFA_REQUIRED", "everybody")]);
    let token = app.register(ADA).await.text_of("registration_token");
    app.run_workers().await;
    let answer = app.verify_email(&token, &app.code_to(ADA)).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["status"]), (201, &json!("mfa_enrolment_required")));
    app.run_workers().await;
    (app, answer.text_of("mfa_token"))
}

#[tokio::test]
async fn who_must_have_a_factor_enrols_it_before_the_first_session() {
    let (app, token) = everybody().await;
    let sessions =
        |app: &TestApp| app.engine.scan("MainTable").iter().filter(|row| row["entity"]["S"] == "Session").count();
    assert_eq!(sessions(&app), 0);
    let secret = enrol(&app, &token).await.text_of("secret");
    let answer = confirm(&app, &token, &secret).await.success();
    assert_eq!(answer["recovery_codes"].as_array().unwrap().len(), 10);
    let ada = Person::of(answer);
    assert_eq!((sessions(&app), &ada.answer["user"]["mfa_enabled"]), (1, &json!(true)));
    assert_eq!(ada.answer["user"]["email"], ADA);
    let me = ada.calling(&app).get("/api/auth/me").await.success();
    assert_eq!(me["login_count"], 1);
    assert_eq!(ada.calling(&app).get("/api/auth/mfa").await.success()["required"], true);
    assert_eq!(confirm(&app, &token, &secret).await.summary(), "401 token_invalid", "once");
    app.run_workers().await;
    assert!(app.subjects_to(ADA).iter().any(|subject| subject.contains("needs an authenticator app now")));
}

#[tokio::test]
async fn a_sign_in_by_password_is_sent_to_enrol_as_well() {
    let (app, _) = everybody().await;
    let first = app.sign_in(ADA).await.success();
    assert_eq!((&first["status"], &first["expires_in"]), (&json!("mfa_enrolment_required"), &json!(900)));
    assert!(first["access"].is_null());
    let token = first["mfa_token"].as_str().unwrap();
    let secret = enrol(&app, token).await.text_of("secret");
    let wrong = json!({ "mfa_token": token, "code": "000000" });
    assert_eq!(app.anon().post("/api/auth/mfa/totp/confirm", wrong).await.summary(), "400 code_invalid");
    let ada = Person::of(confirm(&app, token, &secret).await.success());
    app.run_workers().await;
    assert_eq!(app.notice_to(ADA).subject, "New sign-in to your Acme account from Firefox on Linux");
    assert_eq!(ada.calling(&app).post("/api/auth/mfa/recovery-codes", json!({})).await.status, 200, "it is fresh");
    app.run_workers().await;
    assert_eq!(app.sign_in(ADA).await.success()["status"], "mfa_required", "from now on it is shown");
}

#[tokio::test]
async fn of_two_enrolments_under_way_the_second_to_finish_finds_a_factor_there() {
    let (app, first) = everybody().await;
    let second = app.sign_in(ADA).await.text_of("mfa_token");
    let secret = enrol(&app, &first).await.text_of("secret");
    confirm(&app, &first, &secret).await.success();
    app.run_workers().await;
    assert_eq!(enrol(&app, &second).await.summary(), "401 token_invalid");
    assert_eq!(confirm(&app, &second, &secret).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn an_enrolment_waits_for_fifteen_minutes() {
    let (app, token) = everybody().await;
    let secret = enrol(&app, &token).await.text_of("secret");
    app.advance(SignedDuration::from_mins(15));
    assert_eq!(enrol(&app, &token).await.summary(), "401 token_invalid");
    assert_eq!(confirm(&app, &token, &secret).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn in_cookie_mode_a_forced_enrolment_ends_with_cookies() {
    let (app, token) = everybody().await;
    let secret = enrol(&app, &token).await.text_of("secret");
    let code = code_of(&secret, app.now().as_second());
    let body = json!({ "mfa_token": token, "code": code, "cookie": true });
    let evil = app.browser().at("https://evil.example");
    assert_eq!(evil.post("/api/auth/mfa/totp/confirm", body.clone()).await.summary(), "403 csrf_failed");
    let browser = app.browser();
    let answer = browser.post("/api/auth/mfa/totp/confirm", body).await.success();
    assert!(answer["access"].is_null() && answer["csrf_token"].is_string(), "{answer}");
    assert_eq!(answer["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(browser.get("/api/auth/me").await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn staff_must_have_one_where_only_staff_must() {
    let app = TestApp::with_config(&[("MFA_REQUIRED", "staff")]);
    let ada = app.new_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    assert_eq!(ada.calling(&app).get("/api/auth/mfa").await.success()["required"], false);
    assert_eq!(app.sign_in(ADA).await.success()["user"]["mfa_enabled"], false);
    for role in ["staff", "admin", "superuser"] {
        give_role(&app, &bea, role);
        assert_eq!(app.sign_in("bea@example.com").await.success()["status"], "mfa_enrolment_required", "{role}");
    }
    give_role(&app, &bea, "accountant");
    assert_eq!(app.sign_in("bea@example.com").await.success()["status"], json!(null));
}

#[tokio::test]
async fn whether_a_factor_is_missing_is_told_to_the_right_password_alone() {
    let (app, _) = everybody().await;
    let wrong = json!({ "login": ADA, "password": "not the password" });
    assert_eq!(app.anon().post("/api/auth/token", wrong).await.summary(), "401 invalid_credentials");
}

#[tokio::test]
async fn a_password_that_stands_alone_may_have_to_be_longer_on_every_path() {
    let app = TestApp::with_config(&[("PASSWORD_MIN_LENGTH_ALONE", "20")]);
    let short = "kq8!zr4#wv2x";
    let body = json!({ "email": ADA, "name": "Ada", "password": short });
    let too_short = |answer: &Answer| answer.json()["errors"][0]["code"] == "too_short";
    assert!(too_short(&app.anon().post("/api/auth/register", body).await));
    let ada = app.new_account(ADA).await;
    let change = |new: &str| json!({ "current_password": PASSWORD, "new_password": new });
    let asked = async |body: Value| ada.calling(&app).post("/api/auth/password", body).await;
    assert!(too_short(&asked(change(short)).await));
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let code = app.code_to(ADA);
    assert!(too_short(&app.reset_password(ADA, &code, short).await));
    let authenticator = app.enrol_totp(&ada).await;
    assert_eq!(app.reset_password(ADA, &code, short).await.status, 200, "with a factor it is long enough");
    app.run_workers().await;
    let login = json!({ "login": ADA, "password": short });
    let token = app.anon().post("/api/auth/token", login).await.text_of("mfa_token");
    let ada = Person::of(app.second_step(&token, &authenticator.next_code(&app)).await.success());
    let body = json!({ "current_password": short, "new_password": NEW_PASSWORD });
    assert_eq!(ada.calling(&app).post("/api/auth/password", body).await.status, 204);
    app.run_workers().await;
}
