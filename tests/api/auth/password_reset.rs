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
async fn a_mailed_code_sets_a_new_password_signs_nobody_in_and_makes_the_device_known() {
    let (app, ada, code) = with_code().await;
    let answer = app.reset_password(ADA, &code, NEW_PASSWORD).await;
    let device = answer.text_of("device_token");
    assert_eq!((answer.json(), answer.header("set-cookie")), (json!({ "device_token": device }), ""));
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_invalid");
    assert_eq!(sign_in(&app, PASSWORD).await, "401 invalid_credentials");
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme password has been reset");
    let rows = audited(&app, "PASSWORD_RESET");
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["account_id"]["S"], &rows[0]["extra"]["M"]["method"]["S"]),
        (&json!(ada.id()), &json!("code"))
    );
    let body = json!({ "login": ADA, "password": NEW_PASSWORD, "device_token": device });
    let ada = Person::of(app.anon().post("/api/auth/token", body).await.success());
    app.run_workers().await;
    assert!(!app.subjects_to(ADA).iter().any(|subject| subject.starts_with("New sign-in")), "the device is known");
    let listed = ada.calling(&app).get("/api/auth/sessions").await.success();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "the first, which has ended, and this one: {listed}");
}

#[tokio::test]
async fn a_page_in_a_browser_gets_the_device_token_as_a_cookie() {
    let (app, _, code) = with_code().await;
    let confirm = "/api/auth/password-reset/confirm";
    let token = app.reset_token(ADA);
    let body = json!({ "reset_token": token, "code": code, "new_password": NEW_PASSWORD, "cookie": true });
    let elsewhere = app.anon().with("origin", "https://evil.example").post(confirm, body.clone()).await;
    assert_eq!(elsewhere.summary(), "403 csrf_failed");
    let answer = app.anon().with("origin", "https://id.example.com").post(confirm, body).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({})));
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-device=lkv_") && cookie.ends_with("; HttpOnly"), "{cookie}");
    let login = json!({ "login": ADA, "password": NEW_PASSWORD, "cookie": true });
    let caller = app.anon().with("origin", "https://id.example.com").with("cookie", cookie.split(';').next().unwrap());
    caller.post("/api/auth/token", login).await.success();
    app.run_workers().await;
    assert!(!app.subjects_to(ADA).iter().any(|subject| subject.starts_with("New sign-in")));
}

#[tokio::test]
async fn the_mailed_page_makes_its_browser_known_as_well() {
    let (app, _, _) = with_code().await;
    let done = app.reset_by_link(ADA, NEW_PASSWORD).await;
    assert_eq!(done.status, 303);
    assert!(done.header("set-cookie").starts_with("__Host-device=lkv_"), "{}", done.header("set-cookie"));
    app.run_workers().await;
}

#[tokio::test]
async fn the_answer_says_until_when_the_code_is_good() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    let answer = app.ask_for_reset(ADA).await.success();
    assert_eq!(answer["status"], "reset_requested");
    assert_eq!(answer["expires_at"], "2026-03-02T09:40:00.000Z");
    assert!(answer["reset_token"].as_str().unwrap().starts_with("lkw_"));
    app.run_workers().await;
}

#[tokio::test]
async fn a_code_works_once() {
    let (app, _, code) = with_code().await;
    app.reset_password(ADA, &code, NEW_PASSWORD).await.success();
    app.run_workers().await;
    assert_eq!(app.reset_password(ADA, &code, PASSWORD).await.summary(), "400 code_invalid");
    assert_eq!(sign_in(&app, NEW_PASSWORD).await, "200");
}

#[tokio::test]
async fn an_account_without_a_password_gets_its_first() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.forget_password(&ada);
    let code = ask(&app).await;
    app.reset_password(ADA, &code, NEW_PASSWORD).await.success();
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
    assert_eq!(app.reset_password(ADA, &code, NEW_PASSWORD).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn wrong_spent_expired_of_another_request_and_unknown_are_one_answer() {
    let (app, _, first) = with_code().await;
    let second = ask(&app).await;
    for (email, code) in
        [(ADA, first.as_str()), ("bea@example.com", &second), (ADA, ""), (ADA, "1234567"), (ADA, "abcdefgh")]
    {
        assert_eq!(app.reset_password(email, code, NEW_PASSWORD).await.summary(), "400 code_invalid", "{email} {code}");
    }
    for token in ["", "lkw_", "lkw_AAAA", "lki_AAAA", &app.reset_token(ADA)[..60]] {
        let answer = app.reset_with(token, &second, NEW_PASSWORD).await;
        assert_eq!(answer.summary(), "400 code_invalid", "{token}");
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
async fn three_mails_come_in_ten_minutes_ten_in_an_hour_and_twelve_in_a_day_and_the_last_link_stays_good() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    // The mail of the registration is not among those of this day.
    app.advance(SignedDuration::from_hours(29));
    let mails = || app.subjects_to(ADA).iter().filter(|subject| subject.contains("new password")).count();
    let (mut of_hour, mut longest) = (Vec::new(), 0);
    // Often for three hours, and then now and then for the rest of the day.
    for (minute, step) in (0..180).step_by(5).map(|at| (at, 5)).chain((180..24 * 60).step_by(60).map(|at| (at, 60))) {
        if minute % 60 == 0 {
            of_hour.push(mails());
        }
        let before = mails();
        for n in 0..4 {
            let caller = app.anon().from(&format!("198.51.{}.{n}", minute % 250));
            assert_eq!(caller.post("/api/auth/password-reset", json!({ "email": ADA })).await.status, 202);
        }
        app.run_workers().await;
        longest = longest.max(mails() - before);
        app.advance(SignedDuration::from_mins(step));
    }
    assert_eq!((longest, of_hour[1], mails()), (2, 10, 12), "two of one network, {of_hour:?}");
    // Two were mailed in the same moment, and the last of them is good hours after it was.
    let mut worked = 0;
    for mail in app.inbox.mails(Some(ADA)).into_iter().take(2) {
        let link = mail.text.lines().find_map(|line| line.split_once("/reset-password?")).unwrap().1.to_owned();
        let form = format!("{link}&new_password={}", NEW_PASSWORD.replace(' ', "+"));
        worked += usize::from(app.anon().post_form("/reset-password", &form).await.status == 303);
    }
    assert_eq!(worked, 1);
    app.run_workers().await;
}

#[tokio::test]
async fn what_cannot_be_an_address_or_a_password_is_refused_before_anything_is_read() {
    let (app, _, code) = with_code().await;
    let long = "x".repeat(10_000);
    app.engine.take_calls();
    for (email, password, expected) in [
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
    app.reset_password(ADA, &code, "tre\u{300}s longue phrase secre\u{300}te").await.success();
    app.run_workers().await;
    assert_eq!(sign_in(&app, "tr\u{e8}s longue phrase secr\u{e8}te").await, "200");
}
