//! What a sign-in tells of a registration once it is confirmed: nothing. Its password is one like any other from then on.

use latchkey_tests::{NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";
const ORG: &str = "ada@example.org";

async fn sign_in(app: &TestApp, login: &str, password: &str) -> String {
    app.anon().post("/api/auth/token", json!({ "login": login, "password": password })).await.summary()
}

async fn change_password(app: &TestApp, ada: &Person) {
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    assert_eq!(ada.calling(app).post("/api/auth/password", body).await.status, 204);
    app.run_workers().await;
}

async fn reset_by_link(app: &TestApp, email: &str) {
    app.anon().post("/api/auth/password-reset", json!({ "email": email })).await;
    app.run_workers().await;
    let form = format!("{}&new_password=purple+otters+juggle+nightly", app.link_to(email).split_once('?').unwrap().1);
    assert_eq!(app.anon().post_form("/reset-password", &form).await.status, 303);
    app.run_workers().await;
}

#[tokio::test]
async fn the_password_of_a_registration_is_a_wrong_one_after_it_was_changed() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    change_password(&app, &ada).await;
    assert_eq!(sign_in(&app, ADA, PASSWORD).await, "401 invalid_credentials");
    assert_eq!(sign_in(&app, ADA, NEW_PASSWORD).await, "200");
    app.run_workers().await;
}

#[tokio::test]
async fn the_password_of_a_registration_is_a_wrong_one_after_a_reset() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    reset_by_link(&app, ADA).await;
    assert_eq!(sign_in(&app, ADA, PASSWORD).await, "401 invalid_credentials");
    assert_eq!(sign_in(&app, ADA, NEW_PASSWORD).await, "200");
    app.run_workers().await;
}

#[tokio::test]
async fn the_password_of_a_registration_is_a_wrong_one_after_a_change_of_address_was_undone() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.change_email(&ada, ORG).await;
    assert_eq!(app.undo_email_change(&app.undo_link_to(ADA)).await.status, 303);
    app.run_workers().await;
    for login in [ADA, ORG] {
        assert_eq!(sign_in(&app, login, PASSWORD).await, "401 invalid_credentials", "{login}: there is none any more");
    }
}

#[tokio::test]
async fn an_address_that_was_given_up_does_not_tell_the_present_password_from_a_wrong_one() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.change_email(&ada, ORG).await;
    for password in [PASSWORD, "not the password"] {
        assert_eq!(sign_in(&app, ADA, password).await, "401 invalid_credentials", "{password}");
    }
    assert_eq!(sign_in(&app, ORG, PASSWORD).await, "200");
    app.run_workers().await;
}

#[tokio::test]
async fn the_password_of_a_registration_is_a_wrong_one_after_its_account_was_erased() {
    let (app, ada) = TestApp::with_config(&[("DELETION_GRACE_DAYS", "0")]).with_account(ADA).await;
    assert_eq!(ada.calling(&app).delete("/api/auth/me").await.status, 202);
    assert_eq!(sign_in(&app, ADA, PASSWORD).await, "401 invalid_credentials");
    app.run_workers().await;
}

#[tokio::test]
async fn an_unfinished_registration_is_named_to_its_own_password_until_its_day_is_over() {
    let app = TestApp::new();
    let first = app.register(ADA).await.text_of("registration_token");
    app.run_workers().await;
    let code = app.code_to(ADA);
    let again = json!({ "email": ADA, "name": "Ada", "password": NEW_PASSWORD });
    app.anon().post("/api/auth/register", again).await.success();
    app.run_workers().await;
    let body = |password: &str| (password == NEW_PASSWORD).then_some("403 verification_required");
    for password in [PASSWORD, NEW_PASSWORD] {
        let expected = body(password).unwrap_or("401 invalid_credentials");
        assert_eq!(sign_in(&app, ADA, password).await, expected, "the latest registration counts");
    }
    // The first one is confirmed: the account has its password, and the other registration is as unfinished as before.
    app.verify_email(&first, &code).await.success();
    app.run_workers().await;
    assert_eq!(sign_in(&app, ADA, PASSWORD).await, "200");
    assert_eq!(sign_in(&app, ADA, NEW_PASSWORD).await, "403 verification_required");
    app.advance(jiff::SignedDuration::from_hours(24));
    assert_eq!(sign_in(&app, ADA, NEW_PASSWORD).await, "401 invalid_credentials");
    app.run_workers().await;
}
