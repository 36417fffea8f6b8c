//! Trusted clients: where keys are configured, the API is there for who shows one.

use http::Method;
use latchkey_tests::{PASSWORD, TestApp};
use serde_json::{Value, json};

const ONE: &str = "lkk-test-client-one";
const ONE_DIGEST: &str = "34e74b57f0a229325999bbf3c75fe390607ce864df14ba0471b84fa835db041b";
const TWO: &str = "lkk-test-client-two";
const TWO_DIGEST: &str = "3e3dddbb01060e5bdef92ac26f305c68759d29ab32ab49b59c0227a6f4744c0e";

/// The body of a refusal but for what differs with each request.
fn body(text: &str) -> Value {
    let mut body: Value = serde_json::from_str(text).unwrap();
    body["request_id"] = Value::Null;
    body
}

#[tokio::test]
async fn without_configured_keys_nobody_needs_one() {
    let app = TestApp::new();
    assert_eq!(app.anon().get("/api/auth/me").await.summary(), "401 token_missing");
    assert_eq!(app.anon().with("x-client-key", "whatever").get("/api/auth/me").await.summary(), "401 token_missing");
}

#[tokio::test]
async fn who_shows_no_key_is_told_that_there_is_nothing() {
    let app = TestApp::with_config(&[("CLIENT_KEYS", ONE_DIGEST)]);
    let nothing = app.anon().get("/api/no-such-thing").await;
    assert_eq!(nothing.summary(), "404 not_found");
    for (method, path) in [
        (Method::POST, "/api/auth/register"),
        (Method::POST, "/api/auth/token"),
        (Method::GET, "/api/auth/token"),
        (Method::OPTIONS, "/api/auth/token"),
        (Method::GET, "/api/auth/me"),
        (Method::GET, "/api/openapi.json"),
        (Method::GET, "/api/docs"),
        (Method::GET, "/api"),
    ] {
        let answer = app.anon().request(method.clone(), path, Some("application/json"), b"{}".to_vec()).await;
        assert_eq!(answer.summary(), "404 not_found", "{method} {path}");
        assert_eq!(body(&answer.text), body(&nothing.text), "{method} {path}");
        assert_eq!(answer.header("allow"), "", "{method} {path}");
    }
    assert!(app.engine.take_calls_of_rules().is_empty(), "nothing was looked up");
    assert_eq!(app.hashes(), 0);
}

#[tokio::test]
async fn a_slash_at_the_end_of_an_unknown_path_is_answered_to_clients_with_a_key() {
    let app = TestApp::with_config(&[("CLIENT_KEYS", ONE_DIGEST)]);
    for path in ["/api/nothing/", "/api/auth/me/", "/api/users/1/x/", "/api/"] {
        let answer = app.anon().get(path).await;
        assert_eq!((answer.summary().as_str(), answer.header("location")), ("404 not_found", ""), "{path}");
    }
    let shown = app.anon().with("x-client-key", ONE).get("/api/nothing/").await;
    assert_eq!((shown.summary().as_str(), shown.header("location")), ("308", "/api/nothing"));
    assert_eq!(app.anon().get("/nothing/").await.header("location"), "/nothing", "only /api is kept from strangers");
}

#[tokio::test]
async fn with_its_key_a_client_uses_all_of_it() {
    let app = TestApp::with_config(&[("CLIENT_KEYS", ONE_DIGEST)]);
    let client = app.anon().with("x-client-key", ONE);
    assert_eq!(client.get("/api/auth/me").await.summary(), "401 token_missing");
    let register = json!({ "email": "ada@example.com", "name": "Ada", "password": PASSWORD });
    client.post("/api/auth/register", register).await.success();
    app.run_workers().await;
    assert_eq!(client.get("/api/no-such-thing").await.summary(), "404 not_found");
    assert_eq!(client.get("/api/auth/token").await.summary(), "405 method_not_allowed");
}

#[tokio::test]
async fn discovery_health_and_pages_are_open_to_anybody() {
    let app = TestApp::with_config(&[("CLIENT_KEYS", ONE_DIGEST)]);
    for path in [
        "/api/health",
        "/api/health/ready",
        "/api/health/",
        "/.well-known/jwks.json",
        "/.well-known/openid-configuration",
        "/confirm-email?token=lkc_AAAA",
        "/password-changed",
        "/api/oauth/google/callback",
    ] {
        assert_ne!(app.anon().get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn of_two_keys_either_will_do_and_one_that_was_taken_away_will_not() {
    let both = TestApp::with_config(&[("CLIENT_KEYS", &format!("{ONE_DIGEST}, {}", TWO_DIGEST.to_uppercase()))]);
    for key in [ONE, TWO] {
        assert_eq!(both.anon().with("x-client-key", key).get("/api/auth/me").await.summary(), "401 token_missing");
    }
    let second = TestApp::with_config(&[("CLIENT_KEYS", TWO_DIGEST)]);
    assert_eq!(second.anon().with("x-client-key", ONE).get("/api/auth/me").await.summary(), "404 not_found");
    assert_eq!(second.anon().with("x-client-key", TWO).get("/api/auth/me").await.summary(), "401 token_missing");
}

#[tokio::test]
async fn what_is_no_key() {
    let app = TestApp::with_config(&[("CLIENT_KEYS", ONE_DIGEST)]);
    for wrong in ["", " ", ONE_DIGEST, TWO, "lkk-test-client-on", "LKK-TEST-CLIENT-ONE", &format!("Bearer {ONE}")] {
        let answer = app.anon().with("x-client-key", wrong).get("/api/auth/me").await;
        assert_eq!(answer.summary(), "404 not_found", "{wrong:?}");
    }
    let twice = app.anon().with("x-client-key", ONE).with("x-client-key", ONE);
    assert_eq!(twice.get("/api/auth/me").await.summary(), "404 not_found");
    for elsewhere in ["authorization", "cookie", "x-api-key"] {
        assert_eq!(app.anon().with(elsewhere, ONE).get("/api/auth/me").await.summary(), "404 not_found", "{elsewhere}");
    }
    assert_eq!(app.anon().get(&format!("/api/auth/me?x-client-key={ONE}")).await.summary(), "404 not_found");
}
