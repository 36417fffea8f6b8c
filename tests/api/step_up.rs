//! `POST /api/auth/step-up`, and what fresh sessions may do that others may not.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_identity::accounts::by_id;
use latchkey_identity::sessions::step_up::{StepUpRequired, require};
use latchkey_identity::sessions::store::with_account;
use latchkey_identity::sessions::{SessionId, SignedIn, TokensIn};
use latchkey_tests::{Answer, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

async fn step_up(app: &TestApp, person: &Person, body: Value) -> Answer {
    person.calling(app).post("/api/auth/step-up", body).await
}

/// Whether the person's latest session is fresh; if not, which methods would make it so.
async fn asked_for(app: &TestApp, person: &Person) -> Option<Vec<&'static str>> {
    let account = person.id().parse().unwrap();
    let rows = app.engine.scan("MainTable");
    let sessions = rows.iter().filter(|row| row["entity"]["S"] == "Session" && row["account_id"]["S"] == person.id());
    let latest: SessionId = sessions.map(|row| row["id"]["S"].as_str().unwrap().parse().unwrap()).max().unwrap();
    let (account, session) = with_account(app.store(), account, latest).await.unwrap().unwrap();
    match require(&SignedIn { account, session, tokens_in: TokensIn::Body }, app.now()) {
        Ok(_) => None,
        Err(StepUpRequired { methods }) => Some(methods),
    }
}

/// Somebody who has no password, an hour after the last sign-in.
async fn without_password() -> (TestApp, Person) {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.forget_password(&ada);
    let ada = refreshed_later(&app, &ada).await;
    (app, ada)
}

/// The same person an hour later, in the same session.
async fn refreshed_later(app: &TestApp, person: &Person) -> Person {
    app.advance(SignedDuration::from_hours(1));
    Person::of(app.refresh(&person.refresh).await.success())
}

async fn mailed_code(app: &TestApp, person: &Person) -> String {
    assert_eq!(step_up(app, person, json!({ "method": "email" })).await.status, 202);
    app.run_workers().await;
    app.code_to(ADA)
}

#[tokio::test]
async fn a_session_is_fresh_for_five_minutes_after_a_sign_in_and_after_the_password() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    assert_eq!(asked_for(&app, &ada).await, None, "confirming the address counts");
    app.advance(SignedDuration::from_mins(5));
    assert_eq!(asked_for(&app, &ada).await, Some(vec!["password"]));
    let ada = Person::of(app.sign_in(ADA).await.success());
    assert_eq!(asked_for(&app, &ada).await, None, "signing in counts");
    let ada = refreshed_later(&app, &ada).await;
    assert_eq!(asked_for(&app, &ada).await, Some(vec!["password"]), "refreshing does not count");
    assert_eq!(step_up(&app, &ada, json!({ "password": PASSWORD })).await.status, 204);
    assert_eq!(asked_for(&app, &ada).await, None);
    app.advance(SignedDuration::from_mins(5));
    assert_eq!(asked_for(&app, &ada).await, Some(vec!["password"]));
}

#[tokio::test]
async fn another_session_of_the_same_person_stays_as_it_was() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_mins(6));
    let other = ada.clone();
    app.sign_in(ADA).await.success();
    app.advance(SignedDuration::from_mins(6));
    assert_eq!(step_up(&app, &other, json!({ "password": PASSWORD })).await.status, 204);
    assert_eq!(asked_for(&app, &ada).await, Some(vec!["password"]), "the latest session showed nothing");
}

#[tokio::test]
async fn a_session_from_before_this_was_kept_is_not_fresh() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let rows = app.engine.scan("MainTable");
    let session = rows.iter().find(|row| row["entity"]["S"] == "Session").unwrap();
    for attribute in ["shown_at", "shown_level"] {
        let (pk, sk) = (session["pk"]["S"].as_str().unwrap(), session["sk"]["S"].as_str().unwrap());
        app.engine.remove_attribute(pk, sk, attribute);
    }
    assert_eq!(asked_for(&app, &ada).await, Some(vec!["password"]));
}

#[tokio::test]
async fn a_wrong_password_is_noted_and_changes_nothing() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_mins(6));
    assert_eq!(step_up(&app, &ada, json!({ "password": "wrong" })).await.summary(), "403 password_wrong");
    assert_eq!(asked_for(&app, &ada).await, Some(vec!["password"]));
    let rows = app.engine.scan("MainTable");
    assert_eq!(rows.iter().filter(|row| row["event"]["S"] == "LOGIN_FAILED").count(), 1);
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200, "the session goes on");
}

#[tokio::test]
async fn who_has_no_password_shows_a_mailed_code() {
    let (app, ada) = without_password().await;
    assert_eq!(asked_for(&app, &ada).await, Some(vec!["email"]));
    let code = mailed_code(&app, &ada).await;
    assert_eq!(asked_for(&app, &ada).await, Some(vec!["email"]), "asking is not showing");
    assert_eq!(step_up(&app, &ada, json!({ "code": code })).await.status, 204);
    assert_eq!(asked_for(&app, &ada).await, None);
    assert_eq!(step_up(&app, &ada, json!({ "code": code })).await.summary(), "400 code_invalid");
}

#[tokio::test]
async fn each_account_shows_the_highest_that_it_has() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for body in [json!({ "method": "email" }), json!({ "code": "12345678" })] {
        let answer = step_up(&app, &ada, body.clone()).await;
        assert_eq!(answer.summary(), "403 step_up_required", "{body}");
        assert_eq!(answer.json()["methods"], json!(["password"]));
    }
    app.forget_password(&ada);
    let answer = step_up(&app, &ada, json!({ "password": PASSWORD })).await;
    assert_eq!((answer.summary().as_str(), &answer.json()["methods"]), ("403 step_up_required", &json!(["email"])));
}

#[tokio::test]
async fn what_a_code_showed_is_not_enough_once_there_is_a_password() {
    let (app, ada) = without_password().await;
    let code = mailed_code(&app, &ada).await;
    step_up(&app, &ada, json!({ "code": code })).await.success();
    let bea = app.new_account("bea@example.com").await;
    let with_password = by_id(app.store(), bea.id().parse().unwrap()).await.unwrap().unwrap();
    let rows = app.engine.scan("MainTable");
    let session = rows.iter().find(|row| row["shown_level"]["S"] == "mailed_code").unwrap();
    let session = session["id"]["S"].as_str().unwrap().parse().unwrap();
    let (_, session) = with_account(app.store(), ada.id().parse().unwrap(), session).await.unwrap().unwrap();
    assert!(require(&SignedIn { account: with_password, session, tokens_in: TokensIn::Body }, app.now()).is_err());
}

#[tokio::test]
async fn a_code_works_once_when_ten_race_and_for_nobody_else() {
    let (app, ada) = without_password().await;
    let bea = app.new_account("bea@example.com").await;
    app.forget_password(&bea);
    let code = mailed_code(&app, &ada).await;
    assert_eq!(step_up(&app, &bea, json!({ "code": code })).await.summary(), "400 code_invalid");
    let answers = join_all((0..10).map(|_| step_up(&app, &ada, json!({ "code": code })))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    assert!(answers.iter().all(|answer| ["204", "400 code_invalid"].contains(&answer.summary().as_str())));
}

#[tokio::test]
async fn a_code_dies_of_five_tries_of_ten_minutes_and_of_a_newer_one() {
    let (app, ada) = without_password().await;
    let first = mailed_code(&app, &ada).await;
    let second = mailed_code(&app, &ada).await;
    assert_eq!(step_up(&app, &ada, json!({ "code": first })).await.summary(), "400 code_invalid");
    for _ in 0..4 {
        assert_eq!(step_up(&app, &ada, json!({ "code": "00000000" })).await.summary(), "400 code_invalid");
    }
    assert_eq!(step_up(&app, &ada, json!({ "code": second })).await.summary(), "400 code_invalid");
    let third = mailed_code(&app, &ada).await;
    app.advance(SignedDuration::from_mins(10));
    assert_eq!(step_up(&app, &ada, json!({ "code": third })).await.summary(), "400 code_invalid");
}

#[tokio::test]
async fn the_sixteenth_try_of_an_hour_is_not_hashed() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for n in 0..15 {
        let caller = ada.calling(&app).from(&format!("198.51.100.{n}"));
        let answer = caller.post("/api/auth/step-up", json!({ "password": PASSWORD })).await;
        assert_eq!(answer.status, 204);
    }
    let hashes = app.hashes();
    assert_eq!(step_up(&app, &ada, json!({ "password": PASSWORD })).await.summary(), "429 rate_limited");
    assert_eq!(app.hashes(), hashes);
}

#[tokio::test]
async fn exactly_one_way_is_taken_and_only_by_who_is_signed_in() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let long = "x".repeat(10_000);
    for (body, expected) in [
        (json!({}), "422 validation_failed /password invalid"),
        (json!({ "password": PASSWORD, "code": "12345678" }), "422 validation_failed /password invalid"),
        (json!({ "password": long }), "422 validation_failed /password invalid"),
        (json!({ "password": "a\u{0}b" }), "422 validation_failed /password invalid"),
        (json!({ "method": "sms" }), "422 invalid_body /method wrong_type"),
        (json!({ "code": "1234567" }), "400 code_invalid"),
        (json!({ "code": "１２３４５６７８" }), "403 step_up_required"),
    ] {
        assert_eq!(step_up(&app, &ada, body.clone()).await.details(), expected, "{body}");
    }
    let anonymous = app.anon().post("/api/auth/step-up", json!({ "password": PASSWORD })).await;
    assert_eq!(anonymous.summary(), "401 token_missing");
    ada.calling(&app).post("/api/auth/logout", json!({})).await;
    assert_eq!(step_up(&app, &ada, json!({ "password": PASSWORD })).await.summary(), "401 token_invalid");
}
