//! Requests of all people, as those see them who answer for them.

use jiff::SignedDuration;
use latchkey_identity::privacy::{DataRequest, DataRequestId, RequestType, Status, Which, find_anybodys, page_of_all};
use latchkey_tests::{Person, TestApp};
use serde_json::Value;

use super::{ADA, REQUESTS, ask};
use crate::names::items;

const MANY: &[(&str, &str)] = &[("RATE_FACTOR", "1000")];

/// Every page of a list, of so many requests each.
async fn whole(app: &TestApp, which: Which, limit: usize) -> Vec<DataRequest> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = page_of_all(app.store(), which, after, limit).await.unwrap();
        assert!(page.requests.len() <= limit);
        all.extend(page.requests);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn every() -> Vec<Which> {
    let kinds = RequestType::ALL.map(Some).into_iter().chain([None]);
    let states = || Status::ALL.map(Some).into_iter().chain([None]);
    kinds.flat_map(|request_type| states().map(move |status| Which { request_type, status })).collect()
}

/// What is stored, newest first: the ids of those that are asked for.
fn stored(app: &TestApp, which: Which) -> Vec<String> {
    let mut rows = items(app, "DataRequest");
    let matches = |row: &Value, name: &str, wanted: Option<Value>| wanted.is_none_or(|wanted| row[name]["S"] == wanted);
    rows.retain(|row| {
        matches(row, "request_type", which.request_type.map(|kind| serde_json::json!(kind)))
            && matches(row, "status", which.status.map(|status| serde_json::json!(status)))
    });
    let mut ids: Vec<_> = rows.iter().map(|row| row["id"]["S"].as_str().unwrap().to_owned()).collect();
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids
}

/// Requests of several people in every state that there is.
async fn many(app: &TestApp) {
    for number in 0..4 {
        let person = app.new_account(&format!("person{number}@example.com")).await;
        ask(app, &person, "EXPORT").await;
        app.advance(SignedDuration::from_secs(1));
        app.run_workers().await;
        ask(app, &person, "EXPORT").await;
        let deletion = ask(app, &person, "DELETE").await;
        if number % 2 == 0 {
            let back = Person::of(app.sign_in(&format!("person{number}@example.com")).await.success());
            let path = format!("{REQUESTS}/{}", deletion["id"].as_str().unwrap());
            assert_eq!(back.calling(app).delete(&path).await.status, 204);
        }
        app.advance(SignedDuration::from_secs(1));
    }
}

#[tokio::test]
async fn everybodys_requests_are_listed_by_kind_and_state_newest_first_and_page_by_page() {
    let app = TestApp::with_config(MANY);
    many(&app).await;
    app.advance(SignedDuration::from_secs(1));
    assert_eq!(stored(&app, Which::default()).len(), 12);
    for which in every() {
        let expected = stored(&app, which);
        for limit in [1, 2, 5, 12, 1000] {
            let listed = whole(&app, which, limit).await;
            let ids: Vec<_> = listed.iter().map(|request| request.id.to_string()).collect();
            assert_eq!(ids, expected, "{which:?} by {limit}");
        }
    }
    app.run_workers().await;
    let done = Which { request_type: Some(RequestType::Export), status: Some(Status::Completed) };
    assert_eq!(whole(&app, done, 3).await.len(), 8, "they move as their states change");
    assert!(whole(&app, Which { status: Some(Status::Processing), ..done }, 3).await.is_empty());
}

#[tokio::test]
async fn a_request_is_found_by_its_id_whoever_asked_and_is_gone_with_its_person() {
    let app = TestApp::with_config(&[("DELETION_GRACE_DAYS", "0")]);
    let (ada, bea) = (app.new_account(ADA).await, app.new_account("bea@example.com").await);
    let of_ada: DataRequestId = ask(&app, &ada, "EXPORT").await["id"].as_str().unwrap().parse().unwrap();
    let of_bea: DataRequestId = ask(&app, &bea, "EXPORT").await["id"].as_str().unwrap().parse().unwrap();
    app.run_workers().await;
    for (id, person) in [(of_ada, &ada), (of_bea, &bea)] {
        let found = find_anybodys(app.store(), id).await.unwrap().unwrap();
        assert_eq!((found.id, found.status), (id, Status::Completed));
        assert_eq!(found.account_id.to_string(), person.answer["user"]["id"]);
    }
    ask(&app, &ada, "DELETE").await;
    app.run_workers().await;
    assert_eq!(find_anybodys(app.store(), of_ada).await.unwrap(), None);
    let left = whole(&app, Which::default(), 10).await;
    assert_eq!(left.iter().map(|request| request.id).collect::<Vec<_>>(), [of_bea]);
}

#[tokio::test]
async fn a_page_costs_the_same_however_many_people_there_are() {
    let app = TestApp::with_config(MANY);
    let cost = async |which: Which| {
        app.engine.take_calls();
        page_of_all(app.store(), which, None, 2).await.unwrap();
        let calls = app.engine.take_calls();
        let queries = calls.iter().filter(|call| call.operation == "Query").count();
        let read: usize = calls.iter().filter(|call| call.operation == "BatchGetItem").map(|call| call.items).sum();
        assert_eq!(calls.len(), queries + usize::from(read > 0));
        (queries, read)
    };
    let waiting = Which { request_type: Some(RequestType::Delete), status: Some(Status::Pending) };
    assert_eq!((cost(waiting).await, cost(Which::default()).await), ((1, 0), (10, 0)));
    for _ in 0..2 {
        many_more(&app).await;
        assert_eq!((cost(waiting).await, cost(Which::default()).await), ((1, 2), (10, 2)));
        assert_eq!(cost(Which { status: None, ..waiting }).await, (5, 2));
        assert_eq!(cost(Which { request_type: None, ..waiting }).await, (2, 2));
    }
    app.run_workers().await;
}

/// Three people more, who leave.
async fn many_more(app: &TestApp) {
    for _ in 0..3 {
        let number = items(app, "Account").len();
        let person = app.new_account(&format!("leaving{number}@example.com")).await;
        ask(app, &person, "EXPORT").await;
        ask(app, &person, "DELETE").await;
    }
}
