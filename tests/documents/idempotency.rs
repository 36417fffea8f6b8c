//! Every POST route says what an `Idempotency-Key` means to it, and keeps its word.

use latchkey_tests::TestApp;
use serde_json::{Value, json};

use crate::generated::openapi;

/// The POST operations, with their paths and what they declare.
fn posts() -> Vec<(String, Value, String)> {
    let document = openapi();
    let paths = document["paths"].as_object().unwrap().iter();
    let posts = paths.filter(|(_, methods)| methods["post"].is_object());
    posts
        .map(|(path, methods)| {
            let declared = methods["post"]["x-idempotency-key"].as_str().unwrap_or_default().to_owned();
            (path.clone(), methods["post"].clone(), declared)
        })
        .collect()
}

#[test]
fn every_post_route_declares_what_an_idempotency_key_means_to_it() {
    for (path, operation, declared) in posts() {
        let is_declared =
            declared.starts_with("accepted") || declared == "refused" || declared.starts_with("ignored: ");
        assert!(
            is_declared,
            "POST {path} ({}) says nothing of Idempotency-Key. Behind its `routes!(…)` in the function's lib.rs put \
             `.accepts_key(whose)` if it creates or mails, `.refuses_key()` if its answer carries tokens or other \
             secrets that are told once, or `.ignores_key(\"the reason\")`.",
            operation["operationId"]
        );
    }
}

#[test]
fn a_key_is_its_persons_where_a_person_must_be_signed_in() {
    for (path, operation, declared) in posts().into_iter().filter(|(.., declared)| declared.starts_with("accepted")) {
        let expected = if operation["security"].is_array() { "accepted of a person" } else { "accepted" };
        assert_eq!(declared, expected, "POST {path}");
    }
}

#[test]
fn what_answers_with_tokens_refuses_keys() {
    for (path, operation, declared) in posts() {
        let answers = operation["responses"].as_object().unwrap().values().map(Value::to_string);
        if answers.into_iter().any(|answer| answer.contains("schemas/TokenResponse")) {
            assert_eq!(declared, "refused", "POST {path} answers with tokens; declare it with `.refuses_key()`");
        }
    }
}

#[tokio::test]
async fn a_route_does_what_it_declares() {
    let app = TestApp::new();
    for (path, _, declared) in posts() {
        let path = path.replace("{provider}", "google");
        let answer = app.anon().with("idempotency-key", "not a key").post(&path, json!({})).await.summary();
        match declared.as_str() {
            accepted if accepted.starts_with("accepted") => assert_eq!(answer, "400 idempotency_key_invalid", "{path}"),
            "refused" => assert_eq!(answer, "400 idempotency_key_refused", "{path}"),
            _ => assert!(!answer.contains("idempotency"), "{path}: {answer}"),
        }
    }
}
