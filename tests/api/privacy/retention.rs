//! What is kept, and for how long: exports in the bucket, lines of the audit log.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use latchkey_identity::registry::entities;
use latchkey_tests::{BucketFault, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

use super::{ADA, days, export};
use crate::names::items;

#[tokio::test]
async fn an_export_is_forgotten_when_its_time_is_over_with_every_version() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    export(&app, &ada).await;
    app.advance(days(7) - SignedDuration::from_mins(1));
    app.clear_away().await.unwrap();
    assert_eq!((app.shelf.versions().len(), items(&app, "DataExport").len()), (1, 1));
    app.advance(SignedDuration::from_mins(1));
    app.clear_away().await.unwrap();
    assert_eq!((app.shelf.versions().len(), items(&app, "DataExport").len()), (0, 0));
    assert_eq!(items(&app, "DataRequest")[0]["status"]["S"], "COMPLETED", "what was asked for is still known");
    app.clear_away().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_not_there_any_more_is_no_error() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    export(&app, &ada).await;
    let object = items(&app, "DataExport")[0]["object"]["S"].as_str().unwrap().to_owned();
    app.shelf.remove(&object);
    app.advance(days(8));
    app.clear_away().await.unwrap();
    assert!(items(&app, "DataExport").is_empty());
}

#[tokio::test]
async fn a_night_that_fails_is_made_up_for_by_the_next() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    export(&app, &ada).await;
    app.advance(days(8));
    app.shelf.fail_for_good(0, BucketFault::Busy);
    assert!(app.clear_away().await.is_err());
    assert_eq!(items(&app, "DataExport").len(), 1, "the link to what is still there stays known");
    app.clear_away().await.unwrap();
    assert!(app.shelf.versions().is_empty() && items(&app, "DataExport").is_empty());
}

#[tokio::test]
async fn exports_are_kept_as_long_as_the_owner_says() {
    let (app, ada) = TestApp::with_config(&[("EXPORT_RETENTION_DAYS", "14")]).with_account(ADA).await;
    export(&app, &ada).await;
    assert!(app.mail_to(ADA).text.contains("good until 16 March 2026"));
    app.advance(days(13));
    app.clear_away().await.unwrap();
    assert_eq!(app.anon().get(&app.link_to(ADA)).await.status, 303);
}

#[tokio::test]
async fn lines_about_sign_ins_end_before_the_others() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.sign_in(ADA).await.success();
    ada.calling(&app).patch("/api/auth/me", json!({ "name": "Ada King" })).await.success();
    let end = |event: &str| {
        let row = items(&app, "AuditEvent").into_iter().find(|row| row["event"]["S"] == event).unwrap();
        row["ttl"]["N"].as_str().unwrap().parse::<i64>().unwrap() - app.now().as_second()
    };
    assert_eq!(end("LOGIN"), 180 * 86_400);
    assert_eq!(end("PROFILE_UPDATE"), 365 * 86_400);
}

#[tokio::test]
async fn an_idle_session_is_refused_from_its_time_on_and_left_to_dynamodb() {
    let (app, ada) = TestApp::with_config(&[("REFRESH_IDLE_DAYS", "3")]).with_account(ADA).await;
    let session = items(&app, "Session").remove(0);
    let end = |row: &Value| row["ttl"]["N"].as_str().unwrap().parse::<i64>().unwrap() - app.now().as_second();
    assert_eq!(end(&session), 180 * 86_400, "it carries its end from the first moment on");
    app.advance(days(3) - SignedDuration::from_secs(1));
    assert_eq!(app.anon().post("/api/auth/token/verify", json!({ "token": ada.refresh })).await.status, 200);
    app.advance(SignedDuration::from_secs(1));
    assert_eq!(app.anon().post("/api/auth/token/verify", json!({ "token": ada.refresh })).await.status, 401);
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_invalid");
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    app.clear_away().await.unwrap();
    assert_eq!(items(&app, "Session"), [session], "nobody writes it for that, and the night looks for none");
    let back = Person::of(app.sign_in(ADA).await.success());
    let listed = back.calling(&app).get("/api/auth/sessions").await.success();
    let ended: Vec<_> = listed["items"].as_array().unwrap().iter().map(|row| &row["logged_out_at"]).collect();
    assert_eq!(ended, [&Value::Null, &json!("2026-03-05T09:30:00.000Z")]);
    app.run_workers().await;
}

#[tokio::test]
async fn whatever_the_chart_says_expires_carries_the_attribute_that_the_table_expires_by() {
    let app = TestApp::new();
    let ada = app.new_account(ADA).await;
    app.anon().post("/api/auth/token", json!({ "login": ADA, "password": "wrong" })).await;
    app.anon().post("/api/auth/token", json!({ "login": "nobody@example.com", "password": "wrong" })).await;
    let waiting = json!({ "email": "eve@example.com", "name": "Eve", "password": PASSWORD });
    assert_eq!(app.anon().post("/api/auth/register", waiting).await.status, 202);
    app.change_email(&ada, "ada@example.org").await;
    app.anon().post("/api/auth/password-reset", json!({ "email": "ada@example.org" })).await;
    let bea = app.new_account("bea@example.com").await;
    app.ask_for_email(&bea, "bea@example.org").await.success();
    app.run_workers().await;
    let ends = |name: &str| entities().any(|shape| shape.entity.name() == name && shape.ttl.is_some());
    let mut kinds = BTreeSet::new();
    for row in app.engine.scan("MainTable").iter().chain(&app.engine.scan("EphemeralTable")) {
        let kind = row["entity"]["S"].as_str().unwrap_or("RateCounter").to_owned();
        let expires = row["ttl"]["N"].is_string();
        // A claim ends only when its account has another address, and a mail when it was given up.
        let sometimes = ["EmailClaim", "OutboxItem"].contains(&kind.as_str());
        assert!(expires == ends(&kind) || sometimes, "{row}");
        kinds.insert(kind);
    }
    for kind in ["AuditEvent", "Session", "MailedCode", "CodeFlows", "PendingLogin", "RateCounter"] {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
}

#[tokio::test]
async fn what_has_outlived_its_time_is_not_shown_though_it_still_lies_there() {
    let app = TestApp::with_config(&[("SIGN_IN_RETENTION_DAYS", "30")]);
    let _ = app.new_account(ADA).await;
    app.advance(days(31));
    let ada = Person::of(app.sign_in(ADA).await.success());
    app.run_workers().await;
    let log = ada.calling(&app).get("/api/auth/security-log?limit=100").await.success();
    let events: Vec<_> = log["items"].as_array().unwrap().iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events.iter().filter(|event| **event == "LOGIN").count(), 1, "{events:?}");
    assert!(events.contains(&"ACCOUNT_CREATED"));
}
