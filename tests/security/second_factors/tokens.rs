//! Using what waits between the steps for something else, and something else for it.

use latchkey_tests::{NEW_PASSWORD, PASSWORD, Person, TestApp, code_of};
use serde_json::json;

use super::{ADA, failures};

#[tokio::test]
async fn using_the_token_of_the_second_step_anywhere_else() {
    let (app, ada, _authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    let bearing = app.anon().bearing(&token);
    for target in
        ["/api/auth/me", "/api/auth/mfa", "/api/auth/sessions", "/api/auth/profile", "/api/auth/data-requests"]
    {
        assert_eq!(bearing.get(target).await.summary(), "401 token_invalid", "{target}");
    }
    let cookie = app.browser();
    cookie.set_cookie("__Host-access", Some(&token));
    cookie.set_cookie("__Host-refresh", Some(&token));
    assert_eq!(cookie.get("/api/auth/me").await.summary(), "401 token_invalid");
    for (target, body, expected) in [
        ("/api/auth/token/refresh", json!({ "refresh": token }), "401 token_invalid"),
        ("/api/auth/token/verify", json!({ "token": token }), "401 token_invalid"),
        ("/api/auth/logout", json!({ "refresh": token }), "401 token_invalid"),
        ("/api/auth/mfa/totp", json!({ "mfa_token": token }), "401 token_invalid"),
        ("/api/auth/mfa/totp/confirm", json!({ "mfa_token": token, "code": "123456" }), "401 token_invalid"),
        ("/api/auth/verify-email", json!({ "registration_token": token, "code": "12345678" }), "400 code_invalid"),
        ("/api/auth/verify-email/resend", json!({ "registration_token": token }), "400 code_invalid"),
    ] {
        assert_eq!(app.anon().post(target, body).await.summary(), expected, "{target}");
    }
    for page in ["/reset-password", "/confirm-email", "/cancel-deletion", "/end-session", "/undo-email-change"] {
        let form = format!("token={token}&password=x&new_password={}", NEW_PASSWORD.replace(' ', "+"));
        assert_eq!(app.anon().post_form(page, &form).await.status, 400, "{page}");
    }
    // As what makes a device known it does nothing: the owner is told of the stranger.
    let body = json!({ "login": ADA, "password": PASSWORD, "device_token": token });
    assert_eq!(app.anon().post("/api/auth/token", body).await.success()["status"], "mfa_required");
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200);
}

#[tokio::test]
async fn using_any_other_token_for_the_second_step() {
    let app = TestApp::with_config(&[("MFA_REQUIRED", "everybody")]);
    let registration = app.register(ADA).await.text_of("registration_token");
    app.run_workers().await;
    let enrolment = app.verify_email(&registration, &app.code_to(ADA)).await.text_of("mfa_token");
    app.run_workers().await;
    let secret = app.anon().post("/api/auth/mfa/totp", json!({ "mfa_token": enrolment })).await.text_of("secret");
    let code = code_of(&secret, app.now().as_second());
    assert_eq!(app.second_step(&enrolment, &code).await.summary(), "401 token_invalid", "it owes an enrolment");
    let body = json!({ "mfa_token": enrolment, "code": code });
    let ada = Person::of(app.anon().post("/api/auth/mfa/totp/confirm", body).await.success());
    app.run_workers().await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let link = app.link_to(ADA).split_once("token=").unwrap().1.to_owned();
    let device = ada.answer["device_token"].as_str().unwrap().to_owned();
    let code = code_of(&secret, app.now().as_second() + 30);
    for token in [&enrolment, &registration, &ada.access, &ada.refresh, &device, &link, &String::new()] {
        assert_eq!(app.second_step(token, &code).await.summary(), "401 token_invalid", "{token}");
        let body = json!({ "mfa_token": token });
        assert_eq!(app.anon().post("/api/auth/mfa/totp", body).await.summary(), "401 token_invalid", "{token}");
    }
    assert_eq!(failures(&app), 0);
}

#[tokio::test]
async fn showing_ones_own_factors_in_somebody_elses_sign_in() {
    let (app, _ada, hers) = TestApp::new().with_authenticator(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let mine = app.enrol_totp(&bea).await;
    let token = app.first_step(ADA).await;
    assert_eq!(app.second_step(&token, &mine.next_code(&app)).await.summary(), "401 code_invalid");
    assert_eq!(app.second_step_by_recovery_code(&token, &mine.recovery_codes[0]).await.summary(), "401 code_invalid");
    // A token whose account was exchanged for another's.
    let own = app.first_step("bea@example.com").await;
    let spliced = format!("{}{}", &own[..24], &token[24..]);
    assert_eq!(app.second_step(&spliced, &mine.code_in(&app, 0)).await.summary(), "401 token_invalid");
    assert_eq!(app.second_step(&token, &hers.code_in(&app, 0)).await.status, 200);
}

#[tokio::test]
async fn enrolling_a_factor_of_ones_own_in_the_middle_of_a_sign_in() {
    let (app, _ada, _authenticator) = TestApp::with_config(&[("MFA_REQUIRED", "nobody")]).with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    for body in [json!({ "mfa_token": token }), json!({ "mfa_token": token.replace("lkm_", "lkn_") })] {
        assert_eq!(app.anon().post("/api/auth/mfa/totp", body).await.summary(), "401 token_invalid");
    }
}
