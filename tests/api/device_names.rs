//! `PATCH /api/auth/sessions/{id}`

use futures_util::future::join_all;
use latchkey_tests::{Answer, Call, Person, TestApp};
use serde_json::{Value, json};

use crate::sessions::{ADA, elsewhere, is_in, list, own};

/// Names the device of a session.
async fn name(app: &TestApp, person: &Person, session: &str, name: &str) -> Answer {
    let body = json!({ "device_name": name });
    person.calling(app).patch(&format!("/api/auth/sessions/{session}"), body).await
}

#[tokio::test]
async fn a_user_names_the_device_of_a_session_and_sees_that_name_in_the_list() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let phone = elsewhere(&app).await;
    let (here, there) = (own(&app, &ada).await, own(&app, &phone).await);
    app.engine.take_calls();
    let named = name(&app, &ada, &there, " Ada\u{2019}s phone\t").await.success();
    let (calls, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!((calls, limiters), (vec!["BatchGetItem x2".to_owned(), "UpdateItem x1".to_owned()], 2));
    assert_eq!(
        (&named["id"], &named["device"], &named["current"]),
        (&json!(there), &json!("Ada\u{2019}s phone"), &json!(false))
    );
    assert_eq!(name(&app, &ada, &here, "Laptop").await.success()["current"], true);
    let listed: Vec<Value> = list(&app, &ada).await.iter().map(|session| session["device"].clone()).collect();
    assert_eq!(listed, [json!("Ada\u{2019}s phone"), json!("Laptop")]);
    assert!(is_in(&app, &phone).await, "and nothing else of the session changed");
    app.refresh(&phone.refresh).await.success();
    assert_eq!(list(&app, &ada).await[0]["device"], "Ada\u{2019}s phone", "a refresh keeps the name");
}

#[tokio::test]
async fn a_device_name_has_1_to_64_characters_on_one_line_and_none_that_is_invisible() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let session = own(&app, &ada).await;
    let before = list(&app, &ada).await;
    for bad in
        ["", "  ", &"x".repeat(65), "two\nlines", "bell\u{7}", "a\u{202e}b", "a\u{200b}b", "https://evil.example"]
    {
        let details = name(&app, &ada, &session, bad).await.details();
        assert!(details.starts_with("422 validation_failed /device_name "), "{bad:?}: {details}");
    }
    let path = format!("/api/auth/sessions/{session}");
    for body in [json!({}), json!({ "device_name": null }), json!({ "device_name": "a", "current": true })] {
        assert_eq!(ada.calling(&app).patch(&path, body.clone()).await.status, 422, "{body}");
    }
    assert_eq!(list(&app, &ada).await, before);
    name(&app, &ada, &session, &"\u{e9}".repeat(64)).await.success();
}

#[tokio::test]
async fn a_session_that_is_anothers_or_has_ended_has_no_device_to_name() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let (mine, ended) = (own(&app, &ada).await, elsewhere(&app).await);
    let ended_id = own(&app, &ended).await;
    ended.calling(&app).post("/api/auth/logout", json!({})).await;
    let unknown = "0197f3a0-0000-7000-8000-000000000001";
    for (person, session) in [(&bea, mine.as_str()), (&ada, &ended_id), (&ada, unknown), (&ada, "no-id")] {
        assert_eq!(name(&app, person, session, "Mine").await.summary(), "404 not_found", "{session}");
    }
    assert!(list(&app, &ada).await.iter().all(|session| session["device"] != "Mine"));
    let answer = app.anon().patch(&format!("/api/auth/sessions/{mine}"), json!({ "device_name": "x" })).await;
    assert_eq!(answer.summary(), "401 token_missing");
}

#[tokio::test]
async fn of_two_names_at_once_one_stays_and_a_session_that_ends_meanwhile_stays_ended() {
    for round in 0..5 {
        let (app, ada) = TestApp::new().with_account(ADA).await;
        let other = elsewhere(&app).await;
        let session = own(&app, &other).await;
        let end = async || ada.calling(&app).delete(&format!("/api/auth/sessions/{session}")).await;
        let both = join_all(["One", "Two"].map(|device| name(&app, &ada, &session, device)));
        let (named, ended) = tokio::join!(both, end());
        assert_eq!(ended.status, 204);
        for answer in &named {
            assert!(answer.status == 200 || answer.summary() == "404 not_found", "{round}: {}", answer.text);
        }
        let listed = list(&app, &ada).await;
        let listed = listed.iter().find(|one| one["id"] == json!(session)).unwrap();
        assert!(listed["logged_out_at"].is_string(), "{round}: it has ended");
        if named.iter().any(|answer| answer.status == 200) {
            assert!(listed["device"] == "One" || listed["device"] == "Two", "{round}: {listed}");
        }
        assert!(!is_in(&app, &other).await);
    }
}
