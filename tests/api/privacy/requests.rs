//! `POST /api/auth/data-requests`, and what reading and cancelling say of an export.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::{Value, json};

use super::{ADA, REQUESTS, ask};
use crate::names::{audited, items};

#[tokio::test]
async fn an_export_is_asked_for_and_waits() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let body = json!({ "request_type": "EXPORT", "notes": " for my records " });
    let answer = ada.calling(&app).post(REQUESTS, body).await;
    assert_eq!(answer.status, 201);
    let request = answer.json();
    assert_eq!((&request["request_type"], &request["status"]), (&json!("EXPORT"), &json!("PENDING")));
    assert_eq!((&request["notes"], &request["outcome"]), (&json!("for my records"), &Value::Null));
    assert_eq!((&request["created_at"], &request["updated_at"]), (&json!(app.now()), &json!(app.now())));
    assert_eq!((&request["started_at"], &request["finished_at"]), (&Value::Null, &Value::Null));
    assert_eq!(audited(&app, "DATA_EXPORT_REQUESTED"), [json!({ "request": request["id"] })]);
    let path = format!("{REQUESTS}/{}", request["id"].as_str().unwrap());
    assert_eq!(ada.calling(&app).get(&path).await.success(), request);
    assert_eq!(ada.calling(&app).get(REQUESTS).await.success()["items"], json!([request]));
    app.run_workers().await;
}

#[tokio::test]
async fn an_export_goes_from_waiting_to_done() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let request = ask(&app, &ada, "EXPORT").await;
    app.advance(SignedDuration::from_secs(2));
    app.run_workers().await;
    let path = format!("{REQUESTS}/{}", request["id"].as_str().unwrap());
    let done = ada.calling(&app).get(&path).await.success();
    assert_eq!(done["status"], "COMPLETED");
    assert_eq!(done["outcome"], "Data export file created successfully");
    for moment in ["started_at", "finished_at", "updated_at"] {
        assert_eq!(done[moment], json!(app.now()), "{moment}");
    }
    assert_eq!(done["created_at"], request["created_at"]);
    assert_eq!(ada.calling(&app).delete(&path).await.summary(), "409 not_cancellable");
}

#[tokio::test]
async fn a_deletion_asked_for_as_a_request_is_the_same_as_deleting_the_account() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let body = json!({ "request_type": "DELETE", "notes": "moving on" });
    let request = ada.calling(&app).post(REQUESTS, body).await;
    assert_eq!(request.status, 201);
    let request = request.json();
    app.run_workers().await;
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(app.mail_to(ADA).subject, "Your Acme account will be deleted");
    let back = Person::of(app.sign_in(ADA).await.success());
    let path = format!("{REQUESTS}/{}", request["id"].as_str().unwrap());
    let seen = back.calling(&app).get(&path).await.success();
    assert_eq!((&seen["notes"], &seen["scheduled_at"]), (&json!("moving on"), &request["scheduled_at"]));
    let again = back.calling(&app).post(REQUESTS, json!({ "request_type": "DELETE" })).await;
    assert_eq!(again.summary(), "403 deletion_pending", "there is one at a time");
    assert_eq!(back.calling(&app).delete(&path).await.status, 204);
    assert_eq!(back.calling(&app).get(&path).await.success()["scheduled_at"], Value::Null);
    app.run_workers().await;
    let jobs = items(&app, "OutboxItem");
    assert!(jobs.is_empty(), "the job goes with the cancellation: {jobs:?}");
}

#[tokio::test]
async fn it_needs_a_password_that_was_shown_just_now() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_mins(6));
    for kind in ["EXPORT", "DELETE"] {
        let refused = ada.calling(&app).post(REQUESTS, json!({ "request_type": kind })).await;
        assert_eq!(refused.summary(), "403 step_up_required");
    }
    let shown = json!({ "password": PASSWORD });
    assert_eq!(ada.calling(&app).post("/api/auth/step-up", shown).await.status, 204);
    ask(&app, &ada, "EXPORT").await;
    app.run_workers().await;
    let nobody = app.anon().post(REQUESTS, json!({ "request_type": "EXPORT" })).await;
    assert_eq!(nobody.summary(), "401 token_missing");
}

#[tokio::test]
async fn two_a_day_and_reading_counts_for_nothing() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for _ in 0..2 {
        ask(&app, &ada, "EXPORT").await;
        ada.calling(&app).get(REQUESTS).await.success();
    }
    let third = ada.calling(&app).post(REQUESTS, json!({ "request_type": "EXPORT" })).await;
    assert_eq!(third.summary(), "429 rate_limited");
    let delete = ada.calling(&app).post(REQUESTS, json!({ "request_type": "DELETE" })).await;
    assert_eq!(delete.summary(), "429 rate_limited");
    for _ in 0..5 {
        ada.calling(&app).get(REQUESTS).await.success();
    }
    assert_eq!(items(&app, "DataRequest").len(), 2);
    app.run_workers().await;
    app.advance(SignedDuration::from_hours(50));
    let ada = Person::of(app.sign_in(ADA).await.success());
    ask(&app, &ada, "EXPORT").await;
    app.run_workers().await;
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let long = "x".repeat(501);
    for (body, answer) in [
        (json!({ "request_type": "RECTIFY" }), "422 invalid_body"),
        (json!({ "request_type": "export" }), "422 invalid_body"),
        (json!({}), "422 invalid_body"),
        (json!({ "request_type": "EXPORT", "status": "COMPLETED" }), "422 invalid_body"),
        (json!({ "request_type": "EXPORT", "notes": long }), "422 validation_failed /notes invalid"),
        (json!({ "request_type": "EXPORT", "notes": "a\u{1b}[2J" }), "422 validation_failed /notes invalid"),
    ] {
        assert!(ada.calling(&app).post(REQUESTS, body).await.details().starts_with(answer), "{answer}");
    }
    assert!(items(&app, "DataRequest").is_empty());
}

#[tokio::test]
async fn nobody_sees_or_cancels_somebody_elses_export() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let request = ask(&app, &ada, "EXPORT").await;
    let path = format!("{REQUESTS}/{}", request["id"].as_str().unwrap());
    assert_eq!(bea.calling(&app).get(&path).await.summary(), "404 not_found");
    assert_eq!(bea.calling(&app).delete(&path).await.summary(), "404 not_found");
    assert_eq!(bea.calling(&app).get(REQUESTS).await.success()["items"], json!([]));
    app.run_workers().await;
}

#[tokio::test]
async fn a_request_that_is_sent_again_with_its_key_is_made_once() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let calling = ada.calling(&app).with("idempotency-key", "one");
    let body = json!({ "request_type": "EXPORT" });
    let (first, second) = (calling.post(REQUESTS, body.clone()).await, calling.post(REQUESTS, body).await);
    assert_eq!((first.status, first.json()), (second.status, second.json()));
    assert_eq!(items(&app, "DataRequest").len(), 1);
    app.run_workers().await;
}

#[tokio::test]
async fn of_five_at_once_two_are_admitted_and_each_is_carried_out() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let calling = ada.calling(&app);
    let all = join_all((0..5).map(|_| calling.post(REQUESTS, json!({ "request_type": "EXPORT" })))).await;
    let made = all.iter().filter(|answer| answer.status == 201).count();
    let limited = all.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((made, limited), (2, 3));
    app.run_workers().await;
    let requests = ada.calling(&app).get(REQUESTS).await.success();
    assert!(requests["items"].as_array().unwrap().iter().all(|request| request["status"] == "COMPLETED"));
    let ready = app.subjects_to(ADA).into_iter().filter(|subject| subject.contains("data export is ready"));
    assert_eq!(ready.count(), 2);
}
