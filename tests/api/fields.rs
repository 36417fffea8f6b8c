//! Fields of JSON bodies: what `null`, a missing field and a byte order mark mean, for every endpoint.

use http::Method;
use latchkey_tests::{JsonBody, PASSWORD, TestApp, json_bodies};
use serde_json::{Value, json};

async fn send(operation: &str, change: impl Fn(&mut Value)) -> String {
    let (app, ready) = TestApp::ready_for(operation).await;
    app.leave_mail_unsent();
    let mut body = ready.json_body().unwrap_or_else(|| json!({}));
    change(&mut body);
    ready.with_json(&body).send(&app).await.details()
}

#[tokio::test]
async fn null_in_an_optional_field_is_the_field_left_out() {
    let mut different = Vec::new();
    for (operation, JsonBody { optional, .. }) in json_bodies() {
        let (app, ready) = TestApp::ready_for(&operation).await;
        app.leave_mail_unsent();
        let has = |field: &str| ready.json_body().is_some_and(|body| !body[field].is_null());
        let without_any = send(&operation, |_| {}).await;
        for field in optional {
            let null = send(&operation, |body| body[&field] = Value::Null).await;
            let absent = if has(&field) {
                send(&operation, |body| drop(body.as_object_mut().unwrap().remove(&field))).await
            } else {
                without_any.clone()
            };
            if null != absent {
                different.push(format!("{operation} {field}: null {null}, absent {absent}"));
            }
        }
    }
    assert!(different.is_empty(), "{} fields:\n{}", different.len(), different.join("\n"));
}

#[tokio::test]
async fn all_fields_that_are_missing_are_told_at_once() {
    for (operation, JsonBody { required, .. }) in json_bodies() {
        if required.is_empty() {
            continue;
        }
        let (app, ready) = TestApp::ready_for(&operation).await;
        app.leave_mail_unsent();
        let answer = ready.with_json(&json!({})).send(&app).await;
        // Where a body may carry the token that says who asks, its handler looks for the rest.
        assert_eq!(answer.status, 422, "{operation}");
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        let mut told: Vec<_> = errors
            .iter()
            .map(|error| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect();
        let mut expected: Vec<_> = required.iter().map(|field| format!("/{field} missing")).collect();
        told.sort_unstable();
        expected.sort_unstable();
        assert_eq!(told, expected, "{operation}");
    }
}

#[tokio::test]
async fn what_is_missing_is_told_with_what_does_not_fit() {
    let app = TestApp::new();
    let answer = app.anon().post("/api/auth/register", json!({ "email": 1, "cookie": true, "username": null })).await;
    let json = answer.json();
    let told: Vec<_> =
        json["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert!(told.contains(&"/email") || told.contains(&"/cookie"), "{told:?}");
    let answer = app.anon().post("/api/auth/token", json!({ "login": "ada", "password": null })).await;
    assert_eq!(answer.details(), "422 invalid_body /password missing", "null is no password");
}

#[tokio::test]
async fn a_byte_order_mark_before_json_is_no_part_of_it() {
    let app = TestApp::new();
    app.new_account("ada@example.com").await;
    let body = format!("\u{feff}{}", json!({ "login": "ada@example.com", "password": PASSWORD }));
    let answer = app.anon().request(Method::POST, "/api/auth/token", Some("application/json"), body.into_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}
