//! `GET /api/auth/security-log`

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Fault, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const PATH: &str = "/api/auth/security-log";

async fn page(app: &TestApp, person: &Person, query: &str) -> Value {
    person.calling(app).get(&format!("{PATH}?{query}")).await.success()
}

async fn log(app: &TestApp, person: &Person) -> Vec<Value> {
    page(app, person, "limit=100").await["items"].as_array().unwrap().clone()
}

async fn events(app: &TestApp, person: &Person) -> Vec<String> {
    log(app, person).await.iter().map(|entry| entry["event"].as_str().unwrap().to_owned()).collect()
}

async fn guess(app: &TestApp, login: &str) {
    let body = json!({ "login": login, "password": "wrong" });
    assert_eq!(app.anon().from("198.51.100.7").post("/api/auth/token", body).await.status, 401);
}

/// Signs in a moment later, on the device that is known.
async fn again(app: &TestApp) -> Person {
    Person::of(app.sign_in(ADA).await.success())
}

/// All pages of so many lines.
async fn whole(app: &TestApp, person: &Person, limit: usize) -> Vec<Value> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for _ in 0..100 {
        let page = page(app, person, &format!("limit={limit}{cursor}")).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit, "{page}");
        seen.extend(items.clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return seen,
        }
    }
    panic!("the log has no end");
}

#[tokio::test]
async fn a_person_sees_what_happened_to_the_account_newest_first() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_mins(5));
    guess(&app, ADA).await;
    let mut listed = log(&app, &ada).await;
    let expected = ["LOGIN_FAILED", "LOGIN", "EMAIL_CONFIRMED", "ACCOUNT_CREATED"];
    let mut names: Vec<_> = listed.iter().map(|entry| entry["event"].as_str().unwrap()).collect();
    names[1..].sort_unstable();
    let mut sorted = expected;
    sorted[1..].sort_unstable();
    assert_eq!(names, sorted, "what happened at one moment has no order");
    for varying in ["id", "request_id"] {
        assert!(listed[0][varying].take().is_string());
    }
    assert_eq!(
        listed[0],
        json!({
            "id": null, "event": "LOGIN_FAILED", "description": "A sign-in failed", "outcome": "failure",
            "factor": "password", "by_me": false, "created_at": "2026-03-02T09:35:00.000Z",
            "ip_address": "198.51.100.7", "ip_kind": "public", "device": "Firefox on Linux",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "location": null,
            "request_id": null, "details": {}
        })
    );
    let login = listed.iter().find(|entry| entry["event"] == "LOGIN").unwrap();
    assert_eq!(
        (&login["factor"], &login["outcome"], &login["by_me"]),
        (&json!("mailed_code"), &json!("success"), &json!(true))
    );
}

#[tokio::test]
async fn an_event_that_only_a_newer_version_knows_is_shown_by_its_name() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let rows = app.engine.scan("MainTable");
    let row = rows.iter().find(|row| row["event"]["S"] == "LOGIN").unwrap();
    let key = |name: &str| row[name]["S"].as_str().unwrap();
    app.engine.set_text(key("pk"), key("sk"), "event", "ORDER_PLACED");
    let listed = log(&app, &ada).await;
    let newer = listed.iter().find(|entry| entry["event"] == "ORDER_PLACED").unwrap();
    assert_eq!(newer["description"], "ORDER_PLACED");
    app.run_workers().await;
}

#[tokio::test]
async fn every_answer_of_a_sign_in_names_the_request_that_the_log_tells_of() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_secs(1));
    let answer = app.sign_in(ADA).await;
    let request = answer.header("x-request-id").to_owned();
    assert_eq!(log(&app, &Person::of(answer.success())).await[0]["request_id"], request);
}

#[tokio::test]
async fn pages_follow_one_another_over_months_without_gap_or_repetition() {
    let config = [("RATE_FACTOR", "100"), ("REFRESH_IDLE_DAYS", "365"), ("SIGN_IN_RETENTION_DAYS", "3650")];
    let (app, mut ada) = TestApp::with_config(&config).with_account(ADA).await;
    // Lines of one month, months without any, and the first moment of a year.
    for days in [0, 1, 1, 40, 3, 100, 20, 134] {
        app.advance(SignedDuration::from_hours(24 * days));
        ada = again(&app).await;
        app.advance(SignedDuration::from_secs(1));
        guess(&app, ADA).await;
    }
    app.run_workers().await;
    let all = log(&app, &ada).await;
    assert_eq!(all.len(), 3 + 8 * 2);
    let times: Vec<_> = all.iter().map(|entry| entry["created_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    for limit in [1, 2, 3, 5, 18, 19, 20] {
        assert_eq!(whole(&app, &ada, limit).await, all, "limit {limit}");
    }
}

#[tokio::test]
async fn years_without_a_line_cost_pages_and_lose_nothing() {
    let kept = [("RATE_FACTOR", "100"), ("AUDIT_RETENTION_DAYS", "3650"), ("SIGN_IN_RETENTION_DAYS", "3650")];
    let (app, _ada) = TestApp::with_config(&kept).with_account(ADA).await;
    app.advance(SignedDuration::from_hours(24 * 365 * 3));
    let ada = again(&app).await;
    app.engine.take_calls();
    let first = page(&app, &ada, "limit=20").await;
    assert_eq!(first["items"].as_array().unwrap().len(), 1, "{first}");
    assert!(first["next_cursor"].is_string());
    let queries = app.engine.take_calls().iter().filter(|call| call.operation == "Query").count();
    assert_eq!(queries, 12, "a page looks at a year");
    assert_eq!(whole(&app, &ada, 20).await.len(), 4);
    app.run_workers().await;
}

#[tokio::test]
async fn a_page_is_asked_for_with_sense() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for (query, answer) in [
        ("limit=0", "422 validation_failed /limit invalid"),
        ("limit=101", "422 validation_failed /limit invalid"),
        ("cursor=x", "422 validation_failed /cursor invalid"),
        ("limit=100&other=1", "200"),
    ] {
        assert_eq!(ada.calling(&app).get(&format!("{PATH}?{query}")).await.details(), answer, "{query}");
    }
}

#[tokio::test]
async fn without_a_token_there_is_no_log() {
    let app = TestApp::new();
    assert_eq!(app.anon().get(PATH).await.summary(), "401 token_missing");
    assert_eq!(app.anon().bearing("x").get(PATH).await.summary(), "401 token_invalid");
    assert_eq!(app.anon().post(PATH, json!({})).await.summary(), "405 method_not_allowed");
}

#[tokio::test]
async fn who_is_about_to_be_deleted_sees_no_log() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    ada.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    let leaving = again(&app).await;
    assert_eq!(leaving.calling(&app).get(PATH).await.summary(), "403 deletion_pending");
}

#[tokio::test]
async fn nobody_sees_what_happened_to_others_or_to_unknown_logins() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    guess(&app, "bea@example.com").await;
    guess(&app, "nobody@example.com").await;
    assert_eq!(events(&app, &bea).await.len(), 4);
    assert!(!events(&app, &ada).await.contains(&"LOGIN_FAILED".to_owned()));
    let of_bea = page(&app, &bea, "limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    for cursor in [of_bea.as_str(), &of_bea.replace(&of_bea[..1], "_")] {
        let answer = ada.calling(&app).get(&format!("{PATH}?cursor={cursor}")).await;
        assert_eq!(answer.details(), "422 validation_failed /cursor invalid");
    }
    let of_sessions = Person::of(app.sign_in(ADA).await.success());
    let listed = of_sessions.calling(&app).get("/api/auth/sessions?limit=1").await.success();
    let cursor = listed["next_cursor"].as_str().unwrap();
    let answer = ada.calling(&app).get(&format!("{PATH}?cursor={cursor}")).await;
    assert_eq!(answer.details(), "422 validation_failed /cursor invalid", "a cursor of another list");
}

#[tokio::test]
async fn the_log_shares_the_limit_of_the_sessions() {
    let (app, ada) = TestApp::with_config(&[("RATE_SESSIONS", "3/hour")]).with_account(ADA).await;
    ada.calling(&app).get("/api/auth/sessions").await.success();
    let answers = join_all((0..3).map(|_| async { ada.calling(&app).get(PATH).await.summary() })).await;
    assert_eq!(answers.iter().filter(|answer| *answer == "429 rate_limited").count(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_not_an_empty_one() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for _ in 0..3 {
        app.engine.fail("Query", 0, Fault::Unreachable);
    }
    assert_eq!(ada.calling(&app).get(PATH).await.summary(), "503 unavailable");
}

#[tokio::test]
async fn a_line_of_the_first_version_is_read_as_one_of_now() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let line = app.engine.scan("MainTable").into_iter().find(|item| item["event"]["S"] == "LOGIN").unwrap();
    for attribute in ["outcome", "actor", "factor", "place"] {
        app.engine.remove_attribute(line["pk"]["S"].as_str().unwrap(), line["sk"]["S"].as_str().unwrap(), attribute);
    }
    let downgrade = json!({
        "TableName": "MainTable", "Key": { "pk": line["pk"], "sk": line["sk"] },
        "UpdateExpression": "SET v = :v", "ExpressionAttributeValues": { ":v": { "N": "1" } },
    });
    app.engine.update(downgrade);
    let listed = log(&app, &ada).await;
    let login = listed.iter().find(|entry| entry["event"] == "LOGIN").unwrap();
    assert_eq!((&login["outcome"], &login["by_me"], &login["factor"]), (&json!("success"), &json!(true), &Value::Null));
}

#[tokio::test]
async fn what_a_person_does_is_found_in_the_log() {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    ada.calling(&app).patch("/api/auth/me", json!({ "name": "Ada King" })).await.success();
    ada.calling(&app).post("/api/auth/step-up", json!({ "password": "wrong" })).await;
    ada.calling(&app).delete("/api/auth/sessions").await.success();
    ada.calling(&app).post("/api/auth/logout", json!({})).await.success();
    let ada = again(&app).await;
    let body = json!({ "current_password": PASSWORD, "new_password": latchkey_tests::NEW_PASSWORD, "keep_me_signed_in": true });
    let ada = Person::of(ada.calling(&app).post("/api/auth/password", body).await.success());
    app.run_workers().await;
    let found = events(&app, &ada).await;
    for event in ["PROFILE_UPDATE", "LOGIN_FAILED", "OTHER_SESSIONS_ENDED", "LOGOUT", "LOGIN", "PASSWORD_CHANGE"] {
        assert!(found.iter().any(|name| name == event), "{event} is missing in {found:?}");
    }
    app.refresh(&ada.refresh).await.success();
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_reused");
    app.run_workers().await;
    let body = json!({ "login": ADA, "password": latchkey_tests::NEW_PASSWORD });
    let ada = Person::of(app.anon().post("/api/auth/token", body).await.success());
    let listed = log(&app, &ada).await;
    let suspicious = listed.iter().find(|entry| entry["event"] == "SUSPICIOUS_ACTIVITY").unwrap();
    assert_eq!(
        (&suspicious["details"]["reason"], &suspicious["by_me"]),
        (&json!("refresh_token_reused"), &json!(false))
    );
}
