//! Getting past a second factor.

mod after_a_theft;
mod guessing;
mod races;
mod tokens;

use http::Method;
use latchkey_tests::{Answer, Authenticator, Fault, Person, TestApp, code_of};
use serde_json::json;

const ADA: &str = "ada@example.com";

/// Rates that let fifty try at once.
const LOOSE: [(&str, &str); 2] = [("RATE_SIGN_IN", "1000/min"), ("RATE_MFA", "1000/15min")];

async fn loose() -> (TestApp, Person, Authenticator) {
    TestApp::with_config(&LOOSE).with_authenticator(ADA).await
}

fn succeeded(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status.is_success()).count()
}

fn failures(app: &TestApp) -> usize {
    app.engine.scan("MainTable").iter().filter(|row| row["event"]["S"] == "MFA_FAILED").count()
}

#[tokio::test]
async fn learning_without_the_password_whether_an_account_has_a_second_factor() {
    let app = TestApp::with_config(&LOOSE);
    let ada = app.new_account(ADA).await;
    app.enrol_totp(&ada).await;
    app.new_account("bea@example.com").await;
    let wrong = async |login: &str| {
        app.engine.take_calls();
        let answer = app.anon().post("/api/auth/token", json!({ "login": login, "password": "wrong" })).await;
        let calls = app.engine.take_calls().into_iter();
        let mut calls: Vec<_> = calls.map(|call| (call.operation, call.items, call.consistent)).collect();
        calls.sort_unstable();
        (answer.summary(), calls)
    };
    assert_eq!(wrong(ADA).await, wrong("bea@example.com").await);
    assert_eq!(wrong(ADA).await, wrong("nobody@example.com").await);
}

#[tokio::test]
async fn breaking_the_store_at_each_call_between_password_and_session() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    let (app, ada, authenticator) = app.with_authenticator(ADA).await;
    let mut broken = [0; 2];
    for nth in 0..7 {
        let token = app.first_step(ADA).await;
        let code = authenticator.next_code(&app);
        app.engine.break_call(nth, Fault::Unreachable);
        let first = app.second_step(&token, &code).await;
        if app.engine.heal() == 0 {
            assert_eq!(first.status, 200, "call {nth}: {}", first.text);
        } else {
            broken[0] += 1;
            assert_eq!(first.summary(), "503 unavailable", "call {nth}");
            let again = app.second_step(&token, &code).await;
            assert_eq!(again.status, 200, "token and code are good after call {nth} failed: {}", again.text);
        }
    }
    for nth in 0..7 {
        let secret = ada.calling(&app).post("/api/auth/mfa/totp", json!({})).await.text_of("secret");
        let code = code_of(&secret, app.now().as_second());
        let confirm = || async { ada.calling(&app).post("/api/auth/mfa/totp/confirm", json!({ "code": code })).await };
        app.engine.break_call(nth, Fault::Unreachable);
        let first = confirm().await;
        if app.engine.heal() == 0 {
            assert_eq!(first.status, 200, "call {nth}: {}", first.text);
        } else {
            broken[1] += 1;
            assert_eq!(first.summary(), "503 unavailable", "call {nth}");
            assert_eq!(confirm().await.status, 200, "call {nth}");
        }
        app.run_workers().await;
    }
    assert!(broken.iter().all(|calls| (2..7).contains(calls)), "{broken:?} calls were broken");
}

#[tokio::test]
async fn one_lost_answer_does_not_make_a_right_code_wrong() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    app.engine.fail("TransactWriteItems", 0, Fault::LostAnswer);
    assert_eq!(app.second_step(&token, &authenticator.next_code(&app)).await.status, 200);
}

#[tokio::test]
async fn moving_somebodys_sealed_secret_to_ones_own_account() {
    let (app, _ada, hers) = TestApp::new().with_authenticator(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    app.enrol_totp(&bea).await;
    let rows = app.engine.scan("MainTable");
    let row = rows.iter().find(|row| row["entity"]["S"] == "Totp" && row["account_id"]["S"] != bea.id()).unwrap();
    let set = json!({
        "TableName": "MainTable",
        "Key": { "pk": { "S": format!("ACCOUNT#{}", bea.id()) }, "sk": { "S": "TOTP" } },
        "UpdateExpression": "SET #s = :s", "ExpressionAttributeNames": { "#s": "sealed" },
        "ExpressionAttributeValues": { ":s": row["sealed"] },
    });
    app.engine.update(set);
    let token = app.first_step("bea@example.com").await;
    assert_eq!(app.second_step(&token, &hers.next_code(&app)).await.summary(), "500 internal_error");
}

#[tokio::test]
async fn sending_the_second_step_with_odd_methods() {
    let (app, _ada, _authenticator) = TestApp::new().with_authenticator(ADA).await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = app.anon().request(method.clone(), "/api/auth/token/mfa", None, Vec::new()).await;
        assert_eq!(answer.summary(), "405 method_not_allowed", "{method}");
    }
}
