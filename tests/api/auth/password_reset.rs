//! `POST /api/auth/password-reset` and `/api/auth/password-reset/confirm`

use jiff::SignedDuration;
use latchkey_tests::{NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

/// Somebody with an account, and the code that was mailed for a new password.
async fn with_code() -> (TestApp, Person, String) {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let code = ask(&app).await;
    (app, ada, code)
}

async fn ask(app: &TestApp) -> String {
    assert_eq!(app.ask_for_reset(ADA).await.status, 202);
    app.run_workers().await;
    app.code_to(ADA)
}

async fn sign_in(app: &TestApp, password: &str) -> String {
    app.anon().post("/api/auth/token", json!({ "login": ADA, "password": password })).await.summary()
}

fn audited(app: &TestApp, event: &str) -> Vec<Value> {
    app.engine.scan("MainTable").into_iter().filter(|row| row["event"]["S"] == event).collect()
}

#[tokio::test]
async fn a_mailed_code_sets_a_new_password_and_signs_nobody_in() {
    let (app, ada, code) = with_code().await;
    let sessions =
        |app: &TestApp| app.engine.scan("MainTable").into_iter().filter(|row| row["entity"]["S"] == "Session").count();
    let before = sessions(&app);
    let answer = app.reset_password(" Ada@Example.COM ", &code, NEW_PASSWORD).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str(), answer.header("set-cookie")), (204, "", ""));
    assert_eq!(sessions(&app), before);
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_invalid");
    assert_eq!(sign_in(&app, NEW_PASSWORD).await, "200");
    assert_eq!(sign_in(&app, PASSWORD).await, "401 invalid_credentials");
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme password has been reset");
    let rows = audited(&app, "PASSWORD_RESET");
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["account_id"]["S"], &rows[0]["extra"]["M"]["method"]["S"]),
        (&json!(ada.id()), &json!("code"))
    );
}

#[tokio::test]
async fn a_code_works_once() {
    let (app, _, code) = with_code().await;
    app.reset_password(ADA, &code, NEW_PASSWORD).await.ok();
    app.run_workers().await;
    assert_eq!(app.reset_password(ADA, &code, PASSWORD).await.summary(), "400 code_invalid");
    assert_eq!(sign_in(&app, NEW_PASSWORD).await, "200");
}

#[tokio::test]
async fn an_account_without_a_password_gets_its_first() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.forget_password(&ada);
    let code = ask(&app).await;
    app.reset_password(ADA, &code, NEW_PASSWORD).await.ok();
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme account has a password now");
    assert_eq!(sign_in(&app, NEW_PASSWORD).await, "200");
    assert_eq!(audited(&app, "PASSWORD_RESET")[0]["extra"]["M"]["first"]["BOOL"], true);
}

#[tokio::test]
async fn a_weak_password_leaves_the_code_unspent_however_often_it_is_tried() {
    let (app, ada, code) = with_code().await;
    for (weak, reason) in [
        ("a8!k", "too_short"),
        ("password123", "breached"),
        ("Ada Lovelace", "guessable"),
        ("ada@example.com", "guessable"),
        ("a8!k", "too_short"),
        ("password123", "breached"),
    ] {
        let answer = app.reset_password(ADA, &code, weak).await;
        assert_eq!(answer.details(), format!("422 password_too_weak /new_password {reason}"), "{weak}");
    }
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200);
    assert_eq!(app.reset_password(ADA, &code, NEW_PASSWORD).await.status, 204);
    app.run_workers().await;
}

#[tokio::test]
async fn wrong_spent_expired_replaced_and_unknown_are_one_answer() {
    let (app, _, first) = with_code().await;
    let second = ask(&app).await;
    for (email, code) in
        [(ADA, first.as_str()), ("bea@example.com", &second), (ADA, ""), (ADA, "1234567"), (ADA, "abcdefgh")]
    {
        assert_eq!(app.reset_password(email, code, NEW_PASSWORD).await.summary(), "400 code_invalid", "{email} {code}");
    }
    app.advance(SignedDuration::from_mins(10));
    assert_eq!(app.reset_password(ADA, &second, NEW_PASSWORD).await.summary(), "400 code_invalid");
    assert_eq!(sign_in(&app, PASSWORD).await, "200");
}

#[tokio::test]
async fn five_wrong_tries_use_up_the_code_but_not_the_link() {
    let (app, _, code) = with_code().await;
    let link = app.link_to(ADA).split_once("token=").unwrap().1.to_owned();
    let wrong = if code == "00000000" { "00000001" } else { "00000000" };
    for _ in 0..5 {
        assert_eq!(app.reset_password(ADA, wrong, NEW_PASSWORD).await.summary(), "400 code_invalid");
    }
    assert_eq!(app.reset_password(ADA, &code, NEW_PASSWORD).await.summary(), "400 code_invalid");
    let form = format!("token={link}&new_password=purple+otters+juggle+nightly");
    assert_eq!(app.anon().post_form("/reset-password", &form).await.status, 303);
    app.run_workers().await;
    assert_eq!(sign_in(&app, NEW_PASSWORD).await, "200");
}

#[tokio::test]
async fn a_registration_that_waits_gets_its_confirmation_again() {
    let app = TestApp::new();
    let token = app.register(ADA).await.text_of("registration_token");
    app.run_workers().await;
    let first = app.code_to(ADA);
    let second = ask(&app).await;
    let subjects = app.subjects_to(ADA);
    assert!(
        subjects.len() == 2 && subjects.iter().all(|subject| subject.ends_with("is your Acme code")),
        "{subjects:?}"
    );
    assert_eq!(app.reset_password(ADA, &second, NEW_PASSWORD).await.summary(), "400 code_invalid");
    assert_eq!(app.verify_email(&token, &first).await.summary(), "400 code_invalid");
    assert_eq!(app.verify_email(&token, &second).await.status, 201);
    app.run_workers().await;
}

#[tokio::test]
async fn an_address_that_nobody_has_gets_no_mail() {
    let app = TestApp::new();
    assert_eq!(app.ask_for_reset(ADA).await.status, 202);
    app.run_workers().await;
    assert_eq!((app.inbox.mails(None).len(), app.counted("MailDeadLettered")), (0, 0));
}

#[tokio::test]
async fn the_sixth_request_of_an_hour_from_one_network_waits() {
    let app = TestApp::new();
    for n in 0..5 {
        assert_eq!(app.ask_for_reset(&format!("person{n}@example.com")).await.status, 202);
    }
    assert_eq!(app.ask_for_reset(ADA).await.summary(), "429 rate_limited");
    app.run_workers().await;
}

#[tokio::test]
async fn after_ten_mails_in_an_hour_the_last_code_stays_good() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    let ask = async |n: u8| {
        let caller = app.anon().from(&format!("198.51.100.{n}"));
        let status = caller.post("/api/auth/password-reset", json!({ "email": ADA })).await.status;
        app.run_workers().await;
        status
    };
    for n in 0..10 {
        assert_eq!(ask(n).await, 202);
    }
    let (mails, code) = (app.inbox.mails(Some(ADA)).len(), app.code_to(ADA));
    for n in 10..15 {
        assert_eq!(ask(n).await, 202);
    }
    assert_eq!(app.inbox.mails(Some(ADA)).len(), mails);
    assert_eq!(app.reset_password(ADA, &code, NEW_PASSWORD).await.status, 204);
    app.run_workers().await;
}

#[tokio::test]
async fn what_cannot_be_an_address_or_a_password_is_refused_before_anything_is_read() {
    let (app, _, code) = with_code().await;
    let long = "x".repeat(10_000);
    app.engine.take_calls();
    for (email, password, expected) in [
        ("not an address", NEW_PASSWORD, "422 validation_failed /email invalid"),
        ("ada@example.com\u{0}", NEW_PASSWORD, "422 validation_failed /email invalid"),
        ("\u{ff41}da@example.com", NEW_PASSWORD, "422 validation_failed /email invalid"),
        (ADA, "", "422 validation_failed /new_password invalid"),
        (ADA, "a\u{0}b", "422 validation_failed /new_password invalid"),
        (ADA, long.as_str(), "422 validation_failed /new_password invalid"),
    ] {
        assert_eq!(app.reset_password(email, &code, password).await.details(), expected);
    }
    for email in ["", "ada", "ada@", long.as_str(), "ada@example.com\r\nBcc: bea@example.com"] {
        assert_eq!(app.ask_for_reset(email).await.details(), "422 validation_failed /email invalid", "{email}");
    }
    assert!(app.engine.take_calls_of_rules().is_empty());
}

#[tokio::test]
async fn composed_and_decomposed_letters_are_the_same_new_password() {
    let (app, _, code) = with_code().await;
    app.reset_password(ADA, &code, "tre\u{300}s longue phrase secre\u{300}te").await.ok();
    app.run_workers().await;
    assert_eq!(sign_in(&app, "tr\u{e8}s longue phrase secr\u{e8}te").await, "200");
}
