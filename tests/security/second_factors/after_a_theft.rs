//! Keeping a hold on an account whose owner takes it back.

use jiff::SignedDuration;
use latchkey_tests::{NEW_PASSWORD, Person, TestApp};
use serde_json::{Value, json};

use super::ADA;

#[tokio::test]
async fn getting_rid_of_the_factor_with_a_new_password() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let pending = app.first_step(ADA).await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await.success();
    app.run_workers().await;
    let code = authenticator.next_code(&app);
    assert_eq!(app.second_step(&pending, &code).await.summary(), "401 token_invalid", "of the old password");
    let body = json!({ "login": ADA, "password": NEW_PASSWORD });
    let first = app.anon().post("/api/auth/token", body).await.success();
    assert_eq!(first["status"], "mfa_required");
    assert_eq!(app.second_step(first["mfa_token"].as_str().unwrap(), &code).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn keeping_the_owner_out_with_a_factor_that_was_enrolled_after_the_address_was_changed() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.change_email(&ada, "thief@example.net").await;
    let thiefs = app.enrol_totp(&ada).await;
    let pending = app.sign_in("thief@example.net").await.text_of("mfa_token");
    assert_eq!(app.undo_email_change(&app.undo_link_to(ADA)).await.status, 303);
    app.run_workers().await;
    assert_eq!(app.second_step(&pending, &thiefs.next_code(&app)).await.summary(), "401 token_invalid");
    assert_eq!(app.reset_by_link(ADA, NEW_PASSWORD).await.status, 303);
    app.run_workers().await;
    let body = json!({ "login": ADA, "password": NEW_PASSWORD });
    let owner = Person::of(app.anon().post("/api/auth/token", body).await.success());
    assert_eq!(owner.answer["user"]["mfa_enabled"], false);
    let rows = app.engine.scan("MainTable");
    assert!(!rows.iter().any(|row| ["Totp", "RecoveryCodes"].contains(&row["entity"]["S"].as_str().unwrap())));
    let removed =
        |row: &&Value| row["event"]["S"] == "MFA_REMOVED" && row["extra"]["M"]["by"]["S"] == "email_change_undone";
    assert_eq!(rows.iter().filter(removed).count(), 2, "the app and its recovery codes");
}

#[tokio::test]
async fn keeping_recovery_codes_that_were_made_after_the_address_was_changed() {
    let (app, ada, hers) = TestApp::new().with_authenticator(ADA).await;
    app.advance(SignedDuration::from_mins(1));
    app.change_email(&ada, "thief@example.net").await;
    let thiefs = app.renew_recovery_codes(&ada).await;
    app.run_workers().await;
    assert_eq!(app.undo_email_change(&app.undo_link_to(ADA)).await.status, 303);
    app.run_workers().await;
    assert_eq!(app.reset_by_link(ADA, NEW_PASSWORD).await.status, 303);
    app.run_workers().await;
    let body = json!({ "login": ADA, "password": NEW_PASSWORD });
    let first = app.anon().post("/api/auth/token", body).await.success();
    assert_eq!(first["methods"], json!(["totp_code"]), "the owner's app was there before, and is asked for");
    let token = first["mfa_token"].as_str().unwrap();
    assert_eq!(app.second_step_by_recovery_code(token, &thiefs[0]).await.summary(), "401 code_invalid");
    let owner = Person::of(app.second_step(token, &hers.next_code(&app)).await.success());
    assert_eq!(app.renew_recovery_codes(&owner).await.len(), 10);
    app.run_workers().await;
}
