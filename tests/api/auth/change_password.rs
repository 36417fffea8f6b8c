//! `POST /api/auth/password`

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Answer, NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

async fn change(app: &TestApp, person: &Person, body: Value) -> Answer {
    person.calling(app).post("/api/auth/password", body).await
}

fn from_to(current: &str, new: &str) -> Value {
    json!({ "current_password": current, "new_password": new })
}

async fn sign_in(app: &TestApp, password: &str) -> Answer {
    app.anon().post("/api/auth/token", json!({ "login": ADA, "password": password })).await
}

async fn is_signed_in(app: &TestApp, person: &Person) -> bool {
    person.calling(app).get("/api/auth/me").await.status == 200
}

#[tokio::test]
async fn a_new_password_ends_every_session_even_the_one_that_asks() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let phone = Person::of(app.sign_in(ADA).await.success());
    let answer = change(&app, &ada, from_to(PASSWORD, NEW_PASSWORD)).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    for person in [&ada, &phone] {
        assert!(!is_signed_in(&app, person).await);
        assert_eq!(app.refresh(&person.refresh).await.summary(), "401 token_invalid");
    }
    assert_eq!(sign_in(&app, NEW_PASSWORD).await.status, 200);
    app.advance(SignedDuration::from_hours(25));
    assert_eq!(sign_in(&app, PASSWORD).await.summary(), "401 invalid_credentials");
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme password has been changed");
    let rows = app.engine.scan("MainTable");
    let audited: Vec<_> = rows.iter().filter(|row| row["event"]["S"] == "PASSWORD_CHANGE").collect();
    assert_eq!((audited.len(), &audited[0]["account_id"]["S"]), (1, &json!(ada.id())));
}

#[tokio::test]
async fn who_asks_for_it_stays_signed_in_with_a_fresh_pair() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let phone = json!({ "login": ADA, "password": PASSWORD, "device_name": "phone" });
    let phone = Person::of(app.anon().post("/api/auth/token", phone).await.success());
    let mut body = from_to(PASSWORD, NEW_PASSWORD);
    body["keep_me_signed_in"] = json!(true);
    let kept = Person::of(change(&app, &phone, body).await.success());
    assert!(is_signed_in(&app, &kept).await);
    assert_ne!((&kept.access, &kept.refresh), (&phone.access, &phone.refresh));
    for person in [&ada, &phone] {
        assert!(!is_signed_in(&app, person).await);
        assert_eq!(app.refresh(&person.refresh).await.summary(), "401 token_invalid");
    }
    let kept = Person::of(app.refresh(&kept.refresh).await.success());
    let sessions = kept.calling(&app).get("/api/auth/sessions").await.success();
    let alive = sessions["items"].as_array().unwrap().iter().filter(|row| row["logged_out_at"].is_null());
    assert_eq!(alive.map(|row| &row["device"]).collect::<Vec<_>>(), ["phone"]);
    app.run_workers().await;
    assert!(app.mail_to(ADA).text.contains("Every other device"), "{}", app.mail_to(ADA).text);
}

#[tokio::test]
async fn a_browser_keeps_its_session_in_cookies_or_loses_them() {
    for keep in [true, false] {
        let (app, _) = TestApp::new().with_account(ADA).await;
        let browser = app.signed_in_browser(ADA).await;
        let before = browser.cookie("__Host-refresh").unwrap();
        let mut body = from_to(PASSWORD, NEW_PASSWORD);
        body["keep_me_signed_in"] = json!(keep);
        let answer = browser.post("/api/auth/password", body).await;
        assert_eq!(answer.status.as_u16(), if keep { 200 } else { 204 }, "{}", answer.text);
        assert!(!answer.text.contains("lkr_") && answer.json()["access"].is_null(), "{}", answer.text);
        let after = browser.cookie("__Host-refresh").filter(|cookie| !cookie.is_empty());
        assert!(after.is_some() == keep && after != Some(before));
        let me = browser.get("/api/auth/me").await;
        assert_eq!(me.status.as_u16(), if keep { 200 } else { 401 });
        app.run_workers().await;
    }
}

#[tokio::test]
async fn a_first_password_needs_a_fresh_session() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.forget_password(&ada);
    app.advance(SignedDuration::from_mins(6));
    let first = json!({ "new_password": NEW_PASSWORD });
    let refused = change(&app, &ada, first.clone()).await;
    assert_eq!((refused.summary().as_str(), &refused.json()["methods"]), ("403 step_up_required", &json!(["email"])));
    ada.calling(&app).post("/api/auth/step-up", json!({ "method": "email" })).await.success();
    app.run_workers().await;
    ada.calling(&app).post("/api/auth/step-up", json!({ "code": app.code_to(ADA) })).await.success();
    assert_eq!(change(&app, &ada, first).await.status, 204);
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme account has a password now");
    assert_eq!(sign_in(&app, NEW_PASSWORD).await.status, 200);
}

#[tokio::test]
async fn the_current_password_is_shown_however_fresh_the_session_is() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let without = change(&app, &ada, json!({ "new_password": NEW_PASSWORD })).await;
    assert_eq!(without.details(), "422 validation_failed /current_password missing");
    let wrong = change(&app, &ada, from_to("wrong", NEW_PASSWORD)).await;
    assert_eq!(wrong.summary(), "403 password_wrong");
    assert!(is_signed_in(&app, &ada).await);
    app.forget_password(&ada);
    let none = change(&app, &ada, from_to(PASSWORD, NEW_PASSWORD)).await;
    assert_eq!(none.details(), "422 validation_failed /current_password invalid");
}

#[tokio::test]
async fn a_weak_password_changes_nothing() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for (weak, reason) in [("a8!k", "too_short"), ("password123", "breached"), ("Ada Lovelace", "guessable")] {
        let answer = change(&app, &ada, from_to(PASSWORD, weak)).await;
        assert_eq!(answer.details(), format!("422 password_too_weak /new_password {reason}"), "{weak}");
    }
    assert!(is_signed_in(&app, &ada).await);
}

#[tokio::test]
async fn of_ten_changes_at_once_one_happens() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let passwords: Vec<_> = (0..10).map(|n| format!("{NEW_PASSWORD} {n}")).collect();
    let answers = join_all(passwords.iter().map(|new| change(&app, &ada, from_to(PASSWORD, new)))).await;
    let changed: Vec<_> = (0..10).filter(|n| answers[*n].status == 204).collect();
    let others = answers.iter().filter(|answer| answer.summary() == "401 token_invalid").count();
    assert_eq!((changed.len(), others), (1, 9));
    assert_eq!(sign_in(&app, &passwords[changed[0]]).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn the_codes_that_the_old_password_left_behind_are_void() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let (code, link) = (app.code_to(ADA), app.link_to(ADA));
    change(&app, &ada, from_to(PASSWORD, NEW_PASSWORD)).await.success();
    app.run_workers().await;
    assert_eq!(app.reset_password(ADA, &code, PASSWORD).await.summary(), "400 code_invalid");
    let form = format!("{}&new_password=correct+horse+battery+staple", link.split_once('?').unwrap().1);
    assert_eq!(app.anon().post_form("/reset-password", &form).await.status, 400);
    let left = app.engine.scan("EphemeralTable");
    assert!(left.iter().all(|row| row["entity"]["S"] != "CodeFlows"), "{left:?}");
}

#[tokio::test]
async fn guesses_at_the_current_password_are_counted_with_those_of_a_step_up() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for n in 0..5 {
        let summary = match n % 2 {
            0 => change(&app, &ada, from_to("wrong", NEW_PASSWORD)).await.summary(),
            _ => ada.calling(&app).post("/api/auth/step-up", json!({ "password": "wrong" })).await.summary(),
        };
        assert_eq!(summary, "403 password_wrong");
    }
    let hashes = app.hashes();
    assert_eq!(change(&app, &ada, from_to(PASSWORD, NEW_PASSWORD)).await.summary(), "429 rate_limited");
    assert_eq!(app.hashes(), hashes);
    app.run_workers().await;
}

#[tokio::test]
async fn what_cannot_be_a_password_is_refused_before_anything_is_counted() {
    let (app, ada) = TestApp::with_config(&[("RATE_USER", "1000/hour")]).with_account(ADA).await;
    let long = "x".repeat(10_000);
    for (body, expected) in [
        (from_to("", NEW_PASSWORD), "422 validation_failed /current_password invalid"),
        (from_to(&long, NEW_PASSWORD), "422 validation_failed /current_password invalid"),
        (from_to(PASSWORD, ""), "422 validation_failed /new_password invalid"),
        (from_to(PASSWORD, "a\u{0}b"), "422 validation_failed /new_password invalid"),
        (from_to(PASSWORD, &long), "422 validation_failed /new_password invalid"),
        (json!({ "current_password": PASSWORD }), "422 invalid_body /new_password missing"),
    ] {
        app.engine.take_calls();
        assert_eq!(change(&app, &ada, body).await.details(), expected);
        assert_eq!(app.engine.take_calls().len(), 2, "who asks is read and counted, and no more");
    }
    let anonymous = app.anon().post("/api/auth/password", from_to(PASSWORD, NEW_PASSWORD)).await;
    assert_eq!(anonymous.summary(), "401 token_missing");
}
