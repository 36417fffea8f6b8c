//! Suspicious activity: what is written down, counted, and mailed to whom, and how often.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_kernel::geo::KEY;
use latchkey_tests::{Answer, Fault, PASSWORD, PLACES, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const REUSED: &str = "We signed one of your devices out of Acme";

/// The reasons in the audit log, of everybody.
fn suspicions(app: &TestApp) -> Vec<Value> {
    let rows = app.engine.scan("MainTable").into_iter().filter(|row| row["event"]["S"] == "SUSPICIOUS_ACTIVITY");
    rows.map(|row| row["extra"]["M"]["reason"]["S"].clone()).collect()
}

fn mails(app: &TestApp, subject: &str) -> usize {
    app.subjects_to(ADA).iter().filter(|mail| *mail == subject).count()
}

/// A session of which an old token will come back.
async fn copied(app: &TestApp) -> Person {
    let person = Person::of(app.sign_in(ADA).await.success());
    app.refresh(&person.refresh).await.success();
    person
}

#[tokio::test]
async fn every_reuse_ends_its_session_and_the_owner_is_mailed_once_a_day() {
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    for (day, expected) in [(0, 1), (0, 1), (1, 2)] {
        app.advance(SignedDuration::from_hours(24 * day));
        let person = copied(&app).await;
        app.advance(SignedDuration::from_mins(1));
        assert_eq!(app.refresh(&person.refresh).await.summary(), "401 token_reused");
        assert_eq!(person.calling(&app).get("/api/auth/me").await.status, 401);
        app.run_workers().await;
        assert_eq!(mails(&app, REUSED), expected);
    }
    assert_eq!(suspicions(&app), ["refresh_token_reused"; 3]);
    assert_eq!((app.counted("SuspiciousActivity"), app.counted("RefreshTokenReused")), (3, 3));
}

#[tokio::test]
async fn of_many_reuses_at_once_each_is_written_down_and_one_is_mailed() {
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    let mut people = Vec::new();
    for _ in 0..8 {
        people.push(copied(&app).await);
    }
    app.advance(SignedDuration::from_mins(1));
    let answers = join_all(people.iter().map(|person| app.refresh(&person.refresh))).await;
    for answer in answers {
        assert_eq!(answer.summary(), "401 token_reused");
    }
    app.run_workers().await;
    assert_eq!((suspicions(&app).len(), mails(&app, REUSED)), (8, 1));
}

const SINGAPORE: &str = "198.51.100.130";
const JAPAN: &str = "192.0.2.9";
const SWEDEN: &str = "203.0.113.9";
const NOWHERE: &str = "192.0.2.130";
const COUNTRY: &str = "Your Acme account was used in another country";

/// An application that knows places, and somebody who registered in Sweden.
async fn in_sweden() -> TestApp {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    app.shelf.put(KEY, PLACES);
    app.anon().get("/api/health").await.success();
    let (app, _ada) = app.with_account(ADA).await;
    app
}

/// Signs in on the device that is known, or on another.
async fn sign_in_from(app: &TestApp, address: &str, known: bool) -> Answer {
    let mut body = json!({ "login": ADA, "password": PASSWORD });
    if known {
        body["device_token"] = json!(app.device_of(ADA));
    }
    app.anon().from(address).post("/api/auth/token", body).await
}

#[tokio::test]
async fn a_known_device_in_a_new_country_is_written_down_and_mailed_and_the_next_time_it_is_known() {
    let app = in_sweden().await;
    for (address, suspicious) in [(SWEDEN, 0), (NOWHERE, 0), (JAPAN, 1), (JAPAN, 1), (SWEDEN, 1)] {
        sign_in_from(&app, address, true).await.success();
        app.run_workers().await;
        assert_eq!((suspicions(&app).len(), mails(&app, COUNTRY)), (suspicious, suspicious), "{address}");
    }
    assert_eq!(suspicions(&app), ["new_country"]);
    let mail = app.inbox.mails(Some(ADA)).into_iter().find(|mail| mail.subject == COUNTRY).unwrap();
    assert!(mail.text.contains("Japan (JP)") && mail.text.contains("on a journey"), "{}", mail.text);
    assert_eq!(app.counted("SuspiciousActivity"), 1);
}

#[tokio::test]
async fn of_new_countries_one_is_mailed_a_day_and_each_is_written_down() {
    let app = in_sweden().await;
    sign_in_from(&app, JAPAN, true).await.success();
    sign_in_from(&app, SINGAPORE, true).await.success();
    app.run_workers().await;
    assert_eq!((suspicions(&app).len(), mails(&app, COUNTRY)), (2, 1));
    app.advance(SignedDuration::from_hours(25));
    sign_in_from(&app, "2001:db8:1::9", true).await.success();
    app.run_workers().await;
    assert_eq!((suspicions(&app).len(), mails(&app, COUNTRY)), (3, 2));
}

#[tokio::test]
async fn a_stranger_in_a_new_country_is_one_mail_that_says_both() {
    let app = in_sweden().await;
    sign_in_from(&app, SWEDEN, false).await.success();
    app.run_workers().await;
    assert!(!app.notice_to(ADA).text.contains("from that country before"));
    sign_in_from(&app, JAPAN, false).await.success();
    app.run_workers().await;
    assert!(app.notice_to(ADA).text.contains("Nobody had signed in to your account from that country before."));
    assert_eq!((suspicions(&app).len(), mails(&app, COUNTRY)), (1, 0));
}

#[tokio::test]
async fn who_has_no_country_yet_is_told_of_none() {
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    app.shelf.put(KEY, PLACES);
    app.advance(SignedDuration::from_hours(2));
    app.anon().get("/api/health").await.success();
    for (address, suspicious) in [(JAPAN, 0), (SINGAPORE, 1)] {
        sign_in_from(&app, address, true).await.success();
        assert_eq!(suspicions(&app).len(), suspicious, "{address}");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn a_wrong_password_from_a_new_country_tells_nobody_anything() {
    let app = in_sweden().await;
    let body = json!({ "login": ADA, "password": "wrong" });
    assert_eq!(app.anon().from(JAPAN).post("/api/auth/token", body).await.status, 401);
    assert!(suspicions(&app).is_empty());
}

#[tokio::test]
async fn a_sign_in_from_a_new_country_keeps_its_reads_and_its_transaction() {
    let app = in_sweden().await;
    for (address, known, expected) in [
        (JAPAN, true, ["BatchGetItem", "BatchGetItem", "TransactWriteItems", "TransactWriteItems"]),
        (SINGAPORE, false, ["BatchGetItem", "BatchGetItem", "PutItem", "TransactWriteItems"]),
    ] {
        app.engine.take_calls();
        sign_in_from(&app, address, known).await.success();
        let calls = app.engine.take_calls();
        let rest = calls.iter().filter(|call| !call.keys.iter().any(|key| key.starts_with("RATE#")));
        let mut rest: Vec<_> = rest.map(|call| call.operation.as_str()).collect();
        rest.sort_unstable();
        assert_eq!(rest, expected);
        assert!(calls.iter().all(|call| call.items <= 4), "{calls:?}");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn a_suspicion_that_cannot_be_written_down_lets_nobody_in() {
    let app = in_sweden().await;
    for _ in 0..3 {
        app.engine.fail("PutItem", 0, Fault::Unreachable);
    }
    assert_eq!(sign_in_from(&app, JAPAN, false).await.summary(), "503 unavailable");
    app.run_workers().await;
    assert!(suspicions(&app).is_empty());
    let sessions = app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == "Session").count();
    assert_eq!(sessions, 1, "the one that the registration began");
}

const GUESSED: &str = "Several wrong passwords for your Acme account";

async fn guess(app: &TestApp, from: &str, login: &str) -> String {
    let body = json!({ "login": login, "password": "not the password" });
    app.anon().from(from).post("/api/auth/token", body).await.summary()
}

/// So many wrong passwords, each from an address of its own.
async fn guesses(app: &TestApp, login: &str, count: u8) {
    for n in 0..count {
        assert_eq!(guess(app, &format!("198.51.100.{n}"), login).await, "401 invalid_credentials");
    }
}

#[tokio::test]
async fn the_guess_that_uses_up_the_limit_of_a_login_is_mailed_to_its_owner_once_a_day() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    guesses(&app, ADA, 4).await;
    app.run_workers().await;
    assert_eq!((suspicions(&app).len(), mails(&app, GUESSED)), (0, 0));
    guesses(&app, ADA, 1).await;
    assert_eq!(guess(&app, JAPAN, ADA).await, "429 rate_limited");
    app.run_workers().await;
    assert_eq!((suspicions(&app), mails(&app, GUESSED)), (vec![json!("many_failed_sign_ins")], 1));
    app.advance(SignedDuration::from_mins(7));
    guesses(&app, ADA, 5).await;
    app.run_workers().await;
    assert_eq!((suspicions(&app).len(), mails(&app, GUESSED)), (2, 1), "written down again, and not mailed");
    app.advance(SignedDuration::from_hours(25));
    guesses(&app, ADA, 5).await;
    app.run_workers().await;
    assert_eq!((suspicions(&app).len(), mails(&app, GUESSED)), (3, 2));
}

#[tokio::test]
async fn guessing_at_a_login_that_nobody_has_makes_the_same_requests_and_reaches_nobody() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    bea.calling(&app).patch("/api/auth/me", json!({ "username": "bea" })).await.success();
    app.advance(SignedDuration::from_hours(25));
    let mut traces = Vec::new();
    for login in [ADA, "nobody@example.com", "bea", "nobody", "no login at all"] {
        guesses(&app, login, 4).await;
        for _ in 0..2 {
            app.engine.take_calls();
            guesses(&app, login, 1).await;
            let mut calls: Vec<_> =
                app.engine.take_calls().into_iter().map(|call| (call.operation, call.items)).collect();
            calls.sort_unstable();
            traces.push(calls);
            app.advance(SignedDuration::from_mins(7));
            guesses(&app, login, 4).await;
        }
        app.advance(SignedDuration::from_hours(1));
    }
    // A username that fails is counted for its account's address as well, whether or not somebody has it.
    let (addresses, usernames) = traces.split_at(4);
    for kind in [addresses, usernames] {
        for pair in kind.chunks(2) {
            assert_eq!(pair, &kind[..2], "{traces:?}");
        }
    }
    assert!(traces[0].contains(&("TransactWriteItems".to_owned(), 3)), "{traces:?}");
    app.run_workers().await;
    assert_eq!((app.inbox.mails(Some("nobody@example.com")).len(), mails(&app, GUESSED)), (0, 1));
}

#[tokio::test]
async fn a_right_password_that_is_the_last_of_the_limit_is_nothing_suspicious() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    guesses(&app, ADA, 4).await;
    app.sign_in_elsewhere(ADA).await.success();
    app.run_workers().await;
    assert!(suspicions(&app).is_empty());
}

#[tokio::test]
async fn wrong_passwords_for_many_logins_from_one_address_are_written_down_under_nobody() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for n in 0..10 {
        assert_eq!(guess(&app, JAPAN, &format!("nobody{n}")).await, "401 invalid_credentials");
    }
    assert_eq!(guess(&app, JAPAN, "nobody10").await, "429 rate_limited");
    assert_eq!(suspicions(&app), ["many_sign_ins_from_address"]);
    assert_eq!(app.counted("SuspiciousActivity"), 1);
    let log = ada.calling(&app).get("/api/auth/security-log").await.text;
    assert!(
        !log.contains("SUSPICIOUS_ACTIVITY") && app.subjects_to(ADA).len() == 2,
        "it concerns nobody in particular"
    );
}
