//! Living with second factors: enrolling them, losing the phone, getting a new one.

use jiff::SignedDuration;
use latchkey_tests::{NEW_PASSWORD, Person, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn somebody_enrols_an_app_loses_the_phone_and_comes_back_with_a_recovery_code() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let phone = app.enrol_totp(&ada).await;
    app.advance(SignedDuration::from_hours(48));
    let ada = app.sign_in_with(ADA, &phone).await;
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200);

    // The phone lies in a river. A code from the drawer lets its owner in, and enrols the next phone.
    app.advance(SignedDuration::from_hours(24));
    let token = app.first_step(ADA).await;
    let ada = Person::of(app.second_step_by_recovery_code(&token, &phone.recovery_codes[7]).await.success());
    app.run_workers().await;
    let new_phone = app.enrol_totp(&ada).await;
    let token = app.first_step(ADA).await;
    assert_eq!(app.second_step(&token, &phone.next_code(&app)).await.summary(), "401 code_invalid");
    assert_eq!(
        app.second_step_by_recovery_code(&token, &phone.recovery_codes[8]).await.summary(),
        "401 code_invalid",
        "the drawer needs a new list"
    );
    app.advance(SignedDuration::from_mins(5));
    let ada = app.sign_in_with(ADA, &new_phone).await;

    // A new password, and the factor is asked for as before.
    let body = json!({ "current_password": latchkey_tests::PASSWORD, "new_password": NEW_PASSWORD });
    assert_eq!(ada.calling(&app).post("/api/auth/password", body).await.status, 204);
    app.run_workers().await;
    let body = json!({ "login": ADA, "password": NEW_PASSWORD });
    let token = app.anon().post("/api/auth/token", body).await.text_of("mfa_token");
    let ada = Person::of(app.second_step(&token, &new_phone.next_code(&app)).await.success());
    app.run_workers().await;

    // Enough of it.
    let body = json!({ "password": NEW_PASSWORD, "totp_code": new_phone.next_code(&app) });
    assert_eq!(app.delete_totp(&ada, &body).await.status, 204);
    app.run_workers().await;
    let body = json!({ "login": ADA, "password": NEW_PASSWORD });
    assert_eq!(app.anon().post("/api/auth/token", body).await.success()["user"]["mfa_enabled"], false);
    app.run_workers().await;
    let subjects = app.subjects_to(ADA);
    for expected in ["needs an authenticator app now", "recovery code of your", "does not need an authenticator app"] {
        assert!(subjects.iter().any(|subject| subject.contains(expected)), "{expected}: {subjects:?}");
    }
}

#[tokio::test]
async fn somebody_moves_to_passkeys_and_has_the_phone_stolen() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let mut phone = app.enrol_passkey(&ada).await;
    app.advance(SignedDuration::from_hours(48));
    let ada = Person::of(app.sign_in_by_passkey(&mut phone).await.success());
    app.run_workers().await;

    // A laptop: the password, then the phone as the second step, and then a passkey of its own.
    app.advance(SignedDuration::from_hours(24));
    let token = app.first_step(ADA).await;
    let shown = phone.show(&app.second_step_options(&token).await).unwrap();
    let on_laptop = Person::of(app.second_step_by_passkey(&token, &shown).await.success());
    let mut laptop = app.enrol_passkey(&on_laptop).await;
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 401, "the phone is signed out by it");

    // The phone is stolen. The laptop signs in, and removes what the phone has.
    app.advance(SignedDuration::from_hours(24));
    let ada = Person::of(app.sign_in_by_passkey(&mut laptop).await.success());
    app.run_workers().await;
    let listed = ada.calling(&app).get("/api/auth/mfa/passkeys").await.success();
    let target = format!("/api/auth/mfa/passkeys/{}", listed["items"][0]["id"].as_str().unwrap());
    assert_eq!(ada.calling(&app).delete(&target).await.status, 204);
    app.run_workers().await;
    assert_eq!(app.sign_in_by_passkey(&mut phone).await.summary(), "401 invalid_credentials");
    assert_eq!(app.sign_in_by_passkey(&mut laptop).await.status, 200);
    app.run_workers().await;
    let subjects = app.subjects_to(ADA);
    for (expected, count) in [("A passkey was added", 2), ("A passkey was removed", 1)] {
        assert_eq!(subjects.iter().filter(|subject| subject.starts_with(expected)).count(), count, "{subjects:?}");
    }
}
