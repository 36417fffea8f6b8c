//! The store breaks, at each call of each endpoint: the answer is a problem, nothing is half done, and the next
//! request is served.

use axum::Router;
use axum::routing::get;
use latchkey_tests::{Answer, Fault, NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::json;

/// More calls than any request makes.
const ENOUGH: usize = 20;

/// Breaks each call of a request in turn, until one is further than its last. What is broken is refused as it should be, or
/// the request does without that call; and some are refused, so that an injection that does nothing fails the test.
async fn break_each_call(app: &TestApp, fault: Fault, expected: &str, ask: impl AsyncFn() -> Answer) {
    let mut refused = 0;
    for nth in 0..ENOUGH {
        app.engine.break_call(nth, fault);
        let answer = ask().await;
        let told = format!("call {nth}, {fault:?}: {} {}", answer.summary(), answer.text);
        if app.engine.heal() == 0 {
            assert!(
                answer.status.is_success() && refused >= 2,
                "{refused} were refused before nothing broke at {told}"
            );
            return;
        }
        if answer.status.is_success() {
            continue;
        }
        refused += 1;
        assert_eq!(answer.summary(), expected, "{told}");
        if expected.starts_with("503") {
            assert_eq!(answer.header("retry-after"), "1", "{told}");
        }
    }
    panic!("a request of {ENOUGH} calls");
}

/// Breaks each call of an act that can be done once, in turn, each time with another thing to spend. `prepare` makes one,
/// and `act` spends it. An act that was refused can be done again at once.
async fn break_each_call_of<T>(
    app: &TestApp,
    done: u16,
    prepare: impl AsyncFn(usize) -> T,
    act: impl AsyncFn(&T) -> Answer,
) {
    let mut refused = 0;
    for nth in 0..ENOUGH {
        let thing = prepare(nth).await;
        app.engine.break_call(nth, Fault::Unreachable);
        let first = act(&thing).await;
        let broke = app.engine.heal() > 0;
        if first.status != done {
            refused += 1;
            assert!(broke && first.status == 503, "call {nth}: {} {}", first.status, first.text);
            let again = act(&thing).await;
            assert_eq!(again.status, done, "still good after call {nth} failed: {}", again.text);
        }
        app.run_workers().await;
        if !broke {
            assert!(refused >= 2, "{refused} were refused before nothing broke at call {nth}");
            return;
        }
    }
    panic!("an act of {ENOUGH} calls");
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
    let prepare = async |nth| {
        let email = format!("person{nth}@example.com");
        let token = app.register(&email).await.text_of("registration_token");
        app.run_workers().await;
        (token, app.code_to(&email))
    };
    break_each_call_of(&app, 201, prepare, async |(token, code)| app.verify_email(token, code).await).await;
}

#[tokio::test]
async fn resetting_a_password_loses_neither_the_code_nor_the_link() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ask = async |email: String| {
        app.new_account(&email).await;
        app.ask_for_reset(&email).await.success();
        app.run_workers().await;
        email
    };
    let by_code = async |email: &String| app.reset_password(email, &app.code_to(email), NEW_PASSWORD).await;
    break_each_call_of(&app, 200, async |nth| ask(format!("code{nth}@example.com")).await, by_code).await;
    let by_link = async |email: &String| {
        let link = app.link_to(email);
        let form = format!("{}&new_password=purple+otters+juggle+nightly", link.split_once('?').unwrap().1);
        app.anon().post_form("/reset-password", &form).await
    };
    break_each_call_of(&app, 303, async |nth| ask(format!("link{nth}@example.com")).await, by_link).await;
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
    for nth in 0..ENOUGH {
        app.engine.break_call(nth, Fault::Unreachable);
        let changed = ada.calling(&app).post("/api/auth/password", body.clone()).await;
        let broke = app.engine.heal() > 0;
        if changed.status == 204 {
            assert!(nth >= 2, "nothing was refused");
            break;
        }
        assert!(broke && changed.summary() == "503 unavailable", "call {nth}: {}", changed.text);
        assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200, "nothing is half done");
    }
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid", "and in the end it is done");
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
        for nth in 0..=ENOUGH {
            assert!(nth < ENOUGH, "a refresh of {ENOUGH} calls");
            app.engine.break_call(nth, fault);
            let answer = app.refresh(&ada.refresh).await;
            let broke = app.engine.heal() > 0;
            let expected = if broke { "503 unavailable" } else { "200" };
            assert!(answer.summary() == expected && (broke || nth > 0), "call {nth}, {fault:?}: {}", answer.text);
            ada = Person::of(app.refresh(&ada.refresh).await.success());
            if !broke {
                break;
            }
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
        app.engine.update(spoil);
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
