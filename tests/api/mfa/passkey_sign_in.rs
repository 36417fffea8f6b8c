//! `POST /api/auth/passkey`, and passkeys as a second factor.

use jiff::SignedDuration;
use latchkey_local::authenticator::{BACKED_UP, BACKUP_ELIGIBLE, USER_PRESENT, USER_VERIFIED};
use latchkey_tests::{OWN_ORIGIN, PASSWORD, Person, TestApp, new_passkey};
use serde_json::json;

use super::ADA;

#[tokio::test]
async fn a_passkey_signs_in_alone_and_counts_as_two_factors() {
    let (app, _ada, mut passkey) = TestApp::new().with_passkey(ADA).await;
    let options = app.sign_in_options().await;
    let asked = &options["publicKey"];
    assert_eq!((&asked["rpId"], &asked["userVerification"]), (&json!("id.example.com"), &json!("required")));
    assert_eq!(asked["allowCredentials"], json!([]), "nobody has said who they are");
    app.advance(SignedDuration::from_mins(1));
    let body = json!({ "assertion": passkey.show(&options).unwrap(), "device_name": "Ada's phone" });
    let ada = Person::of(app.anon().post("/api/auth/passkey", body).await.success());
    assert_eq!(ada.email, ADA);
    let session = app.current_session(&ada).await;
    assert_eq!((&session["factor"], &session["device"]), (&json!("passkey"), &json!("Ada's phone")));
    app.run_workers().await;
    assert!(app.subjects_to(ADA).iter().any(|subject| subject.starts_with("New sign-in")));
    let rows = app.engine.scan("MainTable");
    let login = rows.iter().filter(|row| row["event"]["S"] == "LOGIN").map(|row| &row["extra"]["M"]);
    assert!(login.clone().any(|extra| extra["method"]["S"] == "passkey" && extra["factor"]["S"] == "passkey"));
    let listed = ada.calling(&app).get("/api/auth/mfa/passkeys").await.success();
    assert_eq!(listed["items"][0]["last_used_at"], "2026-03-02T09:31:00.000Z");
    assert_eq!(ada.calling(&app).post("/api/auth/mfa/recovery-codes", json!({})).await.status, 200, "it is fresh");
    app.run_workers().await;
}

#[tokio::test]
async fn a_device_that_is_known_is_known_to_a_passkey_too() {
    let (app, _ada, mut passkey) = TestApp::new().with_passkey(ADA).await;
    let first = app.sign_in_by_passkey(&mut passkey).await.success();
    app.run_workers().await;
    let told = |app: &TestApp| app.subjects_to(ADA).iter().filter(|one| one.starts_with("New sign-in")).count();
    assert_eq!(told(&app), 1);
    let assertion = passkey.show(&app.sign_in_options().await).unwrap();
    let body = json!({ "assertion": assertion, "device_token": first["device_token"] });
    app.anon().post("/api/auth/passkey", body).await.success();
    app.run_workers().await;
    assert_eq!(told(&app), 1);
}

#[tokio::test]
async fn in_cookie_mode_the_tokens_are_in_cookies() {
    let (app, _ada, mut passkey) = TestApp::new().with_passkey(ADA).await;
    let assertion = passkey.show(&app.sign_in_options().await).unwrap();
    let body = json!({ "assertion": assertion, "cookie": true });
    let evil = app.browser().at("https://evil.example");
    assert_eq!(evil.post("/api/auth/passkey", body.clone()).await.summary(), "403 csrf_failed");
    let browser = app.browser();
    let answer = browser.post("/api/auth/passkey", body).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["access"]), (200, &json!(null)));
    assert!(browser.cookie("__Host-access").is_some(), "{OWN_ORIGIN}");
    app.run_workers().await;
}

#[tokio::test]
async fn after_a_password_a_passkey_is_the_second_factor() {
    let (app, _ada, mut passkey) = TestApp::new().with_passkey(ADA).await;
    let first = app.sign_in(ADA).await.success();
    assert_eq!((&first["status"], &first["methods"]), (&json!("mfa_required"), &json!(["passkey", "recovery_code"])));
    let token = first["mfa_token"].as_str().unwrap();
    let options = app.second_step_options(token).await;
    let asked = &options["publicKey"];
    assert_eq!(
        (asked["allowCredentials"].as_array().unwrap().len(), &asked["userVerification"]),
        (1, &json!("preferred"))
    );
    // Touching it is enough after a password; and a security key does not say whose it is.
    passkey.flags = USER_PRESENT;
    passkey.user_handle = None;
    let assertion = passkey.show(&options).unwrap();
    let ada = Person::of(app.second_step_by_passkey(token, &assertion).await.success());
    assert_eq!(app.current_session(&ada).await["factor"], "passkey");
    assert_eq!(app.second_step_by_passkey(token, &assertion).await.summary(), "401 token_invalid", "once");
}

#[tokio::test]
async fn who_has_no_passkey_is_asked_for_none() {
    let (app, ada, _authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    let ask = async |body| app.anon().post("/api/auth/passkey/options", body).await;
    assert_eq!(ask(json!({ "mfa_token": token })).await.summary(), "409 passkey_missing");
    assert_eq!(ask(json!({ "mfa_token": "lkm_x" })).await.summary(), "401 token_invalid");
    assert_eq!(ask(json!({ "email": ADA })).await.details(), "422 invalid_body /email unknown");
    assert_eq!(ask(json!([])).await.details(), "422 invalid_body  wrong_type");
    let body = json!({ "purpose": "step_up" });
    let answer = ada.calling(&app).post("/api/auth/mfa/passkeys/options", body).await;
    assert_eq!(answer.summary(), "409 passkey_missing");
    let shown = new_passkey().show(&app.sign_in_options().await).unwrap();
    assert_eq!(app.second_step_by_passkey(&token, &shown).await.summary(), "401 code_invalid");
    assert_eq!(app.send_assertion(&shown).await.summary(), "401 invalid_credentials");
}

#[tokio::test]
async fn a_passkey_makes_the_session_fresh_and_removes_the_app() {
    let (app, ada, mut passkey) = TestApp::new().with_passkey(ADA).await;
    let authenticator = app.enrol_totp(&ada).await;
    app.advance(SignedDuration::from_hours(1));
    let ada = Person::of(app.refresh(&ada.refresh).await.success());
    assert_eq!(ada.calling(&app).delete("/api/auth/me").await.summary(), "403 step_up_required");
    let step_up = async |body| ada.calling(&app).post("/api/auth/step-up", body).await;
    let assertion = passkey.show(&app.step_up_options(&ada).await).unwrap();
    assert_eq!(step_up(json!({ "password": PASSWORD, "passkey": assertion })).await.summary(), "422 validation_failed");
    assert_eq!(step_up(json!({ "passkey": assertion })).await.status, 204);
    assert_eq!(step_up(json!({ "passkey": assertion })).await.summary(), "400 code_invalid", "once");
    let assertion = passkey.show(&app.step_up_options(&ada).await).unwrap();
    assert_eq!(app.disable_totp(&ada, json!({ "passkey": assertion })).await.status, 204, "{authenticator:?}");
    assert_eq!(ada.calling(&app).get("/api/auth/mfa").await.success()["recovery_codes"]["left"], 10);
    assert_eq!(ada.calling(&app).delete("/api/auth/me").await.status, 202, "what was shown counts");
    app.run_workers().await;
}

#[tokio::test]
async fn without_a_password_a_step_up_needs_the_user_verified() {
    let (app, ada, mut passkey) = TestApp::new().with_passkey(ADA).await;
    app.forget_password(&ada);
    let options = app.step_up_options(&ada).await;
    assert_eq!(options["publicKey"]["userVerification"], "required");
    passkey.flags = USER_PRESENT;
    let touched = passkey.show(&options).unwrap();
    let step_up = async |shown| ada.calling(&app).post("/api/auth/step-up", json!({ "passkey": shown })).await;
    assert_eq!(step_up(touched).await.summary(), "400 code_invalid");
    passkey.flags = USER_PRESENT | USER_VERIFIED;
    assert_eq!(step_up(passkey.show(&options).unwrap()).await.status, 204, "the challenge was not spent");
}

#[tokio::test]
async fn a_copy_of_a_passkey_is_remembered() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let mut passkey = new_passkey();
    passkey.flags = USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE;
    let made = passkey.make(&app.passkey_options(&ada).await).unwrap();
    let enrolled = app.send_passkey(&ada, made).await.success();
    assert_eq!((&enrolled["backup_eligible"], &enrolled["backed_up"]), (&json!(true), &json!(false)));
    passkey.flags |= BACKED_UP;
    let ada = Person::of(app.sign_in_by_passkey(&mut passkey).await.success());
    app.run_workers().await;
    let listed = ada.calling(&app).get("/api/auth/mfa/passkeys").await.success();
    assert_eq!(listed["items"][0]["backed_up"], true);
}

/// How many rows of the audit log give this reason for a suspicion.
fn suspicions(app: &TestApp, reason: &str) -> usize {
    let rows = app.engine.scan("MainTable");
    rows.iter().filter(|row| row["extra"]["M"]["reason"]["S"] == reason).count()
}

#[tokio::test]
async fn a_passkey_that_can_be_copied_now_and_could_not_before_still_signs_in_and_is_noted() {
    const FIXED: u8 = USER_PRESENT | USER_VERIFIED;
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let mut passkey = new_passkey();
    passkey.flags = FIXED;
    let made = passkey.make(&app.passkey_options(&ada).await).unwrap();
    app.send_passkey(&ada, made).await.success();
    // A password manager's update; a second use is nothing new; and back again, shown as a second factor.
    for (flags, noted) in [(FIXED, 0), (FIXED | BACKUP_ELIGIBLE | BACKED_UP, 1), (FIXED | BACKUP_ELIGIBLE, 1)] {
        passkey.flags = flags;
        let ada = Person::of(app.sign_in_by_passkey(&mut passkey).await.success());
        let listed = &ada.calling(&app).get("/api/auth/mfa/passkeys").await.success()["items"][0];
        let expected = (json!(flags & BACKUP_ELIGIBLE != 0), json!(flags & BACKED_UP != 0));
        assert_eq!((&listed["backup_eligible"], &listed["backed_up"]), (&expected.0, &expected.1), "{flags}");
        let counted = (suspicions(&app, "passkey_backup_changed"), app.counted("SuspiciousActivity"));
        assert_eq!(counted, (noted, noted), "{flags}");
    }
    passkey.flags = FIXED;
    let token = app.first_step(ADA).await;
    let shown = passkey.show(&app.second_step_options(&token).await).unwrap();
    let ada = Person::of(app.second_step_by_passkey(&token, &shown).await.success());
    assert_eq!(suspicions(&app, "passkey_backup_changed"), 2);
    let log = ada.calling(&app).get("/api/auth/security-log").await.success();
    let noted = log["items"].as_array().unwrap().iter().find(|row| row["event"] == "SUSPICIOUS_ACTIVITY").unwrap();
    assert_eq!((&noted["outcome"], &noted["factor"]), (&json!("success"), &json!("passkey")), "{noted}");
    passkey.flags = FIXED | BACKED_UP;
    let refused = app.sign_in_by_passkey(&mut passkey).await;
    assert_eq!(refused.summary(), "401 invalid_credentials", "what cannot be copied was not");
    app.run_workers().await;
}

#[tokio::test]
async fn a_passkey_whose_count_went_back_and_whose_backup_changed_is_noted_for_both() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let mut passkey = new_passkey();
    passkey.sign_count = 5;
    let made = passkey.make(&app.passkey_options(&ada).await).unwrap();
    app.send_passkey(&ada, made).await.success();
    (passkey.sign_count, passkey.flags) = (1, USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE);
    assert_eq!(app.sign_in_by_passkey(&mut passkey).await.status, 200);
    let noted = (suspicions(&app, "passkey_count_went_back"), suspicions(&app, "passkey_backup_changed"));
    assert_eq!(noted, (1, 1));
    app.run_workers().await;
}

#[tokio::test]
async fn a_count_that_goes_back_is_noted_and_does_not_keep_the_person_out() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let mut passkey = new_passkey();
    passkey.sign_count = 5;
    let made = passkey.make(&app.passkey_options(&ada).await).unwrap();
    app.send_passkey(&ada, made).await.success();
    let noted = |app: &TestApp| suspicions(app, "passkey_count_went_back");
    assert_eq!(app.sign_in_by_passkey(&mut passkey).await.status, 200, "6");
    assert_eq!(noted(&app), 0);
    passkey.sign_count = 2;
    let back = Person::of(app.sign_in_by_passkey(&mut passkey).await.success());
    assert_eq!((noted(&app), app.counted("SuspiciousActivity")), (1, 1), "3");
    assert_eq!(app.sign_in_by_passkey(&mut passkey).await.status, 200, "4");
    assert_eq!(noted(&app), 1);
    let log = back.calling(&app).get("/api/auth/security-log").await.success();
    let seen = log["items"].as_array().unwrap().iter().any(|row| row["event"] == "SUSPICIOUS_ACTIVITY");
    assert!(seen, "{log}");
    app.run_workers().await;
}

#[tokio::test]
async fn an_account_that_is_about_to_be_deleted_can_be_taken_back_with_a_passkey() {
    let (app, ada, mut passkey) = TestApp::new().with_passkey(ADA).await;
    ada.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    let back = Person::of(app.sign_in_by_passkey(&mut passkey).await.success());
    assert_eq!(back.calling(&app).get("/api/auth/mfa/passkeys").await.summary(), "403 deletion_pending");
    app.advance(SignedDuration::from_hours(15 * 24));
    assert_eq!(app.sign_in_by_passkey(&mut passkey).await.summary(), "401 invalid_credentials");
    app.run_workers().await;
}
