//! A person moves to another address, with second thoughts, and gets an account back that somebody else had taken.

use jiff::SignedDuration;
use latchkey_tests::{NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::json;

const HOME: &str = "ada@example.com";
const WORK: &str = "ada@example.org";

#[tokio::test]
async fn a_person_moves_to_another_address_after_second_thoughts() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "10")]);
    let ada = app.new_account(HOME).await;
    app.advance(SignedDuration::from_mins(10));
    let ask = async |body| ada.calling(&app).post("/api/auth/email-change", body).await.details();
    assert_eq!(ask(json!({ "new_email": "ada@example" })).await, "422 validation_failed /new_email invalid");
    assert_eq!(ask(json!({ "new_email": WORK })).await, "403 step_up_required");
    assert_eq!(ask(json!({ "new_email": WORK, "current_password": "correct horse" })).await, "403 password_wrong");
    assert_eq!(ask(json!({ "new_email": "ada@exmaple.org", "current_password": PASSWORD })).await, "202");
    app.run_workers().await;
    // The address was mistyped; the second request takes the place of the first.
    assert_eq!(ask(json!({ "new_email": WORK })).await, "202", "the password was shown a moment ago");
    app.run_workers().await;
    assert_eq!(app.confirm_email(&ada, "0000 0000").await.summary(), "400 code_invalid");
    assert_eq!(app.confirm_email(&ada, &app.code_to(WORK)).await.success()["email"], WORK);
    app.run_workers().await;
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.success()["email"], WORK);

    // Home was better after all; and after a week nothing of it is left but the one address.
    app.change_email(&ada, HOME).await;
    let later = Person::of(app.refresh(&ada.refresh).await.success());
    assert_eq!(later.calling(&app).get("/api/auth/me").await.success()["email"], HOME);
    app.advance(SignedDuration::from_hours(8 * 24));
    app.new_account(WORK).await;
    assert_eq!(app.sign_in(HOME).await.status, 200);
}

#[tokio::test]
async fn a_person_gets_an_account_back_that_was_taken_with_an_open_browser() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "10")]);
    let ada = app.new_account(HOME).await;
    // Somebody who knows the password moves the account away, twice.
    for thief in ["eve@example.net", "eve@example.edu"] {
        app.change_email(&ada, thief).await;
    }
    app.advance(SignedDuration::from_hours(50));
    assert_eq!(app.sign_in(HOME).await.summary(), "401 invalid_credentials");
    app.ask_for_reset(HOME).await.success();
    app.run_workers().await;
    assert_eq!(app.mail_to(HOME).subject, "The address of your Acme account was changed", "no code came");

    let target = format!("/undo-email-change?token={}", app.undo_link_to(HOME));
    let page = app.anon().get(&target).await;
    assert!(page.text.contains("Undo the change"), "{}", page.text);
    assert_eq!(app.undo_email_change(&app.undo_link_to(HOME)).await.status, 303);
    app.run_workers().await;
    // The mail was read too late: its link is good for an hour.
    app.advance(SignedDuration::from_mins(61));
    assert_eq!(app.reset_by_link(HOME, NEW_PASSWORD).await.status, 400);
    app.ask_for_reset(HOME).await.success();
    app.run_workers().await;
    assert_eq!(app.reset_password(HOME, &app.code_to(HOME), NEW_PASSWORD).await.status, 200);
    app.run_workers().await;
    let body = json!({ "login": HOME, "password": NEW_PASSWORD });
    let back = Person::of(app.anon().post("/api/auth/token", body).await.success());
    assert_eq!((back.email.as_str(), back.id()), (HOME, ada.id()));
    for thief in ["eve@example.net", "eve@example.edu"] {
        let body = json!({ "login": thief, "password": PASSWORD });
        assert_eq!(app.anon().post("/api/auth/token", body).await.summary(), "401 invalid_credentials");
    }
    assert_eq!(app.undo_email_change(&app.undo_link_to("eve@example.net")).await.status, 400);
}
