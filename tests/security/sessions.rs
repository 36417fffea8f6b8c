//! Attacks on the list of sessions, and on what has ended.

use latchkey_tests::{Person, TestApp, api_document};
use serde_json::json;

const ADA: &str = "ada@example.com";

/// Ada with so many sessions that her list has a second page, and its cursor.
async fn with_cursor() -> (TestApp, Person, String) {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.sign_in(ADA).await.success();
    app.run_workers().await;
    let page = ada.calling(&app).get("/api/auth/sessions?limit=1").await.success();
    (app, ada, page["next_cursor"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_cursor_that_was_changed_in_any_place() {
    let (app, ada, cursor) = with_cursor().await;
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for place in 0..cursor.len() - 1 {
        let mut forged = cursor.clone().into_bytes();
        let digit = alphabet.iter().position(|byte| *byte == forged[place]).unwrap();
        forged[place] = alphabet[(digit + 1) % 64];
        let forged = String::from_utf8(forged).unwrap();
        let answer = ada.calling(&app).get(&format!("/api/auth/sessions?cursor={forged}")).await;
        if answer.status != 422 {
            assert_eq!(answer.summary(), "429 rate_limited", "place {place}");
        }
    }
    let calls = app.engine.take_calls();
    assert!(calls.iter().filter(|call| call.operation == "Query").count() <= 1, "none of them reached the store");
}

#[tokio::test]
async fn a_cursor_made_by_hand() {
    let (app, ada, cursor) = with_cursor().await;
    let doubled = format!("{cursor}{cursor}");
    let padded = format!("{cursor}=");
    for forged in ["AAAA", "x", &cursor[1..], &doubled, &padded, "ACCOUNT%23x", &"A".repeat(43), &"A".repeat(8000)] {
        let answer = ada.calling(&app).get(&format!("/api/auth/sessions?cursor={forged}")).await;
        assert_eq!(answer.details(), "422 validation_failed /cursor invalid", "{forged}");
    }
}

#[tokio::test]
async fn somebody_elses_cursor() {
    let (app, ada, cursor) = with_cursor().await;
    let bea = app.new_account("bea@example.com").await;
    let target = format!("/api/auth/sessions?cursor={cursor}");
    assert_eq!(bea.calling(&app).get(&target).await.details(), "422 validation_failed /cursor invalid");
    assert_eq!(ada.calling(&app).get(&target).await.status, 200);
}

#[tokio::test]
async fn the_access_token_of_an_ended_session_on_every_route() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let other = Person::of(app.sign_in(ADA).await.success());
    app.run_workers().await;
    other.calling(&app).delete("/api/auth/sessions").await.success();
    let document = api_document();
    let mut tried = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if !operation["security"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| !kind["bearer"].is_null()))
            {
                continue;
            }
            let method: http::Method = method.to_uppercase().parse().unwrap();
            let target = path.replace("{id}", "01957c2f-aaaa-7bbb-8ccc-0123456789ab").replace("{provider}", "google");
            let body = Some("application/json").filter(|_| method != http::Method::GET);
            let answer = ada.calling(&app).request(method.clone(), &target, body, b"{}".to_vec()).await;
            assert_eq!(answer.summary(), "401 token_invalid", "{method} {target}");
            tried += 1;
        }
    }
    assert!(tried >= 4, "{tried}");
}

#[tokio::test]
async fn a_user_agent_of_ten_kilobytes_of_markup() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let agent = format!("<script>alert(1)</script>{}", "\"'><b>".repeat(1600));
    let caller = app.anon().without("user-agent").with("user-agent", &agent);
    let body = json!({ "login": ADA, "password": latchkey_tests::PASSWORD });
    let person = Person::of(caller.post("/api/auth/token", body).await.success());
    app.run_workers().await;
    let listed = person.calling(&app).get("/api/auth/sessions").await.success();
    let current = listed["items"].as_array().unwrap().iter().find(|row| row["current"] == true).unwrap();
    assert_eq!(current["device"], "an unknown device");
    assert_eq!(current["user_agent"].as_str().unwrap().len(), 255);
}
