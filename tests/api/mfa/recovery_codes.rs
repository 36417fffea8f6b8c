//! Recovery codes: in the place of a factor, and `POST /api/auth/mfa/recovery-codes`.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Person, TestApp};
use serde_json::json;

use super::ADA;

#[tokio::test]
async fn a_recovery_code_stands_in_once_and_its_owner_is_told() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let code = &authenticator.recovery_codes[3];
    let token = app.first_step(ADA).await;
    let ada = Person::of(app.second_step_by_recovery_code(&token, code).await.success());
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert_eq!(mail.subject, "A recovery code of your Acme account was used");
    assert!(mail.text.contains("9 are left.") && !mail.text.contains(code.as_str()), "{}", mail.text);
    let mfa = ada.calling(&app).get("/api/auth/mfa").await.success();
    assert_eq!(mfa["recovery_codes"]["left"], 9);
    assert_eq!(app.current_session(&ada).await["factor"], "recovery_code");
    let token = app.first_step(ADA).await;
    assert_eq!(app.second_step_by_recovery_code(&token, code).await.summary(), "401 code_invalid");
    let typed = authenticator.recovery_codes[4].to_uppercase().replace('-', " ");
    assert_eq!(app.second_step_by_recovery_code(&token, &typed).await.status, 200, "as people type it");
    app.run_workers().await;
}

#[tokio::test]
async fn all_ten_work_and_the_last_one_says_so() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "100/min"), ("RATE_MFA", "100/15min")]);
    let (app, _ada, authenticator) = app.with_authenticator(ADA).await;
    for code in &authenticator.recovery_codes {
        let token = app.first_step(ADA).await;
        assert_eq!(app.second_step_by_recovery_code(&token, code).await.status, 200);
        app.run_workers().await;
    }
    assert!(app.mail_to(ADA).text.contains("It was the last one"));
    let token = app.first_step(ADA).await;
    let again = app.second_step_by_recovery_code(&token, &authenticator.recovery_codes[0]).await;
    assert_eq!(again.summary(), "401 code_invalid");
    assert_eq!(app.second_step(&token, &authenticator.next_code(&app)).await.status, 200, "the app is as good as ever");
}

#[tokio::test]
async fn new_codes_kill_the_old_ones_end_other_sessions_and_are_told() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let other = app.sign_in_with(ADA, &authenticator).await;
    let ada = app.sign_in_with(ADA, &authenticator).await;
    let new = app.renew_recovery_codes(&ada).await;
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme recovery codes were replaced");
    assert!(new.iter().all(|code| !authenticator.recovery_codes.contains(code)) && new.len() == 10);
    assert_eq!(other.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200);
    let token = app.first_step(ADA).await;
    let old = app.second_step_by_recovery_code(&token, &authenticator.recovery_codes[0]).await;
    assert_eq!(old.summary(), "401 code_invalid");
    assert_eq!(app.second_step_by_recovery_code(&token, &new[0]).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn new_codes_need_a_factor_that_was_shown_a_moment_ago() {
    const RENEW: &str = "/api/auth/mfa/recovery-codes";
    let (app, ada) = TestApp::new().with_account(ADA).await;
    assert_eq!(app.anon().post(RENEW, json!({})).await.summary(), "401 token_missing");
    assert_eq!(ada.calling(&app).post(RENEW, json!({})).await.summary(), "409 second_factor_missing");
    let authenticator = app.enrol_totp(&ada).await;
    app.advance(SignedDuration::from_mins(5));
    let stale = ada.calling(&app).post(RENEW, json!({})).await;
    assert_eq!(stale.summary(), "403 step_up_required");
    assert_eq!(stale.json()["methods"], json!(["totp_code", "recovery_code"]));
    let ada = app.sign_in_with(ADA, &authenticator).await;
    assert_eq!(app.renew_recovery_codes(&ada).await.len(), 10);
    app.run_workers().await;
    // One more was asked for when the app was enrolled.
    for _ in 0..13 {
        app.renew_recovery_codes(&ada).await;
    }
    assert_eq!(ada.calling(&app).post(RENEW, json!({})).await.summary(), "429 rate_limited");
    app.run_workers().await;
}

#[tokio::test]
async fn of_new_codes_that_are_made_twice_at_once_one_set_is_good() {
    let (app, ada, _authenticator) = TestApp::new().with_authenticator(ADA).await;
    let renew = || async { ada.calling(&app).post("/api/auth/mfa/recovery-codes", json!({})).await };
    let answers = join_all((0..4).map(|_| renew())).await;
    app.run_workers().await;
    let mut good = 0;
    for answer in answers.iter().filter(|answer| answer.status == 200) {
        let token = app.first_step(ADA).await;
        let code = answer.json()["recovery_codes"][0].as_str().unwrap().to_owned();
        good += usize::from(app.second_step_by_recovery_code(&token, &code).await.status == 200);
    }
    app.run_workers().await;
    assert_eq!(good, 1, "the others were told that their session ended, or were replaced");
}
