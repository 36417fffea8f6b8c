//! Answers of a user's own that a browser may keep, and asks about each time.

use http::Method;
use latchkey_tests::{EVERYTHING, NEW_PASSWORD, PASSWORD, TestApp, api_document, operations};
use serde_json::json;

const ADA: &str = "ada@example.com";

/// The GETs that answer a signed-in user.
fn own() -> Vec<String> {
    let document = api_document();
    let takes_a_token = |at: &str| {
        let (method, path) = at.split_once(' ').unwrap();
        let ways = &document["paths"][path][method.to_lowercase()]["security"];
        ways.as_array().is_some_and(|ways| ways.iter().any(|way| way["bearer"].is_array()))
    };
    operations().into_iter().filter(|(_, at)| at.starts_with("GET ") && takes_a_token(at)).map(|(id, _)| id).collect()
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    for operation in own() {
        let (app, get) = TestApp::ready_for(&operation).await;
        app.leave_mail_unsent();
        let first = get.send(&app).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.len() > 20 && tag.starts_with('"') && tag.ends_with('"'), "{operation} {tag:?}");
        assert_eq!(first.header("cache-control"), "private, no-cache", "{operation}");
        for asked in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
            let again = get.send_from(app.anon().with("if-none-match", &asked)).await;
            assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{operation} {asked}");
            assert_eq!(again.header("etag"), tag, "{operation}");
            assert_eq!(again.header("cache-control"), "private, no-cache", "{operation}");
            assert_eq!(again.header("content-type"), "", "{operation}");
        }
        for other in ["\"other\"", "other", &tag[1..tag.len() - 1]] {
            let again = get.send_from(app.anon().with("if-none-match", other)).await;
            assert_eq!((again.status.as_u16(), &again.text), (200, &first.text), "{operation} {other}");
        }
    }
}

#[tokio::test]
async fn what_changed_and_what_is_anothers_is_sent() {
    let (app, ada) = TestApp::with_config(EVERYTHING).with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let tag = ada.calling(&app).get("/api/auth/me").await.header("etag").to_owned();
    let asking =
        async |caller: latchkey_tests::Caller<'_>| caller.with("if-none-match", &tag).get("/api/auth/me").await;
    assert_eq!(asking(ada.calling(&app)).await.status, 304);
    assert_eq!(asking(bea.calling(&app)).await.success()["email"], "bea@example.com", "the user who signs in next");
    assert_eq!(asking(app.anon()).await.summary(), "401 token_missing");
    ada.calling(&app).patch("/api/auth/me", json!({ "name": "Ada King" })).await.success();
    assert_eq!(asking(ada.calling(&app)).await.success()["name"], "Ada King");
    let browser = app.signed_in_browser(ADA).await;
    let mine = browser.get("/api/auth/profile").await;
    let again = browser.caller().with("if-none-match", mine.header("etag")).get("/api/auth/profile").await;
    assert_eq!(again.status, 304, "in cookie mode as well");
}

#[tokio::test]
async fn a_304_costs_what_the_read_costs() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let tag = ada.calling(&app).get("/api/auth/profile").await.header("etag").to_owned();
    app.engine.take_calls();
    ada.calling(&app).get("/api/auth/profile").await.success();
    let cost = latchkey_tests::Call::without_limiters(app.engine.take_calls());
    assert_eq!(ada.calling(&app).with("if-none-match", &tag).get("/api/auth/profile").await.status, 304);
    assert_eq!(latchkey_tests::Call::without_limiters(app.engine.take_calls()), cost);
}

#[tokio::test]
async fn tokens_secrets_refusals_and_anonymous_answers_are_stored_by_nobody() {
    let (app, ada) = TestApp::with_config(EVERYTHING).with_account(ADA).await;
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD, "keep_me_signed_in": true });
    let answers = [
        app.sign_in(ADA).await,
        ada.calling(&app).post("/api/auth/mfa/totp", json!({})).await,
        ada.calling(&app).get("/api/users/nobody").await,
        ada.calling(&app).patch("/api/auth/me", json!({ "name": "Ada King" })).await,
        ada.calling(&app).post("/api/auth/password", body).await,
        app.anon().get("/api/auth/me").await,
        app.anon().get("/api/health").await,
        app.anon().request(Method::GET, "/nowhere", None, Vec::new()).await,
    ];
    for answer in answers {
        assert_eq!((answer.header("cache-control"), answer.header("etag")), ("no-store", ""), "{}", answer.text);
    }
    app.run_workers().await;
}
