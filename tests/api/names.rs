//! `PATCH /api/auth/me` and `GET /api/users/{id}`.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Person, TestApp};
use serde_json::{Value, json};

const ME: &str = "/api/auth/me";

fn id(person: &Person) -> &str {
    person.answer["user"]["id"].as_str().unwrap()
}

/// The items of one kind.
pub(crate) fn items(app: &TestApp, entity: &str) -> Vec<Value> {
    app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == entity).collect()
}

/// The events of one name in the audit log, oldest first.
pub(crate) fn audited(app: &TestApp, event: &str) -> Vec<Value> {
    let mut rows = items(app, "AuditEvent");
    rows.retain(|row| row["event"]["S"] == event);
    rows.sort_by_key(|row| row["sk"]["S"].as_str().unwrap().to_owned());
    rows.iter().map(|row| plain(&row["extra"])).collect()
}

/// An attribute as JSON.
fn plain(attribute: &Value) -> Value {
    let (kind, value) = attribute.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "M" => value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        "L" => value.as_array().unwrap().iter().map(plain).collect(),
        "NULL" => Value::Null,
        _ => value.clone(),
    }
}

#[tokio::test]
async fn a_person_changes_their_names_one_at_a_time() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    app.advance(SignedDuration::from_mins(1));
    let renamed = ada.calling(&app).patch(ME, json!({ "name": "  Ada King  " })).await.success();
    assert_eq!((&renamed["name"], &renamed["username"]), (&json!("Ada King"), &Value::Null));
    assert_eq!(renamed["updated_at"], json!(app.now()));
    let renamed = ada.calling(&app).patch(ME, json!({ "username": "ada" })).await.success();
    assert_eq!((&renamed["name"], &renamed["username"]), (&json!("Ada King"), &json!("ada")));
    assert_eq!(ada.calling(&app).get(ME).await.success(), renamed);
    let in_person = Person::of(app.sign_in("ADA").await.success());
    assert_eq!(in_person.answer["user"]["id"], ada.answer["user"]["id"]);
}

#[tokio::test]
async fn a_username_that_is_given_up_is_free_at_once_and_the_old_one_signs_nobody_in() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let bea = app.new_account("bea@example.com").await;
    ada.calling(&app).patch(ME, json!({ "username": "Countess" })).await.success();
    assert_eq!(bea.calling(&app).patch(ME, json!({ "username": "countess" })).await.summary(), "409 username_taken");
    ada.calling(&app).patch(ME, json!({ "username": "lovelace" })).await.success();
    assert_eq!(app.sign_in("countess").await.summary(), "401 invalid_credentials");
    bea.calling(&app).patch(ME, json!({ "username": "countess" })).await.success();
    assert_eq!(app.sign_in("countess").await.success()["user"]["id"], bea.answer["user"]["id"]);
    ada.calling(&app).patch(ME, json!({ "username": null })).await.success();
    assert_eq!(app.sign_in("lovelace").await.summary(), "401 invalid_credentials");
    assert_eq!(items(&app, "UsernameClaim").len(), 1);
}

#[tokio::test]
async fn another_spelling_of_the_own_username_needs_no_new_claim() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    ada.calling(&app).patch(ME, json!({ "username": "ada" })).await.success();
    let shouted = ada.calling(&app).patch(ME, json!({ "username": "ADA" })).await.success();
    assert_eq!(shouted["username"], "ADA");
    assert_eq!(items(&app, "UsernameClaim").len(), 1);
    assert_eq!(app.sign_in("aDa").await.status, 200);
}

#[tokio::test]
async fn what_does_not_change_is_not_written_and_not_audited() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let before = ada.calling(&app).get(ME).await.success();
    app.advance(SignedDuration::from_mins(1));
    for body in [json!({}), json!({ "name": "Ada Lovelace" }), json!({ "username": null })] {
        assert_eq!(ada.calling(&app).patch(ME, body).await.success(), before);
    }
    assert!(audited(&app, "PROFILE_UPDATE").is_empty());
}

#[tokio::test]
async fn the_log_keeps_usernames_and_that_a_name_changed() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    ada.calling(&app).patch(ME, json!({ "name": "Ada King", "username": "ada" })).await.success();
    let expected = json!({ "changes": { "username": { "old": null, "new": "ada" } }, "fields": ["name"] });
    assert_eq!(audited(&app, "PROFILE_UPDATE"), [expected]);
}

#[tokio::test]
async fn what_cannot_be_a_name_is_refused_with_all_that_is_wrong() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    for (body, details) in [
        (json!({ "name": "" }), "422 validation_failed /name invalid"),
        (json!({ "name": "x".repeat(256) }), "422 validation_failed /name invalid"),
        (json!({ "name": "A\r\nBcc: eve@example.com" }), "422 validation_failed /name invalid"),
        (json!({ "username": "a" }), "422 validation_failed /username invalid"),
        (json!({ "username": "ada@example.com" }), "422 validation_failed /username invalid"),
        (json!({ "username": 7 }), "422 invalid_body /username wrong_type"),
    ] {
        assert_eq!(ada.calling(&app).patch(ME, body.clone()).await.details(), details, "{body}");
    }
    let both = ada.calling(&app).patch(ME, json!({ "name": "", "username": "a" })).await.json();
    assert_eq!(both["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_username_has_one_owner_even_when_fifty_people_take_it_at_once() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    let mut people = Vec::new();
    for n in 0..10 {
        people.push(app.new_account(&format!("person{n}@example.com")).await);
    }
    let callers: Vec<_> = people.iter().map(|person| person.calling(&app)).collect();
    let spellings = ["ada", "Ada", "ADA", "aDa", "adA"];
    let tries = callers.iter().flat_map(|caller| spellings.map(|name| caller.patch(ME, json!({ "username": name }))));
    let answers = join_all(tries).await;
    let winners: std::collections::BTreeSet<_> =
        answers.iter().filter(|answer| answer.status == 200).map(|answer| answer.text_of("id")).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(items(&app, "UsernameClaim").len(), 1);
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.summary() == "409 username_taken"));
}

#[tokio::test]
async fn changing_ones_mind_in_two_windows_leaves_one_claim_and_it_is_the_accounts() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ada = app.new_account("ada@example.com").await;
    let caller = ada.calling(&app);
    let answers = join_all((0..8).map(|n| caller.patch(ME, json!({ "username": format!("ada{n}") })))).await;
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.summary() == "503 unavailable"));
    let claims = items(&app, "UsernameClaim");
    assert_eq!(claims.len(), 1, "{claims:?}");
    assert_eq!(caller.get(ME).await.success()["username"], claims[0]["folded"]["S"]);
}

#[tokio::test]
async fn names_change_at_most_twenty_times_an_hour() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    for n in 0..20 {
        ada.calling(&app).patch(ME, json!({ "name": format!("Ada {n}") })).await.success();
    }
    let refused = ada.calling(&app).patch("/api/auth/profile", json!({ "organisation": "Acme" })).await;
    assert_eq!(refused.summary(), "429 rate_limited", "names and profile are counted together");
    assert_eq!(ada.calling(&app).get(ME).await.status, 200);
}

#[tokio::test]
async fn others_see_the_public_name_and_nothing_that_is_private() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let bea = app.new_account("bea@example.com").await;
    ada.calling(&app).patch(ME, json!({ "username": "ada" })).await.success();
    let seen = bea.calling(&app).get(&format!("/api/users/{}", id(&ada))).await;
    assert_eq!(seen.header("cache-control"), "private, no-cache");
    let seen = seen.success();
    let fields: Vec<_> = seen.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["created_at", "id", "updated_at", "username"]);
    assert_eq!((&seen["username"], &seen["id"]), (&json!("ada"), &ada.answer["user"]["id"]));
    assert_eq!(app.anon().get(&format!("/api/users/{}", id(&ada))).await.summary(), "401 token_missing");
}

#[tokio::test]
async fn nobody_and_no_id_are_the_same() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    for unknown in ["019caddd-b0c0-7000-8000-000000000000", "ada", "1", "a+b", "ACCOUNT", &"x".repeat(2000)] {
        let answer = ada.calling(&app).get(&format!("/api/users/{unknown}")).await;
        assert_eq!(answer.summary(), "404 not_found", "{unknown}");
    }
    assert_eq!(ada.calling(&app).get("/api/users").await.summary(), "404 not_found");
    let answer = ada.calling(&app).post(&format!("/api/users/{}", id(&ada)), json!({})).await;
    assert_eq!(
        (answer.summary(), answer.header("allow").to_owned()),
        ("405 method_not_allowed".into(), "GET,HEAD".into())
    );
}
