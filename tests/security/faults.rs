//! The store breaks, at each call of each endpoint: the answer is a problem, nothing is half done, and the next
//! request is served.

use axum::Router;
use axum::routing::get;
use latchkey_tests::{Answer, Fault, NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::json;

/// The most calls that an endpoint makes, with room.
const CALLS: usize = 6;

/// Makes the `nth` call fail, and the SDK's own repetitions of it.
fn fail(app: &TestApp, nth: usize, fault: Fault) {
    for _ in 0..3 {
        app.engine.fail("*", nth, fault);
    }
}

/// Breaks each call of an endpoint in turn. A try may succeed all the same where a repetition came through.
async fn break_each_call(app: &TestApp, fault: Fault, expected: &str, ask: impl AsyncFn() -> Answer) {
    for nth in 0..CALLS {
        app.engine.take_calls();
        fail(app, nth, fault);
        let answer = ask().await;
        app.engine.heal();
        assert!(
            answer.status.is_success() || answer.summary() == expected,
            "call {nth}: {} {}",
            answer.summary(),
            answer.text
        );
        if expected.starts_with("503") && !answer.status.is_success() {
            assert_eq!(answer.header("retry-after"), "1");
        }
    }
}

#[tokio::test]
async fn registering() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ask = async || app.register("ada@example.com").await;
    break_each_call(&app, Fault::Unreachable, "503 unavailable", ask).await;
    break_each_call(&app, Fault::Throttled, "503 unavailable", ask).await;
    break_each_call(&app, Fault::Denied, "500 internal_error", ask).await;
    app.run_workers().await;
}

#[tokio::test]
async fn confirming_loses_nothing() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    for nth in 0..CALLS {
        let email = format!("person{nth}@example.com");
        let token = app.register(&email).await.text_of("registration_token");
        app.run_workers().await;
        let code = app.code_to(&email);
        fail(&app, nth, Fault::Unreachable);
        let first = app.verify_email(&token, &code).await;
        app.engine.heal();
        if first.status != 201 {
            assert_eq!(first.summary(), "503 unavailable");
            assert_eq!(
                app.verify_email(&token, &code).await.status,
                201,
                "the code is still good after call {nth} failed"
            );
        }
        app.run_workers().await;
    }
}

#[tokio::test]
async fn resetting_a_password_loses_neither_the_code_nor_the_link() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    for by_link in [false, true] {
        for nth in 0..CALLS {
            let email = format!("person{nth}{by_link}@example.com");
            app.new_account(&email).await;
            app.ask_for_reset(&email).await.ok();
            app.run_workers().await;
            let (code, link) = (app.code_to(&email), app.link_to(&email));
            let form = format!("{}&new_password=purple+otters+juggle+nightly", link.split_once('?').unwrap().1);
            let reset = async || {
                if by_link {
                    return app.anon().post_form("/reset-password", &form).await.status.as_u16();
                }
                app.reset_password(&email, &code, NEW_PASSWORD).await.status.as_u16()
            };
            fail(&app, nth, Fault::Unreachable);
            let first = reset().await;
            app.engine.heal();
            let good = if by_link { 303 } else { 200 };
            if first != good {
                assert_eq!(first, 503);
                assert_eq!(reset().await, good, "still good after call {nth} failed");
            }
            app.run_workers().await;
        }
    }
}

#[tokio::test]
async fn asking_for_a_new_password_and_changing_it() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ada = app.new_account("ada@example.com").await;
    let ask = async || app.ask_for_reset("ada@example.com").await;
    break_each_call(&app, Fault::Unreachable, "503 unavailable", ask).await;
    break_each_call(&app, Fault::Denied, "500 internal_error", ask).await;
    let step_up = async || ada.calling(&app).post("/api/auth/step-up", json!({ "password": PASSWORD })).await;
    break_each_call(&app, Fault::Unreachable, "503 unavailable", step_up).await;
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    for nth in 0..4 {
        fail(&app, nth, Fault::Unreachable);
        let changed = ada.calling(&app).post("/api/auth/password", body.clone()).await;
        app.engine.heal();
        if changed.status == 204 {
            break;
        }
        assert_eq!(changed.summary(), "503 unavailable");
        assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200, "nothing is half done");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn signing_in() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    app.new_account("ada@example.com").await;
    let ask = async || app.sign_in("ada@example.com").await;
    break_each_call(&app, Fault::Unreachable, "503 unavailable", ask).await;
    break_each_call(&app, Fault::Throttled, "503 unavailable", ask).await;
    break_each_call(&app, Fault::Denied, "500 internal_error", ask).await;
}

#[tokio::test]
async fn asking_who_i_am_is_never_answered_with_signed_out() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let ask = async || ada.calling(&app).get("/api/auth/me").await;
    break_each_call(&app, Fault::Unreachable, "503 unavailable", ask).await;
    break_each_call(&app, Fault::Throttled, "503 unavailable", ask).await;
    for nth in 0..5 {
        app.engine.fail("BatchGetItem", nth, Fault::Unprocessed);
    }
    assert_eq!(ask().await.summary(), "503 unavailable", "keys that were not read are not rows that do not exist");
    app.engine.heal();
    app.engine.fail("BatchGetItem", 0, Fault::Unprocessed);
    assert_eq!(ask().await.status, 200);
}

#[tokio::test]
async fn a_refresh_whose_answer_is_lost_at_any_call_can_be_asked_again() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let mut ada = app.new_account("ada@example.com").await;
    for fault in [Fault::Unreachable, Fault::LostAnswer, Fault::Throttled] {
        for nth in 0..4 {
            fail(&app, nth, fault);
            let answer = app.refresh(&ada.refresh).await;
            app.engine.heal();
            assert!(answer.status == 200 || answer.summary() == "503 unavailable", "{}", answer.summary());
            ada = Person::of(app.refresh(&ada.refresh).await.ok());
        }
    }
}

#[tokio::test]
async fn one_lost_answer_does_not_make_a_right_code_wrong_or_an_account_twice() {
    let app = TestApp::new();
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    app.engine.fail("TransactWriteItems", 0, Fault::LostAnswer);
    assert_eq!(app.verify_email(&token, &app.code_to("ada@example.com")).await.status, 201);
    app.run_workers().await;
    let accounts = app.engine.scan("MainTable").iter().filter(|item| item["entity"]["S"] == "Account").count();
    assert_eq!(accounts, 1);
}

#[tokio::test]
async fn conflicts_are_tried_again_and_in_the_end_called_busy() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    app.new_account("ada@example.com").await;
    for nth in 0..2 {
        app.engine.fail("TransactWriteItems", nth, Fault::CancelledByConflict);
    }
    assert_eq!(app.sign_in("ada@example.com").await.status, 200);
    for _ in 0..10 {
        app.engine.fail("TransactWriteItems", 0, Fault::CancelledByConflict);
    }
    assert_eq!(app.sign_in("ada@example.com").await.summary(), "503 unavailable");
    app.engine.heal();
    app.engine.fail("UpdateItem", 0, Fault::Conflict);
    assert_eq!(app.sign_in("ada@example.com").await.status, 200, "an update that met a transaction is tried again");
}

#[tokio::test]
async fn a_limit_that_cannot_be_counted_admits_nobody() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    for _ in 0..3 {
        app.engine.fail("UpdateItem", 0, Fault::Unreachable);
    }
    let hashes = app.hashes();
    assert_eq!(app.sign_in("ada@example.com").await.summary(), "503 unavailable");
    assert_eq!(app.hashes(), hashes);
}

#[tokio::test]
async fn an_unreadable_row_is_a_fault_that_names_no_person() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let id = ada.answer["user"]["id"].as_str().unwrap();
    for (name, value) in [("v", json!({ "N": "99" })), ("email", json!({ "S": "not an address" }))] {
        let spoil = json!({
            "TableName": "MainTable", "Key": { "pk": { "S": format!("ACCOUNT#{id}") }, "sk": { "S": "ACCOUNT" } },
            "UpdateExpression": "SET #n = :v", "ExpressionAttributeNames": { "#n": name },
            "ExpressionAttributeValues": { ":v": value },
        });
        app.engine.database().update_item(serde_json::from_value(spoil).unwrap()).unwrap();
        let answer = ada.calling(&app).get("/api/auth/me").await;
        assert_eq!(answer.summary(), "500 internal_error");
        assert!(!answer.text.contains("ACCOUNT#") && !answer.text.contains("not an address"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_panic_is_answered_and_the_next_request_is_served() {
    let mut app = TestApp::new();
    let routes = Router::new()
        .route("/api/health", get(async || -> &'static str { panic!("a secret in a panic") }))
        .route("/api/health/ready", get(async || "fine"));
    app.serve("auth", routes.into());
    let answer = app.anon().get("/api/health").await;
    assert_eq!(answer.summary(), "500 internal_error");
    assert!(!answer.text.contains("secret"));
    assert_eq!(app.anon().get("/api/health/ready").await.status, 200);
}
