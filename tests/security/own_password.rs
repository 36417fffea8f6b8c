//! Guessing at the password of an account from within a session of it, and from everywhere at once.

use jiff::SignedDuration;
use latchkey_tests::{Answer, NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const NOTICE: &str = "Several wrong passwords for your Acme account";

async fn step_up(app: &TestApp, session: &Person, password: &str) -> Answer {
    session.calling(app).post("/api/auth/step-up", json!({ "password": password })).await
}

async fn guess(app: &TestApp, from: &str, login: &str) -> Answer {
    let body = json!({ "login": login, "password": "not the password" });
    app.anon().from(from).post("/api/auth/token", body).await
}

/// Somebody with a username, a day after registering: each wrong password is compared with one hash.
async fn ada() -> (TestApp, Person) {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    ada.calling(&app).patch("/api/auth/me", json!({ "username": "ada" })).await.success();
    app.advance(SignedDuration::from_hours(25));
    let ada = Person::of(app.sign_in(ADA).await.success());
    app.run_workers().await;
    (app, ada)
}

#[tokio::test]
async fn a_stolen_session_waits_longer_and_longer_and_ends_after_ten_wrong_passwords_in_a_row() {
    let (app, ada) = ada().await;
    let stolen = Person::of(app.sign_in(ADA).await.success());
    let (mut evaluated, mut waits) = (0, Vec::new());
    loop {
        let answer = step_up(&app, &stolen, "not the password").await;
        match answer.summary().as_str() {
            "403 password_wrong" => evaluated += 1,
            "429 rate_limited" => {
                let seconds: i64 = answer.header("retry-after").parse().unwrap();
                waits.push(seconds);
                app.advance(SignedDuration::from_secs(seconds));
            }
            "401 token_invalid" if evaluated > 0 => {
                let refreshed = app.refresh(&stolen.refresh).await;
                assert_eq!(refreshed.status, 401, "the access token expired before the session was ended");
                break;
            }
            other => panic!("{other}"),
        }
        assert!(evaluated <= 10, "{evaluated} passwords were compared");
    }
    assert_eq!(evaluated, 10);
    assert!(!waits.is_empty(), "nothing made it wait");
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).iter().filter(|subject| *subject == NOTICE).count(), 1);
    // The owner's other session goes on.
    app.refresh(&ada.refresh).await.success();
    let suspicious = app.engine.scan("MainTable").into_iter().filter(|row| row["event"]["S"] == "SUSPICIOUS_ACTIVITY");
    let reasons: Vec<Value> = suspicious.map(|row| row["extra"]["M"]["reason"]["S"].clone()).collect();
    assert!(reasons.contains(&json!("many_wrong_passwords")), "{reasons:?}");
}

#[tokio::test]
async fn a_right_password_begins_the_row_anew() {
    let (app, mut ada) = ada().await;
    for _ in 0..2 {
        for _ in 0..9 {
            assert_eq!(step_up(&app, &ada, "not the password").await.summary(), "403 password_wrong");
            app.advance(SignedDuration::from_hours(5));
            ada = Person::of(app.refresh(&ada.refresh).await.success());
        }
        assert_eq!(step_up(&app, &ada, PASSWORD).await.status, 204);
    }
    app.run_workers().await;
}

#[tokio::test]
async fn every_place_that_compares_a_password_is_one_count() {
    let (app, ada) = ada().await;
    let calling = ada.calling(&app);
    let wrong = "not the password";
    let change = json!({ "current_password": wrong, "new_password": NEW_PASSWORD });
    let email = json!({ "new_email": "ada@example.org", "current_password": wrong });
    assert_eq!(step_up(&app, &ada, wrong).await.summary(), "403 password_wrong");
    assert_eq!(calling.post("/api/auth/password", change).await.summary(), "403 password_wrong");
    assert_eq!(calling.post("/api/auth/email-change", email).await.summary(), "403 password_wrong");
    assert_eq!(guess(&app, "198.51.100.1", "ada").await.summary(), "401 invalid_credentials");
    assert_eq!(guess(&app, "198.51.100.2", ADA).await.summary(), "401 invalid_credentials");
    let hashes = app.hashes();
    for n in 3..6 {
        assert_eq!(guess(&app, &format!("198.51.100.{n}"), ADA).await.summary(), "429 rate_limited");
    }
    assert_eq!(step_up(&app, &ada, wrong).await.summary(), "429 rate_limited");
    assert_eq!(app.hashes(), hashes);
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).iter().filter(|subject| *subject == NOTICE).count(), 1);
}

#[tokio::test]
async fn five_wrong_passwords_of_a_session_make_every_session_wait_with_wrong_ones() {
    let (app, ada) = ada().await;
    let other = Person::of(app.sign_in(ADA).await.success());
    for n in 0..5 {
        let session = if n % 2 == 0 { &ada } else { &other };
        assert_eq!(step_up(&app, session, "not the password").await.summary(), "403 password_wrong");
    }
    for session in [&ada, &other] {
        assert_eq!(step_up(&app, session, "not the password").await.summary(), "429 rate_limited");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn what_strangers_guess_keeps_no_session_of_the_owner_from_showing_the_password() {
    let (app, ada) = ada().await;
    for n in 0..8 {
        guess(&app, &format!("198.51.100.{n}"), ADA).await;
    }
    assert_eq!(guess(&app, "198.51.100.9", ADA).await.summary(), "429 rate_limited");
    assert_eq!(step_up(&app, &ada, PASSWORD).await.status, 204, "a session is a known device");
    app.run_workers().await;
}

#[tokio::test]
async fn right_passwords_use_up_nothing() {
    let (app, ada) = ada().await;
    for _ in 0..8 {
        assert_eq!(step_up(&app, &ada, PASSWORD).await.status, 204);
    }
    for n in 0..5 {
        assert_eq!(guess(&app, &format!("198.51.100.{n}"), ADA).await.summary(), "401 invalid_credentials");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn a_wrong_password_for_a_username_is_the_same_work_whether_or_not_somebody_has_it() {
    let (app, _ada) = ada().await;
    let mut traces = Vec::new();
    for login in ["ada", "nobody"] {
        let mut trace = Vec::new();
        for n in 0..8 {
            app.engine.take_calls();
            let answer = guess(&app, &format!("198.51.100.{n}"), login).await;
            let mut calls: Vec<_> =
                app.engine.take_calls().into_iter().map(|call| (call.operation, call.items)).collect();
            calls.sort_unstable();
            trace.push((answer.summary(), answer.header("retry-after").to_owned(), calls));
        }
        traces.push(trace);
    }
    assert_eq!(traces[0], traces[1]);
    app.run_workers().await;
}
