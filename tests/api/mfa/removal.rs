//! `DELETE /api/auth/mfa/totp`

use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::json;

use super::ADA;

#[tokio::test]
async fn password_and_code_remove_the_app_with_its_recovery_codes() {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let other = app.sign_in_with(ADA, &authenticator).await;
    let code = authenticator.next_code(&app);
    assert_eq!(app.disable_totp(&ada, json!({ "totp_code": code })).await.status, 204);
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Signing in to Acme does not need an authenticator app any more");
    assert_eq!(other.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid", "sessions of it end");
    let me = ada.calling(&app).get("/api/auth/me").await.success();
    assert_eq!(me["mfa_enabled"], false);
    let mfa = ada.calling(&app).get("/api/auth/mfa").await.success();
    assert_eq!((&mfa["enabled"], &mfa["recovery_codes"]), (&json!(false), &json!(null)));
    let left = app.engine.scan("MainTable");
    assert!(!left.iter().any(|row| ["Totp", "RecoveryCodes"].contains(&row["entity"]["S"].as_str().unwrap())));
    assert_eq!(app.sign_in(ADA).await.success()["user"]["mfa_enabled"], false);
    assert_eq!(app.disable_totp(&ada, json!({ "totp_code": "123456" })).await.summary(), "404 not_found");
    let rows = app.engine.scan("MainTable");
    assert_eq!(rows.iter().filter(|row| row["event"]["S"] == "MFA_REMOVED").count(), 1);
}

#[tokio::test]
async fn who_lost_the_phone_removes_the_app_with_a_recovery_code() {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let code = &authenticator.recovery_codes[0];
    assert_eq!(app.disable_totp(&ada, json!({ "recovery_code": code })).await.status, 204);
    app.run_workers().await;
    assert_eq!(app.sign_in(ADA).await.status, 200);
}

#[tokio::test]
async fn neither_half_alone_removes_it() {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let code = authenticator.next_code(&app);
    for (body, expected) in [
        (json!({ "totp_code": code }), "422 validation_failed /password missing"),
        (json!({ "password": PASSWORD }), "422 validation_failed /totp_code invalid"),
        (json!({ "password": "wrong", "totp_code": code }), "403 password_wrong"),
        (json!({ "password": PASSWORD, "totp_code": "000000" }), "400 code_invalid"),
        (json!({ "password": PASSWORD, "totp_code": "no code" }), "400 code_invalid"),
        (json!({ "password": PASSWORD, "recovery_code": "0000-0000-0000-0000" }), "400 code_invalid"),
        (json!({ "password": PASSWORD, "totp_code": code, "why": "x" }), "422 invalid_body /why unknown"),
    ] {
        assert_eq!(app.delete_totp(&ada, &body).await.details(), expected, "{body}");
    }
    assert_eq!(app.anon().delete("/api/auth/mfa/totp").await.summary(), "401 token_missing");
    assert_eq!(ada.calling(&app).delete("/api/auth/mfa/totp").await.summary(), "415 unsupported_media_type");
    assert_eq!(app.disable_totp(&ada, json!({ "totp_code": code })).await.status, 204, "none of it spent the code");
    app.run_workers().await;
}

#[tokio::test]
async fn an_account_without_a_password_shows_the_factor_alone() {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    app.forget_password(&ada);
    let code = authenticator.next_code(&app);
    let with = json!({ "password": PASSWORD, "totp_code": code });
    assert_eq!(app.delete_totp(&ada, &with).await.details(), "422 validation_failed /password invalid");
    assert_eq!(app.delete_totp(&ada, &json!({ "totp_code": code })).await.status, 204);
    app.run_workers().await;
}

#[tokio::test]
async fn the_session_that_removes_it_has_shown_its_password_and_no_more() {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let code = authenticator.next_code(&app);
    app.disable_totp(&ada, json!({ "totp_code": code })).await;
    app.run_workers().await;
    assert_eq!(app.current_session(&ada).await["factor"], json!(null));
    assert_eq!(ada.calling(&app).delete("/api/auth/me").await.status, 202, "which is the highest that there is");
    app.run_workers().await;
}

#[tokio::test]
async fn a_password_that_is_too_short_to_stand_alone_keeps_its_factor() {
    let app = TestApp::with_config(&[("PASSWORD_MIN_LENGTH_ALONE", "20")]);
    let (app, ada, authenticator) = app.with_authenticator(ADA).await;
    let short = "kq8!zr4#wv2x";
    let body = json!({ "current_password": PASSWORD, "new_password": short, "keep_me_signed_in": true });
    let ada = Person::of(ada.calling(&app).post("/api/auth/password", body).await.success());
    app.run_workers().await;
    let body = json!({ "password": short, "totp_code": authenticator.next_code(&app) });
    assert_eq!(app.delete_totp(&ada, &body).await.details(), "422 password_too_weak /password too_short");
    let body = json!({ "current_password": short, "new_password": PASSWORD, "keep_me_signed_in": true });
    let ada = Person::of(ada.calling(&app).post("/api/auth/password", body).await.success());
    app.advance(SignedDuration::from_secs(30));
    let factor = json!({ "totp_code": authenticator.code_in(&app, 0) });
    assert_eq!(app.disable_totp(&ada, factor).await.status, 204);
    app.run_workers().await;
}
