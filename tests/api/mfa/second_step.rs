//! `POST /api/auth/token/mfa`

use jiff::SignedDuration;
use latchkey_tests::{Browser, OWN_ORIGIN, PASSWORD, Person, TestApp};
use serde_json::json;

use super::ADA;

#[tokio::test]
async fn password_and_code_sign_in() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let first = app.sign_in(ADA).await.success();
    assert_eq!((&first["status"], &first["expires_in"]), (&json!("mfa_required"), &json!(300)));
    assert_eq!(first["methods"], json!(["totp_code", "recovery_code"]));
    assert!(first["access"].is_null() && first["refresh"].is_null() && first["user"].is_null(), "{first}");
    let code = authenticator.next_code(&app);
    let ada = Person::of(app.second_step(first["mfa_token"].as_str().unwrap(), &code).await.success());
    assert!(ada.answer["device_token"].is_string());
    let me = ada.calling(&app).get("/api/auth/me").await.success();
    assert_eq!((&me["login_count"], &me["last_login_at"]), (&json!(2), &json!("2026-03-02T09:30:30.000Z")));
    assert_eq!(app.current_session(&ada).await["factor"], "totp");
    let rows = app.engine.scan("MainTable");
    let login = rows.iter().filter(|row| row["event"]["S"] == "LOGIN").map(|row| &row["extra"]["M"]);
    assert!(login.clone().any(|extra| extra["factor"]["S"] == "totp" && extra["method"]["S"] == "password"));
    assert_eq!(app.subjects_to(ADA).iter().filter(|subject| subject.starts_with("New sign-in")).count(), 0);
}

#[tokio::test]
async fn the_device_of_the_first_step_is_that_of_the_session() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let body = json!({ "login": ADA, "password": PASSWORD, "device_name": "Ada's phone" });
    let token = app.anon().post("/api/auth/token", body).await.text_of("mfa_token");
    app.run_workers().await;
    let told = |app: &TestApp| app.subjects_to(ADA).iter().filter(|one| one.starts_with("New sign-in")).count();
    assert_eq!(told(&app), 0, "a password alone signs nobody in");
    let ada = Person::of(app.second_step(&token, &authenticator.next_code(&app)).await.success());
    app.run_workers().await;
    assert_eq!(told(&app), 1);
    assert_eq!(app.current_session(&ada).await["device"], "Ada's phone");
    let known = json!({ "login": ADA, "password": PASSWORD, "device_token": ada.answer["device_token"] });
    let token = app.anon().post("/api/auth/token", known).await.text_of("mfa_token");
    app.second_step(&token, &authenticator.next_code(&app)).await.success();
    app.run_workers().await;
    assert_eq!(told(&app), 1, "a known device is asked for the factor all the same, and its owner not told");
}

#[tokio::test]
async fn a_wrong_code_can_be_tried_again_with_the_same_token() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    assert_eq!(app.second_step(&token, "000000").await.summary(), "401 code_invalid");
    assert_eq!(app.second_step(&token, "no code").await.summary(), "401 code_invalid");
    assert_eq!(app.second_step(&token, &authenticator.next_code(&app)).await.status, 200);
    assert_eq!(app.second_step(&token, &authenticator.next_code(&app)).await.summary(), "401 token_invalid", "once");
    let rows = app.engine.scan("MainTable");
    assert_eq!(rows.iter().filter(|row| row["event"]["S"] == "MFA_FAILED").count(), 1, "what is no code is not tried");
}

#[tokio::test]
async fn the_codes_of_the_step_before_and_after_are_good_and_no_step_twice() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    app.advance(SignedDuration::from_mins(10));
    let token = app.first_step(ADA).await;
    for steps in [-2, 2] {
        let code = authenticator.code_in(&app, steps);
        assert_eq!(app.second_step(&token, &code).await.summary(), "401 code_invalid", "{steps}");
    }
    for steps in [-1, 0, 1] {
        let token = app.first_step(ADA).await;
        let code = authenticator.code_in(&app, steps);
        assert_eq!(app.second_step(&token, &code).await.status, 200, "{steps}");
    }
    // The last one was of the next step: nothing of it or before it is taken again.
    app.advance(SignedDuration::from_secs(30));
    let token = app.first_step(ADA).await;
    for steps in [-1, 0] {
        let code = authenticator.code_in(&app, steps);
        assert_eq!(app.second_step(&token, &code).await.summary(), "401 code_invalid", "{steps}");
    }
    assert_eq!(app.second_step(&token, &authenticator.code_in(&app, 1)).await.status, 200);
}

#[tokio::test]
async fn the_code_that_confirmed_the_app_signs_nobody_in() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    let code = authenticator.code_in(&app, 0);
    assert_eq!(app.second_step(&token, &code).await.summary(), "401 code_invalid");
}

#[tokio::test]
async fn a_token_is_good_for_five_minutes_and_dies_with_the_sessions() {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    app.advance(SignedDuration::from_mins(5));
    let code = authenticator.code_in(&app, 0);
    assert_eq!(app.second_step(&token, &code).await.summary(), "401 token_invalid");
    let token = app.first_step(ADA).await;
    ada.calling(&app).delete("/api/auth/sessions").await.success();
    assert_eq!(app.second_step(&token, &code).await.summary(), "401 token_invalid");
    let token = app.first_step(ADA).await;
    assert_eq!(app.second_step(&token, &code).await.status, 200, "none of it spent the code");
}

#[tokio::test]
async fn exactly_one_factor_is_shown() {
    let (app, _ada, _authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    for (body, expected) in [
        (json!({ "mfa_token": token }), "422 validation_failed /totp_code invalid"),
        (
            json!({ "mfa_token": token, "totp_code": "123456", "recovery_code": "0000-0000-0000-0000" }),
            "422 validation_failed /totp_code invalid",
        ),
        (json!({ "totp_code": "123456" }), "422 invalid_body /mfa_token missing"),
        (json!({ "mfa_token": token, "totp_code": 1 }), "422 invalid_body /totp_code wrong_type"),
        (json!({ "mfa_token": "x", "totp_code": "123456" }), "401 token_invalid"),
        (json!({ "mfa_token": token, "recovery_code": "short" }), "401 code_invalid"),
    ] {
        assert_eq!(app.anon().post("/api/auth/token/mfa", body.clone()).await.details(), expected, "{body}");
    }
}

#[tokio::test]
async fn an_account_that_is_about_to_be_deleted_is_asked_for_its_factor_too() {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    ada.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    let back = app.sign_in_with(ADA, &authenticator).await;
    assert_eq!(back.calling(&app).get("/api/auth/profile").await.summary(), "403 deletion_pending");
    app.run_workers().await;
}

async fn cookie_step(browser: &Browser<'_>, token: &str, code: &str) -> latchkey_tests::Answer {
    browser.post("/api/auth/token/mfa", json!({ "mfa_token": token, "totp_code": code, "cookie": true })).await
}

#[tokio::test]
async fn in_cookie_mode_the_token_of_the_step_is_in_the_body_and_the_tokens_in_cookies() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let browser = app.browser();
    let first = browser.sign_in(ADA).await;
    assert_eq!(first.header("set-cookie"), "");
    let token = first.text_of("mfa_token");
    let code = authenticator.next_code(&app);
    let evil = app.browser().at("https://evil.example");
    assert_eq!(cookie_step(&evil, &token, &code).await.summary(), "403 csrf_failed");
    let done = cookie_step(&browser, &token, &code).await;
    assert_eq!((done.status.as_u16(), &done.json()["access"]), (200, &json!(null)));
    assert!(browser.cookie("__Host-access").is_some() && browser.cookie("__Host-device").is_some());
    assert_eq!(browser.get("/api/auth/me").await.status, 200, "{OWN_ORIGIN}");
    app.run_workers().await;
}
