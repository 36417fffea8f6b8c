//! Suspicious activity: what is written down, counted, and mailed to whom, and how often.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Person, TestApp};
use serde_json::Value;

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
