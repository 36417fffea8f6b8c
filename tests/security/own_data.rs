//! Writing more of one's own account than its owner may, and claiming what belongs to others.

use futures_util::future::join_all;
use http::Method;
use latchkey_tests::{Fault, TestApp, operations};
use serde_json::{Value, json};

const ME: &str = "/api/auth/me";
const PROFILE: &str = "/api/auth/profile";

/// What a GET of the profile shows and nobody may set: it can be sent back, and is ignored.
const READ_ONLY: [&str; 3] = ["licence", "marketing_consent_updated_at", "updated_at"];

/// Every item but for the counts of requests.
fn stored(app: &TestApp) -> Vec<Value> {
    app.engine.items_but(&["RateCounter"])
}

/// What an account, a session or a row has and nobody may say of their own.
fn forbidden() -> Vec<(&'static str, Value)> {
    vec![
        ("id", json!("019caddd-b0c0-7000-8000-000000000000")),
        ("account_id", json!("019caddd-b0c0-7000-8000-000000000000")),
        ("user_id", json!("019caddd-b0c0-7000-8000-000000000000")),
        ("tenant", json!("other")),
        ("role", json!("admin")),
        ("roles", json!(["superuser"])),
        ("is_staff", json!(true)),
        ("is_superuser", json!(true)),
        ("email_verified", json!(true)),
        ("has_password", json!(false)),
        ("mfa_enabled", json!(false)),
        ("confirmed_at", json!("2020-01-01T00:00:00Z")),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("updated_at", json!("2020-01-01T00:00:00Z")),
        ("marketing_consent_updated_at", json!("2020-01-01T00:00:00Z")),
        ("deletion_scheduled_at", json!("2020-01-01T00:00:00Z")),
        ("session_epoch", json!(7)),
        ("login_count", json!(0)),
        ("licence", json!({ "type": "enterprise" })),
        ("entity", json!("Account")),
        ("pk", json!("ACCOUNT#x")),
        ("v", json!(9)),
        ("__proto__", json!({})),
    ]
}

#[tokio::test]
async fn fields_that_nobody_may_set_in_the_body_of_any_operation() {
    let mut asked = 0;
    for (operation, _) in operations() {
        let (app, ready) = TestApp::ready_for(&operation).await;
        let Some(body) = ready.json_body() else { continue };
        asked += 1;
        app.run_workers().await;
        let before = stored(&app);
        for (name, value) in forbidden() {
            if operation.ends_with("_profile") && READ_ONLY.contains(&name) {
                continue;
            }
            let mut more = body.clone();
            more[name] = value;
            let answer = ready.with_json(&more).send(&app).await;
            assert_eq!(answer.details(), format!("422 invalid_body /{name} unknown"), "{operation}");
        }
        assert_eq!(stored(&app), before, "{operation} wrote something");
        assert!(ready.send(&app).await.status.is_success(), "{operation} is spent");
        app.run_workers().await;
    }
    assert!(asked > 20, "{asked} operations take JSON");
}

#[tokio::test]
async fn bodies_that_are_too_large_no_json_or_of_another_type() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    for (method, path) in [(Method::PATCH, ME), (Method::PATCH, PROFILE), (Method::PUT, PROFILE)] {
        let large = format!("{{\"name\":\"{}\"}}", "x".repeat(65 * 1024));
        for (kind, body, expected) in [
            ("application/json", large.as_str(), "413 body_too_large"),
            ("application/json", "{", "400 malformed_body"),
            ("application/json", "", "400 malformed_body"),
            ("application/json", "[]", "422 invalid_body"),
            ("application/json", "{\"name\":\"a\",\"name\":\"b\"}", "422 invalid_body"),
            ("application/merge-patch+json", "{}", "415 unsupported_media_type"),
            ("application/x-www-form-urlencoded", "name=x", "415 unsupported_media_type"),
        ] {
            let answer = ada.calling(&app).request(method.clone(), path, Some(kind), body.as_bytes().to_vec()).await;
            assert_eq!(answer.summary(), expected, "{method} {path} {kind}");
        }
    }
}

#[tokio::test]
async fn a_telephone_number_claimed_by_fifty_people_at_once() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    let mut people = Vec::new();
    for n in 0..10 {
        people.push(app.new_account(&format!("person{n}@example.com")).await);
    }
    let callers: Vec<_> = people.iter().map(|person| person.calling(&app)).collect();
    let spellings = ["+491701234567", "+49 1701234567", "+49 170 1234567", "+4917 01234567", "+49170123456 7"];
    let tries =
        callers.iter().flat_map(|caller| spellings.map(|phone| caller.patch(PROFILE, json!({ "phone": phone }))));
    let answers = join_all(tries).await;
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.summary() == "409 phone_taken"));
    let mut owners = 0;
    for caller in &callers {
        owners += usize::from(!caller.get(PROFILE).await.success()["phone"].is_null());
    }
    let claims = app.engine.scan("MainTable").iter().filter(|item| item["entity"]["S"] == "PhoneClaim").count();
    assert_eq!((owners, claims), (1, 1));
}

#[tokio::test]
async fn text_that_reorders_breaks_or_escapes() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    for text in ["a\u{0}b", "a\nb", "a\u{85}b", "a\u{2028}{\"level\":\"INFO\"}", "\u{1b}[31m", "\u{7f}", "\r\n"] {
        let refused = ada.calling(&app).patch(PROFILE, json!({ "organisation": text })).await;
        assert_eq!(refused.details(), "422 validation_failed /organisation invalid", "{text:?}");
        assert!(!refused.text.contains("INFO"), "the answer quotes the text");
    }
    let emoji = "👩‍👩‍👧‍👦 & Søns <b>".to_owned();
    let kept = ada.calling(&app).patch(PROFILE, json!({ "organisation": emoji })).await.success();
    assert_eq!(kept["organisation"], emoji.as_str());
    let longest = "𝔸".repeat(255);
    assert_eq!(ada.calling(&app).patch(PROFILE, json!({ "organisation": longest })).await.status, 200);
    let longer = "𝔸".repeat(256);
    assert_eq!(ada.calling(&app).patch(PROFILE, json!({ "organisation": longer })).await.status, 422);
}

#[tokio::test]
async fn a_session_that_is_ended_while_it_writes() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ada = app.new_account("ada@example.com").await;
    let id = ada.answer["user"]["id"].as_str().unwrap();
    let raise = json!({
        "TableName": "MainTable", "Key": { "pk": { "S": format!("ACCOUNT#{id}") }, "sk": { "S": "ACCOUNT" } },
        "UpdateExpression": "ADD session_epoch :one", "ExpressionAttributeValues": { ":one": { "N": "1" } },
    });
    let end = async {
        tokio::task::yield_now().await;
        app.engine.update(raise);
    };
    let caller = ada.calling(&app);
    let (answers, ()) = tokio::join!(
        join_all((0..10).map(|n| caller.patch(PROFILE, json!({ "phone": format!("+49170000000{n}") })))),
        end,
    );
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.summary() == "401 token_invalid"));
    assert_eq!(caller.patch(PROFILE, json!({ "phone": null })).await.summary(), "401 token_invalid");
    let claims = app.engine.scan("MainTable").iter().filter(|item| item["entity"]["S"] == "PhoneClaim").count();
    assert_eq!(claims, usize::from(done > 0));
}

#[tokio::test]
async fn a_store_that_breaks_at_any_call_leaves_no_claim_without_its_owner() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    let ada = app.new_account("ada@example.com").await;
    for fault in [Fault::Unreachable, Fault::LostAnswer, Fault::Throttled] {
        let mut broken = 0;
        for nth in 0..5 {
            let (username, phone) = (format!("ada{nth}"), format!("+4917000000{nth}"));
            for (path, body) in [(ME, json!({ "username": username })), (PROFILE, json!({ "phone": phone }))] {
                app.engine.break_call(nth, fault);
                let answer = ada.calling(&app).patch(path, body.clone()).await;
                let expected = if app.engine.heal() > 0 { "503 unavailable" } else { "200" };
                assert_eq!(answer.summary(), expected, "call {nth}, {fault:?}: {}", answer.text);
                broken += usize::from(expected != "200");
                ada.calling(&app).patch(path, body).await.success();
            }
            let items = app.engine.scan("MainTable");
            let of = |entity: &str| items.iter().filter(|item| item["entity"]["S"] == entity).collect::<Vec<_>>();
            assert_eq!((of("UsernameClaim").len(), of("PhoneClaim").len()), (1, 1));
            assert_eq!(of("UsernameClaim")[0]["folded"]["S"], username.as_str());
            assert_eq!(of("PhoneClaim")[0]["digits"]["S"], phone.as_str());
        }
        assert!((4..10).contains(&broken), "{broken} requests were broken by {fault:?}");
    }
}
