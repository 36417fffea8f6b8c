//! `POST /api/auth/logout`

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Answer, Person, TestApp};
use serde_json::{Value, json};

async fn sign_out(app: &TestApp, body: Value) -> Answer {
    app.anon().post("/api/auth/logout", body).await
}

fn sessions(app: &TestApp) -> Vec<Value> {
    app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == "Session").collect()
}

#[tokio::test]
async fn signing_out_keeps_the_session_in_the_list_as_ended() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let answer = ada.calling(&app).post("/api/auth/logout", json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    assert_eq!(sessions(&app)[0]["ended_at"]["S"], "2026-03-02T09:30:00.000Z");
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn signing_out_without_remembering_leaves_no_row() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let answer = ada.calling(&app).post("/api/auth/logout", json!({ "remember_session": false })).await;
    assert_eq!(answer.status, 204);
    assert!(sessions(&app).is_empty());
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn the_refresh_token_alone_is_enough_when_the_access_token_has_expired() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let next = Person::of(app.refresh(&ada.refresh).await.success());
    app.advance(SignedDuration::from_hours(1));
    assert_eq!(sign_out(&app, json!({ "refresh": next.refresh })).await.status, 204);
    assert_eq!(app.refresh(&next.refresh).await.summary(), "401 token_invalid");
    assert_eq!(sign_out(&app, json!({ "refresh": next.refresh })).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn the_access_token_alone_is_enough_without_any_body() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let answer = ada.calling(&app).request(http::Method::POST, "/api/auth/logout", None, Vec::new()).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn only_the_session_that_asks_ends() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let laptop = Person::of(app.sign_in("ada@example.com").await.success());
    ada.calling(&app).post("/api/auth/logout", json!({})).await;
    assert_eq!(laptop.calling(&app).get("/api/auth/me").await.status, 200);
}

#[tokio::test]
async fn a_refresh_token_in_the_body_ends_its_session_whatever_the_header_says() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ada = app.new_account("ada@example.com").await;
    let bea = app.new_account("bea@example.com").await;
    let is_in = async |person: &Person| app.refresh(&person.refresh).await.status == 200;
    let session = async || Person::of(app.sign_in("ada@example.com").await.success());

    let expired = session().await;
    app.advance(SignedDuration::from_hours(1));
    assert_eq!(expired.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    let answer = expired.calling(&app).post("/api/auth/logout", json!({ "refresh": expired.refresh })).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    assert!(!is_in(&expired).await);

    let bea = Person::of(app.refresh(&bea.refresh).await.success());
    let other = session().await;
    let answer = bea.calling(&app).post("/api/auth/logout", json!({ "refresh": other.refresh })).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    assert!(!is_in(&other).await && is_in(&bea).await, "the session of the header goes on");

    for header in ["Bearer x.y.z", "Basic YTpi", "Bearer"] {
        let next = session().await;
        let caller = app.anon().with("authorization", header);
        let answer = caller.post("/api/auth/logout", json!({ "refresh": next.refresh })).await;
        assert_eq!(answer.status, 204, "{header}: {}", answer.text);
        assert!(!is_in(&next).await, "{header}");
    }
    assert!(is_in(&ada).await, "no other session of hers has ended");
}

#[tokio::test]
async fn an_access_token_still_ends_its_session_when_the_refresh_token_beside_it_is_an_old_one() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let second = Person::of(app.refresh(&ada.refresh).await.success());
    let third = Person::of(app.refresh(&second.refresh).await.success());
    let answer = third.calling(&app).post("/api/auth/logout", json!({ "refresh": ada.refresh })).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    assert_eq!(app.refresh(&third.refresh).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn without_any_token_there_is_nobody_to_sign_out() {
    let app = TestApp::new();
    assert_eq!(sign_out(&app, json!({})).await.summary(), "401 token_missing");
    let empty = app.anon().request(http::Method::POST, "/api/auth/logout", None, Vec::new()).await;
    assert_eq!(empty.summary(), "401 token_missing");
    assert_eq!(sign_out(&app, json!({ "refresh": "lkr_AAAA" })).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn an_old_refresh_token_signs_nobody_out() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let second = Person::of(app.refresh(&ada.refresh).await.success());
    let third = Person::of(app.refresh(&second.refresh).await.success());
    assert_eq!(sign_out(&app, json!({ "refresh": ada.refresh })).await.summary(), "401 token_invalid");
    assert_eq!(third.calling(&app).get("/api/auth/me").await.status, 200);
}

#[tokio::test]
async fn of_many_sign_outs_at_once_one_is_noted() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let caller = ada.calling(&app);
    let answers = join_all((0..20).map(|_| caller.post("/api/auth/logout", json!({})))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    let rows = app.engine.scan("MainTable");
    assert_eq!(rows.iter().filter(|item| item["event"]["S"] == "LOGOUT").count(), 1);
}
