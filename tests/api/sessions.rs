//! `GET` and `DELETE /api/auth/sessions`, `DELETE /api/auth/sessions/{id}`

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Call, Person, TestApp};
use serde_json::{Value, json};

pub(crate) const ADA: &str = "ada@example.com";

pub(crate) async fn list(app: &TestApp, person: &Person) -> Vec<Value> {
    person.calling(app).get("/api/auth/sessions?limit=100").await.success()["items"].as_array().unwrap().clone()
}

/// The id of the person's own session.
pub(crate) async fn own(app: &TestApp, person: &Person) -> String {
    let current = list(app, person).await.into_iter().find(|session| session["current"] == true);
    current.unwrap()["id"].as_str().unwrap().to_owned()
}

/// Signs in once more a second later, as another device would.
pub(crate) async fn elsewhere(app: &TestApp) -> Person {
    app.advance(SignedDuration::from_secs(1));
    let person = Person::of(app.sign_in(ADA).await.success());
    app.run_workers().await;
    person
}

pub(crate) async fn is_in(app: &TestApp, person: &Person) -> bool {
    person.calling(app).get("/api/auth/me").await.status == 200
}

#[tokio::test]
async fn a_person_sees_their_sessions_newest_first() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_mins(5));
    let body = json!({ "login": ADA, "password": latchkey_tests::PASSWORD, "device_name": "Ada's laptop" });
    let laptop = Person::of(app.anon().from("10.1.2.3").post("/api/auth/token", body).await.success());
    app.run_workers().await;
    app.advance(SignedDuration::from_mins(5));
    let laptop = Person::of(app.refresh(&laptop.refresh).await.success());
    let mut listed = list(&app, &laptop).await;
    let ids: Vec<_> = listed.iter_mut().map(|session| session["id"].take()).collect();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(
        Value::from(listed),
        json!([
            {
                "id": null, "ip_address": "10.1.2.3", "ip_kind": "private", "device": "Ada's laptop",
                "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "location": null,
                "created_at": "2026-03-02T09:35:00.000Z", "last_activity": "2026-03-02T09:40:00.000Z",
                "logged_out_at": null, "current": true, "factor": null
            },
            {
                "id": null, "ip_address": "203.0.113.9", "ip_kind": "public", "device": "Firefox on Linux",
                "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "location": null,
                "created_at": "2026-03-02T09:30:00.000Z", "last_activity": "2026-03-02T09:30:00.000Z",
                "logged_out_at": null, "current": false, "factor": null
            }
        ])
    );
    assert_eq!(list(&app, &ada).await[1]["current"], true);
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_repetition() {
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    let mut last = None;
    for _ in 0..6 {
        last = Some(elsewhere(&app).await);
    }
    let ada = last.unwrap();
    let whole = list(&app, &ada).await;
    for limit in [1, 2, 3, 6, 7, 8] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = ada.calling(&app).get(&format!("/api/auth/sessions?limit={limit}{cursor}")).await.success();
            let items = page["items"].as_array().unwrap();
            assert!(!items.is_empty() && items.len() <= limit, "{page}");
            seen.extend(items.clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, whole, "limit {limit}");
    }
    assert_eq!(whole.len(), 7);
}

#[tokio::test]
async fn a_cursor_survives_the_end_of_the_session_that_it_names() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let first = elsewhere(&app).await;
    let second = elsewhere(&app).await;
    let page = second.calling(&app).get("/api/auth/sessions?limit=2").await.success();
    first.calling(&app).post("/api/auth/logout", json!({ "remember_session": false })).await.success();
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = second.calling(&app).get(&format!("/api/auth/sessions?cursor={cursor}")).await.success();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next_cursor"], Value::Null);
}

#[tokio::test]
async fn a_page_is_asked_for_with_sense() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for (query, answer) in [
        ("limit=0", "422 validation_failed /limit invalid"),
        ("limit=101", "422 validation_failed /limit invalid"),
        ("limit=-1", "422 validation_failed /limit invalid"),
        ("limit=ten", "422 validation_failed /limit invalid"),
        ("limit=", "422 validation_failed /limit invalid"),
        ("limit=5&limit=6", "422 validation_failed /limit invalid"),
        ("cursor=x&cursor=y", "422 validation_failed /cursor invalid"),
        ("cursor=", "422 validation_failed /cursor invalid"),
        ("limit=100&other=1", "200"),
    ] {
        let answered = ada.calling(&app).get(&format!("/api/auth/sessions?{query}")).await;
        assert_eq!(answered.details(), answer, "{query}");
    }
}

#[tokio::test]
async fn a_session_that_is_ended_stays_in_the_list_as_ended() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let other = elsewhere(&app).await;
    let id = own(&app, &other).await;
    app.advance(SignedDuration::from_mins(2));
    let answer = ada.calling(&app).delete(&format!("/api/auth/sessions/{id}")).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    assert!(!is_in(&app, &other).await && is_in(&app, &ada).await);
    assert_eq!(app.refresh(&other.refresh).await.summary(), "401 token_invalid");
    assert_eq!(list(&app, &ada).await[0]["logged_out_at"], "2026-03-02T09:32:01.000Z");
    app.advance(SignedDuration::from_mins(2));
    assert_eq!(ada.calling(&app).delete(&format!("/api/auth/sessions/{id}")).await.status, 204, "again");
    assert_eq!(list(&app, &ada).await[0]["logged_out_at"], "2026-03-02T09:32:01.000Z", "it ended once");
    assert_eq!(audited(&app, "SESSION_ENDED"), 1);
}

#[tokio::test]
async fn a_session_may_end_itself() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let id = own(&app, &ada).await;
    assert_eq!(ada.calling(&app).delete(&format!("/api/auth/sessions/{id}")).await.status, 204);
    assert!(!is_in(&app, &ada).await);
}

#[tokio::test]
async fn a_session_that_is_not_ones_own_does_not_exist() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let of_bea = own(&app, &bea).await;
    let unknown = "01957c2f-aaaa-7bbb-8ccc-0123456789ab";
    for id in [of_bea.as_str(), unknown, "1", "x", &"9".repeat(4000), &format!("{of_bea}x")] {
        let answer = ada.calling(&app).delete(&format!("/api/auth/sessions/{id}")).await;
        assert_eq!(answer.summary(), "404 not_found", "{id}");
    }
    assert!(is_in(&app, &bea).await);
    let mut answers = Vec::new();
    for method in [http::Method::GET, http::Method::PUT, http::Method::POST] {
        let target = format!("/api/auth/sessions/{of_bea}");
        answers.push(ada.calling(&app).request(method, &target, None, Vec::new()).await);
    }
    for answer in answers {
        assert_eq!((answer.summary().as_str(), answer.header("allow")), ("405 method_not_allowed", "PATCH,DELETE"));
    }
}

#[tokio::test]
async fn without_a_token_there_are_no_sessions() {
    let app = TestApp::new();
    assert_eq!(app.anon().get("/api/auth/sessions").await.summary(), "401 token_missing");
    assert_eq!(app.anon().delete("/api/auth/sessions").await.summary(), "401 token_missing");
    assert_eq!(app.anon().delete("/api/auth/sessions/x").await.summary(), "401 token_missing");
    assert_eq!(app.anon().bearing("x").get("/api/auth/sessions").await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn all_other_sessions_end_at_once() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let (one, two) = (elsewhere(&app).await, elsewhere(&app).await);
    let bea = app.new_account("bea@example.com").await;
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(one.calling(&app).delete("/api/auth/sessions").await.status, 204);
    assert!(is_in(&app, &one).await && is_in(&app, &bea).await);
    assert!(!is_in(&app, &ada).await && !is_in(&app, &two).await);
    for gone in [&ada, &two] {
        assert_eq!(app.refresh(&gone.refresh).await.summary(), "401 token_invalid");
        assert_eq!(gone.calling(&app).delete("/api/auth/sessions").await.summary(), "401 token_invalid");
    }
    let ended: Vec<_> = list(&app, &one).await.iter().map(|row| row["logged_out_at"].clone()).collect();
    let at = "2026-03-02T09:31:02.000Z";
    assert_eq!(Value::from(ended), json!([at, null, at]));
    let one = Person::of(app.refresh(&one.refresh).await.success());
    assert_eq!(one.calling(&app).delete("/api/auth/sessions").await.status, 204, "again");
    assert!(is_in(&app, &one).await);
    assert!(is_in(&app, &elsewhere(&app).await).await, "who signs in later is in");
}

#[tokio::test]
async fn ending_the_others_many_times_at_once_keeps_the_one_that_asks() {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    let other = elsewhere(&app).await;
    let caller = ada.calling(&app);
    let answers = join_all((0..3).map(|_| caller.delete("/api/auth/sessions"))).await;
    assert!(answers.iter().all(|answer| answer.status == 204), "{answers:?}");
    assert!(is_in(&app, &ada).await && !is_in(&app, &other).await);
}

#[tokio::test]
async fn two_sessions_that_end_each_other_leave_one() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let other = elsewhere(&app).await;
    let (first, second) = (ada.calling(&app), other.calling(&app));
    let answers = tokio::join!(first.delete("/api/auth/sessions"), second.delete("/api/auth/sessions"));
    let won = [answers.0.summary(), answers.1.summary()];
    assert!(won.contains(&"204".to_owned()), "{won:?}");
    let left = u8::from(is_in(&app, &ada).await) + u8::from(is_in(&app, &other).await);
    assert_eq!(left, 1, "{won:?}");
}

#[tokio::test]
async fn a_session_is_ended_once_however_many_ask() {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    let other = elsewhere(&app).await;
    let target = format!("/api/auth/sessions/{}", own(&app, &other).await);
    let caller = ada.calling(&app);
    let answers = join_all((0..20).map(|_| caller.delete(&target))).await;
    assert!(answers.iter().all(|answer| answer.status == 204));
    assert_eq!(audited(&app, "SESSION_ENDED"), 1);
}

#[tokio::test]
async fn what_is_refreshed_while_it_is_ended_stays_ended() {
    let mut refreshed_first = 0;
    for round in 0..100 {
        if round >= 8 && refreshed_first > 0 {
            break;
        }
        let (app, ada) = TestApp::new().with_account(ADA).await;
        let other = elsewhere(&app).await;
        let target = format!("/api/auth/sessions/{}", own(&app, &other).await);
        let caller = ada.calling(&app);
        let (ended, refreshed) = tokio::join!(caller.delete(&target), app.refresh(&other.refresh));
        assert_eq!(ended.status, 204);
        if refreshed.status == 200 {
            refreshed_first += 1;
            let next = Person::of(refreshed.json());
            assert!(!is_in(&app, &next).await);
            assert_eq!(app.refresh(&next.refresh).await.summary(), "401 token_invalid");
        }
        assert!(!is_in(&app, &other).await);
    }
    assert!(refreshed_first > 0, "no refresh came through before its session was ended");
}

#[tokio::test]
async fn the_asking_session_may_refresh_while_it_ends_the_others() {
    for _ in 0..8 {
        let (app, ada) = TestApp::new().with_account(ADA).await;
        let caller = ada.calling(&app);
        let (ended, refreshed) = tokio::join!(caller.delete("/api/auth/sessions"), app.refresh(&ada.refresh));
        assert_eq!((ended.summary(), refreshed.summary()), ("204".to_owned(), "200".to_owned()));
        assert!(is_in(&app, &Person::of(refreshed.json())).await);
    }
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_of_rest_and_after_ninety_days_of_use() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let (resting, mut used) = (elsewhere(&app).await, elsewhere(&app).await);
    for day in 1..=90 {
        app.advance(SignedDuration::from_hours(24));
        let refreshed = app.refresh(&used.refresh).await;
        if day < 90 {
            used = Person::of(refreshed.success());
        } else {
            assert_eq!(refreshed.summary(), "401 token_invalid");
        }
        if day == 29 {
            let verified = app.anon().post("/api/auth/token/verify", json!({ "token": resting.refresh })).await;
            assert_eq!(verified.status, 200);
        }
        if day == 30 {
            assert_eq!(app.refresh(&resting.refresh).await.summary(), "401 token_invalid");
        }
    }
    let now = elsewhere(&app).await;
    let ends: Vec<_> = list(&app, &now).await.iter().map(|row| row["logged_out_at"].clone()).collect();
    let (idle, absolute) = ("2026-04-01T09:30:01.000Z", "2026-05-31T09:30:02.000Z");
    assert_eq!(ends[0], Value::Null);
    assert!(ends[1..].contains(&json!(idle)) && ends[1..].contains(&json!(absolute)), "{ends:?}");
    app.advance(SignedDuration::from_hours(24 * 31));
    assert_eq!(list(&app, &elsewhere(&app).await).await.len(), 2, "what is long over is not listed");
}

#[tokio::test]
async fn shorter_limits_can_be_configured() {
    let limits = [("REFRESH_IDLE_DAYS", "1"), ("REFRESH_ABSOLUTE_DAYS", "2"), ("ACCESS_TOKEN_MINUTES", "5")];
    let (app, ada) = TestApp::with_config(&limits).with_account(ADA).await;
    assert_eq!(ada.answer["expires_in"], 300);
    app.advance(SignedDuration::from_hours(23));
    let ada = Person::of(app.refresh(&ada.refresh).await.success());
    app.advance(SignedDuration::from_hours(23));
    let ada = Person::of(app.refresh(&ada.refresh).await.success());
    assert_eq!(ada.answer["refresh_expires_in"], 2 * 3600, "the absolute end comes first");
    app.advance(SignedDuration::from_hours(2));
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn sessions_are_asked_for_fifty_times_an_hour_in_all() {
    let (app, ada) = TestApp::with_config(&[("RATE_SESSIONS", "3/hour")]).with_account(ADA).await;
    let other = elsewhere(&app).await;
    ada.calling(&app).get("/api/auth/sessions").await.success();
    other.calling(&app).get("/api/auth/sessions").await.success();
    assert_eq!(ada.calling(&app).delete("/api/auth/sessions/x").await.summary(), "404 not_found", "not counted");
    assert_eq!(ada.calling(&app).delete("/api/auth/sessions").await.status, 204);
    let refused = ada.calling(&app).get("/api/auth/sessions").await;
    assert_eq!(refused.summary(), "429 rate_limited");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(ada.calling(&app).delete("/api/auth/sessions").await.summary(), "429 rate_limited");
    let id = "01957c2f-aaaa-7bbb-8ccc-0123456789ab";
    let refused = ada.calling(&app).delete(&format!("/api/auth/sessions/{id}")).await;
    assert_eq!(refused.summary(), "429 rate_limited");
    let bea = app.new_account("bea@example.com").await;
    bea.calling(&app).get("/api/auth/sessions").await.success();
}

#[tokio::test]
async fn a_page_is_one_query_and_an_end_one_transaction() {
    let (app, ada) = TestApp::with_config(&[("RATE_USER", "1000/hour")]).with_account(ADA).await;
    let other = elsewhere(&app).await;
    let target = format!("/api/auth/sessions/{}", own(&app, &other).await);
    app.engine.take_calls();
    ada.calling(&app).get("/api/auth/sessions").await.success();
    assert_eq!(operations(&app), ["BatchGetItem x2", "Query x1", "UpdateItem x1", "UpdateItem x1"]);
    ada.calling(&app).delete(&target).await.success();
    assert_eq!(
        operations(&app),
        ["BatchGetItem x2", "GetItem x1", "TransactWriteItems x2", "UpdateItem x1", "UpdateItem x1"]
    );
    ada.calling(&app).delete("/api/auth/sessions").await.success();
    assert_eq!(operations(&app), ["BatchGetItem x2", "TransactWriteItems x3", "UpdateItem x1", "UpdateItem x1"]);
}

fn operations(app: &TestApp) -> Vec<String> {
    let calls = app.engine.take_calls();
    assert!(calls.iter().filter(|call| ["Query", "GetItem"].contains(&call.operation.as_str())).all(|c| c.consistent));
    let named = |call: &Call| format!("{} x{}", call.operation, call.items);
    let mut operations: Vec<_> = calls.iter().map(named).collect();
    operations.sort_unstable();
    operations
}

fn audited(app: &TestApp, event: &str) -> usize {
    app.engine.scan("MainTable").iter().filter(|item| item["event"]["S"] == event).count()
}
