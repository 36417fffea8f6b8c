//! Suspicious activity: what is written down, counted, and mailed to whom, and how often.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey::geo::KEY;
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
    let person = Person::of(app.sign_in(ADA).await.ok());
    app.refresh(&person.refresh).await.ok();
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
    app.anon().get("/api/health").await.ok();
    app.places_at_rest().await;
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
        sign_in_from(&app, address, true).await.ok();
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
    sign_in_from(&app, JAPAN, true).await.ok();
    sign_in_from(&app, SINGAPORE, true).await.ok();
    app.run_workers().await;
    assert_eq!((suspicions(&app).len(), mails(&app, COUNTRY)), (2, 1));
    app.advance(SignedDuration::from_hours(25));
    sign_in_from(&app, "2001:db8:1::9", true).await.ok();
    app.run_workers().await;
    assert_eq!((suspicions(&app).len(), mails(&app, COUNTRY)), (3, 2));
}

#[tokio::test]
async fn a_stranger_in_a_new_country_is_one_mail_that_says_both() {
    let app = in_sweden().await;
    sign_in_from(&app, SWEDEN, false).await.ok();
    app.run_workers().await;
    assert!(!app.notice_to(ADA).text.contains("from that country before"));
    sign_in_from(&app, JAPAN, false).await.ok();
    app.run_workers().await;
    assert!(app.notice_to(ADA).text.contains("Nobody had signed in to your account from that country before."));
    assert_eq!((suspicions(&app).len(), mails(&app, COUNTRY)), (1, 0));
}

#[tokio::test]
async fn who_has_no_country_yet_is_told_of_none() {
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    app.shelf.put(KEY, PLACES);
    app.advance(SignedDuration::from_hours(2));
    app.anon().get("/api/health").await.ok();
    app.places_at_rest().await;
    for (address, suspicious) in [(JAPAN, 0), (SINGAPORE, 1)] {
        sign_in_from(&app, address, true).await.ok();
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
        sign_in_from(&app, address, known).await.ok();
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
