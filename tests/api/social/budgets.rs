//! What signing in by a provider costs, in requests to the store.

use latchkey_tests::{CLIENT_ID, Call, TestApp, ada_at_facebook, ada_at_github, ada_at_google, answered};
use serde_json::json;

/// With limits that are asked for each request: no lease hides an update.
fn app() -> TestApp {
    TestApp::with_providers_and(&[("RATE_USER", "1000/hour"), ("RATE_ANON", "1000/hour")])
}

fn costs(app: &TestApp, expected: &[&str], limiters: usize) {
    let (rest, counted) = Call::without_limiters(app.engine.take_calls());
    assert_eq!((rest, counted), (expected.iter().map(|one| (*one).to_owned()).collect(), limiters));
}

#[tokio::test]
async fn a_visit_is_one_write_one_read_and_one_transaction_of_two() {
    let app = app();
    app.new_account_by("google", &ada_at_google()).await;
    let browser = app.browser();
    app.engine.take_calls();
    let login = browser.get("/api/oauth/google/login").await;
    costs(&app, &["PutItem x1"], 1);
    let back = browser.get(&app.providers.allow(login.header("location"), &ada_at_google())).await;
    costs(&app, &["GetItem x1", "GetItem x1", "TransactWriteItems x2"], 1);
    app.exchange(&answered(&back, "exchange_code").unwrap()).await.success();
    costs(&app, &["BatchGetItem x1", "GetItem x1", "GetItem x1", "TransactWriteItems x6"], 1);
    app.run_workers().await;
}

#[tokio::test]
async fn a_sign_in_with_a_token_is_two_reads_and_one_transaction_of_five() {
    let app = app();
    app.new_account_by("google", &ada_at_google()).await;
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    app.engine.take_calls();
    app.anon().post("/api/auth/social/google", json!({ "access_token": token })).await.success();
    costs(&app, &["BatchGetItem x1", "GetItem x1", "TransactWriteItems x5"], 1);
    app.run_workers().await;
}

#[tokio::test]
async fn a_new_account_is_one_transaction_of_nine() {
    let app = app();
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    app.engine.take_calls();
    app.anon().post("/api/auth/social/google", json!({ "access_token": token })).await.success();
    costs(&app, &["GetItem x1", "GetItem x1", "TransactWriteItems x9"], 1);
    app.run_workers().await;
}

#[tokio::test]
async fn an_id_token_is_spent_by_one_item_more() {
    let app = app();
    app.new_account_by("google", &ada_at_google()).await;
    let token = app.providers.id_token("google", &ada_at_google(), CLIENT_ID, None);
    app.engine.take_calls();
    app.anon().post("/api/auth/social/google", json!({ "id_token": token })).await.success();
    costs(&app, &["BatchGetItem x1", "GetItem x1", "TransactWriteItems x6"], 1);
    app.run_workers().await;
}

#[tokio::test]
async fn a_registration_by_a_provider_is_two_reads_and_one_transaction_of_three() {
    let app = app();
    let token = app.providers.access_token(&ada_at_facebook(), CLIENT_ID);
    let body = json!({ "access_token": token });
    app.engine.take_calls();
    let begun = app.anon().post("/api/auth/social/facebook", body).await.text_of("registration_token");
    costs(&app, &["BatchGetItem x1", "GetItem x1", "TransactWriteItems x3"], 2);
    let named = json!({ "registration_token": begun, "email": "ada@example.com" });
    assert_eq!(app.anon().post("/api/oauth/exchange/email", named).await.status, 202);
    costs(&app, &["BatchGetItem x1", "GetItem x1", "TransactWriteItems x3"], 2);
    app.run_workers().await;
    let code = app.code_to("ada@example.com");
    app.engine.take_calls();
    app.verify_email(&begun, &code).await.success();
    costs(&app, &["GetItem x1", "TransactWriteItems x13", "UpdateItem x1"], 1);
    app.run_workers().await;
}

#[tokio::test]
async fn an_account_that_is_given_is_one_transaction_of_eight_more() {
    let app = app();
    app.new_account("ada@gmail.com").await;
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    app.engine.take_calls();
    app.anon().post("/api/auth/social/google", json!({ "access_token": token })).await.success();
    let reads = ["BatchGetItem x1", "BatchGetItem x1", "GetItem x1", "GetItem x1", "GetItem x1", "GetItem x1"];
    let writes = ["TransactWriteItems x5", "TransactWriteItems x8"];
    costs(&app, &[reads.as_slice(), &writes].concat(), 1);
    app.run_workers().await;
}

#[tokio::test]
async fn connecting_and_disconnecting_are_one_transaction_each() {
    let app = app();
    let ada = app.new_account("ada@example.com").await;
    let token = app.providers.access_token(&ada_at_github(), CLIENT_ID);
    let path = "/api/auth/social/accounts";
    app.engine.take_calls();
    ada.calling(&app).post(&format!("{path}/github/connect"), json!({ "access_token": token })).await.success();
    costs(&app, &["BatchGetItem x2", "GetItem x1", "TransactWriteItems x6"], 2);
    ada.calling(&app).get(path).await.success();
    costs(&app, &["BatchGetItem x2", "Query x1"], 1);
    ada.calling(&app).post(&format!("{path}/github/disconnect"), json!({})).await.success();
    costs(&app, &["BatchGetItem x2", "GetItem x1", "TransactWriteItems x6"], 1);
    app.run_workers().await;
}
