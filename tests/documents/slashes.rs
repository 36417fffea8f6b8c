//! A slash at the end of a path: what is documented without it is answered with it as well, wherever the gateway takes it.

use axum::Router;
use http::{Method, StatusCode};
use latchkey_tests::{Caller, TestApp};
use serde_json::Value;

use crate::generated::openapi;

/// Every documented operation, with its path's variables filled.
fn operations() -> Vec<(Method, String)> {
    let document = openapi();
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, methods)| {
        let path = path.replace("{id}", "019caddd-b0c0-7000-8000-000000000000");
        let path = path.replace("{provider}", "google").replace("{token}", "lkx_AAAA");
        assert!(!path.contains('{'), "{path}: no value for a variable");
        methods.as_object().unwrap().keys().map(move |method| (method.to_uppercase().parse().unwrap(), path.clone()))
    });
    operations.collect()
}

/// What is answered, but for what each answer has of its own: the id of its request, and a passkey's challenge.
async fn answered(caller: &Caller<'_>, method: &Method, target: &str) -> (StatusCode, String, String) {
    let answer = caller.request(method.clone(), target, None, Vec::new()).await;
    let mut body = answer.text.replace(answer.header("x-request-id"), "request");
    if let Value::String(challenge) = &answer.json()["publicKey"]["challenge"] {
        body = body.replace(challenge, "challenge");
    }
    (answer.status, answer.header("location").to_owned(), body)
}

/// Compares every operation with a slash and without it, and tells how many were led to the path without it.
async fn compare(app: &TestApp, caller: &Caller<'_>) -> usize {
    let mut led = 0;
    for (method, path) in operations() {
        let expected = answered(caller, &method, &path).await;
        let found = answered(caller, &method, &format!("{path}/")).await;
        if found.0 == StatusCode::PERMANENT_REDIRECT {
            assert_eq!(found.1, path, "{method} {path}/");
            assert_eq!(app.route_of(&method, &format!("{path}/")).function, "front", "{method} {path}/");
            led += 1;
        } else {
            assert_eq!(found, expected, "{method} {path}/");
        }
    }
    led
}

#[tokio::test]
async fn every_path_is_answered_the_same_with_a_slash_at_its_end_or_leads_to_the_path_without_it() {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "1000")]).with_account("ada@example.com").await;
    compare(&app, &app.anon()).await;
    // With a token as well, of those operations that change nothing.
    let ada = ada.calling(&app);
    for (method, path) in operations().into_iter().filter(|(method, _)| *method == Method::GET) {
        let expected = answered(&ada, &method, &path).await;
        let found = answered(&ada, &method, &format!("{path}/")).await;
        assert!(found == expected || (found.0, &found.1) == (StatusCode::PERMANENT_REDIRECT, &path), "{path}/");
    }
}

#[tokio::test]
async fn a_path_that_front_does_not_know_leads_to_the_path_without_the_slash() {
    let mut app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    app.serve("front", Router::new().into());
    let to_front = |(method, path): &(Method, String)| app.route_of(method, &format!("{path}/")).function == "front";
    let expected = operations().iter().filter(|operation| to_front(operation)).count();
    assert!(expected > 20, "{expected} operations");
    assert_eq!(compare(&app, &app.anon()).await, expected);
}
