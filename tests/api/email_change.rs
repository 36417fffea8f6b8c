//! `POST /api/auth/email-change` and `/confirm`, and the page `/undo-email-change`

use jiff::SignedDuration;
use latchkey_tests::{NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const OLD: &str = "ada@example.com";
const NEW: &str = "ada@example.org";

async fn with_ada() -> (TestApp, Person) {
    TestApp::with_config(&[("RATE_FACTOR", "10")]).with_account(OLD).await
}

/// With the code for the new address in the inbox.
async fn asked() -> (TestApp, Person, String) {
    let (app, ada) = with_ada().await;
    app.ask_for_email(&ada, NEW).await.success();
    app.run_workers().await;
    let code = app.code_to(NEW);
    (app, ada, code)
}

async fn sign_in(app: &TestApp, login: &str, password: &str) -> String {
    app.anon().post("/api/auth/token", json!({ "login": login, "password": password })).await.summary()
}

fn items(app: &TestApp, entity: &str) -> Vec<Value> {
    app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == entity).collect()
}

fn audited(app: &TestApp, event: &str) -> usize {
    items(app, "AuditEvent").iter().filter(|row| row["event"]["S"] == event).count()
}

async fn address_of(app: &TestApp, person: &Person) -> String {
    person.calling(app).get("/api/auth/me").await.text_of("email")
}

#[tokio::test]
async fn the_code_in_the_new_mailbox_changes_the_address_and_sessions_go_on() {
    let (app, ada) = with_ada().await;
    let asked = app.ask_for_email(&ada, " Ada@Example.ORG ").await;
    assert_eq!(asked.status, 202);
    assert_eq!(asked.json(), json!({ "status": "verification_required", "expires_at": "2026-03-02T09:40:00.000Z" }));
    app.run_workers().await;
    assert_eq!(address_of(&app, &ada).await, OLD, "nothing has changed yet");

    app.advance(SignedDuration::from_mins(5));
    let changed = app.confirm_email(&ada, &app.code_to(NEW)).await.success();
    assert_eq!((&changed["email"], &changed["id"]), (&json!("Ada@Example.ORG"), &json!(ada.id())));
    assert_eq!(changed["confirmed_at"], json!(app.now()));
    app.run_workers().await;
    assert_eq!(address_of(&app, &ada).await, "Ada@Example.ORG");
    assert_eq!(sign_in(&app, NEW, PASSWORD).await, "200");
    app.advance(SignedDuration::from_hours(25));
    assert_eq!(sign_in(&app, OLD, PASSWORD).await, "401 invalid_credentials");
    assert_eq!(audited(&app, "EMAIL_CHANGE"), 1);
    assert_eq!(app.mail_to(OLD).subject, "The address of your Acme account was changed");
}

#[tokio::test]
async fn an_account_with_a_password_shows_it_with_the_request_or_shortly_before() {
    let (app, ada) = with_ada().await;
    app.advance(SignedDuration::from_mins(6));
    let ask = async |body: Value| ada.calling(&app).post("/api/auth/email-change", body).await;
    let refused = ask(json!({ "new_email": NEW })).await;
    assert_eq!(
        (refused.summary().as_str(), &refused.json()["methods"]),
        ("403 step_up_required", &json!(["password"]))
    );
    let wrong = json!({ "new_email": NEW, "current_password": "not the password" });
    assert_eq!(ask(wrong).await.summary(), "403 password_wrong");
    assert_eq!(app.waiting_mail(), 0);
    ada.calling(&app).post("/api/auth/step-up", json!({ "password": PASSWORD })).await.success();
    assert_eq!(ask(json!({ "new_email": NEW })).await.status, 202);
    app.run_workers().await;
}

#[tokio::test]
async fn an_account_without_a_password_shows_a_code_from_its_present_mailbox() {
    let (app, ada) = with_ada().await;
    app.forget_password(&ada);
    app.advance(SignedDuration::from_mins(6));
    let ask = async |body: Value| ada.calling(&app).post("/api/auth/email-change", body).await;
    for body in [json!({ "new_email": NEW }), json!({ "new_email": NEW, "current_password": PASSWORD })] {
        let refused = ask(body).await;
        assert_eq!(refused.summary(), "403 step_up_required");
        assert_eq!(refused.json()["methods"], json!(["email"]));
    }
    ada.calling(&app).post("/api/auth/step-up", json!({ "method": "email" })).await.success();
    app.run_workers().await;
    ada.calling(&app).post("/api/auth/step-up", json!({ "code": app.code_to(OLD) })).await.success();
    ask(json!({ "new_email": NEW })).await.success();
    app.run_workers().await;
    app.confirm_email(&ada, &app.code_to(NEW)).await.success();
    app.run_workers().await;
    assert_eq!(address_of(&app, &ada).await, NEW);
}

#[tokio::test]
async fn addresses_that_are_none_and_the_one_that_is_there_already_are_refused() {
    let (app, ada) = with_ada().await;
    for (new, details) in [
        ("ada", "422 validation_failed /new_email invalid"),
        ("ädä@example.org", "422 validation_failed /new_email invalid"),
        ("ada@example.org\r\nBcc: eve@example.com", "422 validation_failed /new_email invalid"),
        (" ada@example.com\u{a0}", "422 validation_failed /new_email same"),
    ] {
        assert_eq!(app.ask_for_email(&ada, new).await.details(), details, "{new:?}");
    }
    let more = json!({ "new_email": NEW, "email_verified": true });
    let answer = ada.calling(&app).post("/api/auth/email-change", more).await;
    assert_eq!(answer.details(), "422 invalid_body /email_verified unknown");
}

#[tokio::test]
async fn a_wrong_a_spent_a_replaced_and_an_old_code_change_nothing() {
    let (app, ada, code) = asked().await;
    for wrong in ["00000000", "1234", "", "abcdefgh"] {
        assert_eq!(app.confirm_email(&ada, wrong).await.summary(), "400 code_invalid");
    }
    app.ask_for_email(&ada, "other@example.org").await.success();
    app.run_workers().await;
    assert_eq!(app.confirm_email(&ada, &code).await.summary(), "400 code_invalid", "a newer code was mailed");
    let other = app.code_to("other@example.org");
    app.advance(SignedDuration::from_mins(11));
    assert_eq!(app.confirm_email(&ada, &other).await.summary(), "400 code_invalid");
    app.change_email(&ada, NEW).await;
    assert_eq!(app.confirm_email(&ada, &app.code_to(NEW)).await.summary(), "400 code_invalid", "it was spent");
    assert_eq!(items(&app, "EmailClaim").len(), 2);
}

#[tokio::test]
async fn five_wrong_codes_use_the_right_one_up() {
    let (app, ada, code) = asked().await;
    for _ in 0..5 {
        app.confirm_email(&ada, "00000000").await;
    }
    assert_eq!(app.confirm_email(&ada, &code).await.summary(), "400 code_invalid");
}

#[tokio::test]
async fn fifteen_changes_an_hour_may_be_asked_for() {
    let app = TestApp::with_config(&[("RATE_EMAIL_CHANGE", "2/hour")]);
    let ada = app.new_account(OLD).await;
    for (number, expected) in ["202", "202", "429 rate_limited"].iter().enumerate() {
        let answer = app.ask_for_email(&ada, &format!("ada{number}@example.org")).await;
        assert_eq!(answer.summary(), *expected);
    }
    app.run_workers().await;
    assert_eq!(app.inbox.mails(Some("ada2@example.org")).len(), 0);
}

#[tokio::test]
async fn an_address_gets_five_such_mails_an_hour_whoever_asks() {
    let app = TestApp::new();
    let (ada, eve) = (app.new_account(OLD).await, app.new_account("eve@example.com").await);
    for (person, expected) in
        [(&ada, "202"), (&eve, "202"), (&ada, "202"), (&eve, "202"), (&ada, "202"), (&eve, "429 rate_limited")]
    {
        assert_eq!(app.ask_for_email(person, NEW).await.summary(), expected);
    }
    app.run_workers().await;
}

#[tokio::test]
async fn the_link_in_the_old_mailbox_brings_the_address_back_and_asks_for_a_new_password() {
    let (app, ada) = with_ada().await;
    app.change_email(&ada, NEW).await;
    app.advance(SignedDuration::from_hours(6 * 24));
    let other = Person::of(app.sign_in(NEW).await.success());
    let token = app.undo_link_to(OLD);

    let page = app.anon().get(&format!("/undo-email-change?token={token}")).await;
    assert_eq!((page.status.as_u16(), page.text.contains(&token)), (200, true));
    let restored = app.undo_email_change(&token).await;
    assert_eq!(restored.status, 303, "{}", restored.text);
    app.run_workers().await;

    for person in [&ada, &other] {
        assert_eq!(person.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    }
    for login in [OLD, NEW] {
        assert_eq!(sign_in(&app, login, PASSWORD).await, "401 invalid_credentials", "the password is void");
    }
    let link = app.link_to(OLD);
    let reset = link.split_once("/reset-password?token=").unwrap().1;
    let body = format!("token={reset}&new_password={}", NEW_PASSWORD.replace(' ', "+"));
    assert_eq!(app.anon().post_form("/reset-password", &body).await.status, 303);
    app.run_workers().await;
    assert_eq!(sign_in(&app, OLD, NEW_PASSWORD).await, "200");
    assert_eq!((audited(&app, "EMAIL_CHANGE_UNDONE"), items(&app, "EmailClaim").len()), (1, 1));
    assert!(app.subjects_to(OLD).contains(&"Your Acme account has its old address again".to_owned()));
    assert_eq!(app.mail_to(NEW).subject, "A change of your Acme account was undone");
}

#[tokio::test]
async fn the_new_password_can_be_chosen_with_the_link_in_the_mail_too() {
    let (app, ada) = with_ada().await;
    app.change_email(&ada, NEW).await;
    app.undo_email_change(&app.undo_link_to(OLD)).await;
    app.run_workers().await;
    app.advance(SignedDuration::from_mins(59));
    assert_eq!(app.reset_by_link(OLD, NEW_PASSWORD).await.status, 303);
    app.run_workers().await;
}

#[tokio::test]
async fn a_link_that_is_spent_older_than_a_week_or_invented_says_what_to_do() {
    let (app, ada) = with_ada().await;
    app.change_email(&ada, NEW).await;
    let token = app.undo_link_to(OLD);
    app.advance(SignedDuration::from_hours(7 * 24) + SignedDuration::from_secs(1));
    let late = app.undo_email_change(&token).await;
    assert!(late.status == 400 && late.text.contains("change the address there"), "{}", late.text);
    assert_eq!(sign_in(&app, NEW, PASSWORD).await, "200");
    for invented in ["", "lku_AAAA", &token.replace("lku_", "lkp_"), &format!("{token}A")] {
        assert_eq!(app.undo_email_change(invented).await.status, 400, "{invented}");
        assert_eq!(app.anon().get(&format!("/undo-email-change?token={invented}")).await.status, 400, "{invented}");
    }
    let ada = Person::of(app.sign_in(NEW).await.success());
    app.change_email(&ada, "ada@example.net").await;
    let token = app.undo_link_to(NEW);
    assert_eq!(app.undo_email_change(&token).await.status, 303);
    app.run_workers().await;
    assert_eq!(app.undo_email_change(&token).await.status, 400);
}

#[tokio::test]
async fn an_address_that_was_given_up_is_nobody_elses_for_a_week_and_anybodys_then() {
    let (app, ada) = with_ada().await;
    app.change_email(&ada, NEW).await;
    // From before, so that the day of the pending registration is over.
    app.advance(SignedDuration::from_hours(3 * 24));
    let token = app.register(OLD).await.text_of("registration_token");
    app.run_workers().await;
    assert_eq!(app.mail_to(OLD).subject, "This address and Acme");
    assert!(!app.mail_to(OLD).text.contains("lkc_"));
    assert_eq!(
        app.anon().post("/api/auth/verify-email/resend", json!({ "registration_token": token })).await.status,
        202
    );
    app.run_workers().await;
    assert_eq!(app.mail_to(OLD).subject, "This address and Acme");

    app.advance(SignedDuration::from_hours(4 * 24) + SignedDuration::from_secs(1));
    let stranger = app.new_account(OLD).await;
    assert_ne!(stranger.id(), ada.id());
    assert_eq!(app.undo_email_change(&app.undo_link_to(OLD)).await.status, 400);
}

#[tokio::test]
async fn whoever_gave_an_address_up_can_go_back_to_it_at_once() {
    let (app, ada) = with_ada().await;
    app.change_email(&ada, NEW).await;
    app.change_email(&ada, OLD).await;
    assert_eq!(address_of(&app, &ada).await, OLD);
    assert_eq!(sign_in(&app, OLD, PASSWORD).await, "200");
    app.advance(SignedDuration::from_hours(8 * 24));
    // Its own link is void by then, and what it held is free.
    app.new_account(NEW).await;
    assert_eq!(sign_in(&app, OLD, PASSWORD).await, "200");
}

#[tokio::test]
async fn an_eleventh_change_in_a_week_waits() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ada = app.new_account(OLD).await;
    for number in 0..10 {
        app.change_email(&ada, &format!("ada{number}@example.org")).await;
    }
    app.ask_for_email(&ada, NEW).await.success();
    app.run_workers().await;
    let refused = app.confirm_email(&ada, &app.code_to(NEW)).await;
    assert_eq!(refused.summary(), "429 rate_limited");
    assert_eq!(refused.header("retry-after"), "604801");
    assert_eq!(app.undo_email_change(&app.undo_link_to(OLD)).await.status, 303, "the first of ten can be undone");
    app.run_workers().await;
    assert_eq!(items(&app, "EmailClaim").len(), 1);
}

#[tokio::test]
async fn a_confirmation_whose_answer_was_lost_is_told_again_under_its_key() {
    let (app, ada, code) = asked().await;
    let keyed = ada.calling(&app).with("idempotency-key", "one");
    let first = keyed.post("/api/auth/email-change/confirm", json!({ "code": code })).await;
    let again = keyed.post("/api/auth/email-change/confirm", json!({ "code": code })).await;
    assert_eq!((first.status.as_u16(), &first.text), (200, &again.text));
    app.run_workers().await;
}
