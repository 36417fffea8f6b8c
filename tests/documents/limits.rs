//! Every operation is limited, or declares that it counts for nobody; what is documented is what happens.

use http::Method;
use latchkey_tests::{PASSWORD, TestApp};
use serde_json::{Value, json};

use crate::generated::openapi;

/// Every operation: its method, its path with ids filled in, and what is documented of it.
fn operations() -> Vec<(Method, String, Value)> {
    let document = openapi();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let path = path.replace("{id}", "019caddd-b0c0-7000-8000-000000000000").replace("{provider}", "google");
            operations.push((method.to_uppercase().parse().unwrap(), path, operation.clone()));
        }
    }
    operations
}

fn takes_a_token(operation: &Value) -> bool {
    operation["security"].as_array().is_some_and(|ways| !ways.contains(&json!({})))
}

fn is_exempt(operation: &Value) -> bool {
    operation["x-rate-limit"].is_string()
}

#[test]
fn only_health_keys_and_discovery_count_for_nobody() {
    let exempt = operations().into_iter().filter(|(_, _, operation)| is_exempt(operation));
    let exempt: Vec<_> =
        exempt.map(|(_, _, operation)| operation["operationId"].as_str().unwrap().to_owned()).collect();
    let mut expected =
        ["health", "jwks", "openid_configuration", "passkey_endpoints", "ready"].map(str::to_owned).to_vec();
    expected.sort_unstable();
    let mut exempt = exempt;
    exempt.sort_unstable();
    assert_eq!(exempt, expected);
}

#[test]
fn every_other_operation_documents_the_refusal_and_its_headers() {
    for (method, path, operation) in operations() {
        let refusal = &operation["responses"]["429"];
        assert_eq!(refusal.is_null(), is_exempt(&operation), "{method} {path}");
        if !is_exempt(&operation) {
            for header in ["Retry-After", "RateLimit", "RateLimit-Policy"] {
                assert!(refusal["headers"][header].is_object(), "{method} {path}: {header}");
            }
        }
    }
}

#[tokio::test]
async fn every_operation_that_takes_a_token_counts_for_its_person() {
    let (app, ada) = TestApp::with_config(&[("RATE_USER", "1/day")]).with_account("ada@example.com").await;
    ada.calling(&app).get("/api/auth/me").await.success();
    for (method, path, operation) in operations() {
        if takes_a_token(&operation) {
            let answer = ada.calling(&app).request(method.clone(), &path, None, Vec::new()).await;
            assert_eq!(answer.summary(), "429 rate_limited", "{method} {path}");
        }
    }
}

/// What a browser says of a passkey that was used, with a challenge of zeros.
const CLIENT_DATA: &str = "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQSIsIm9yaWdpbiI6Imh0dHBzOi8vaWQuZXhhbXBsZS5jb20ifQ";

/// What anybody may send to an operation, so that it gets as far as the store.
fn body_for(operation: &str) -> Option<(&'static str, String)> {
    let json = |body: Value| Some(("application/json", body.to_string()));
    let form = |body: String| Some(("application/x-www-form-urlencoded", body));
    let token = |prefix: &str| format!("{prefix}{}", "A".repeat(64));
    match operation {
        "register" => json(json!({ "email": "bea@example.com", "name": "Bea", "password": PASSWORD })),
        "verify_email" => json(json!({ "registration_token": token("lkg_"), "code": "12345678" })),
        "resend_verification" => json(json!({ "registration_token": token("lkg_") })),
        "second_step" => json(json!({ "mfa_token": format!("lkm_{}", "A".repeat(86)), "totp_code": "123456" })),
        "ask_for_passkey" => json(json!({})),
        "sign_in_by_passkey" => {
            let assertion = json!({ "clientDataJSON": CLIENT_DATA, "authenticatorData": "AAAA", "signature": "AAAA" });
            json(json!({ "assertion": { "id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": assertion } }))
        }
        "sign_in_by_code" => json(json!({ "sign_in_token": format!("lki_{}", "A".repeat(66)), "code": "12345678" })),
        "exchange_oauth_code" => json(json!({ "exchange_code": token("lkx_") })),
        "name_email" => json(json!({ "registration_token": token("lkg_"), "email": "nobody@example.com" })),
        "sign_in_by_provider" => json(json!({ "access_token": "invented" })),
        "sign_in" => json(json!({ "login": "nobody@example.com", "password": PASSWORD })),
        "ask_for_password_reset" | "ask_for_sign_in_code" => json(json!({ "email": "nobody@example.com" })),
        "reset_password" => {
            let token = format!("lkw_{}", "A".repeat(66));
            json(json!({ "reset_token": token, "code": "12345678", "new_password": PASSWORD }))
        }
        "confirm_email" => form(format!("token={}&password=x", token("lkc_"))),
        "reset_password_by_link" => {
            form(format!("token={}&new_password={}", token("lkp_"), PASSWORD.replace(' ', "+")))
        }
        "cancel_deletion" => form(format!("token={}", token("lkd_"))),
        "undo_email_change" => form(format!("token={}", token("lku_"))),
        "end_session_by_link" => form(format!("token=lke_{}", "A".repeat(86))),
        _ => None,
    }
}

#[tokio::test]
async fn every_operation_for_anybody_counts_for_its_address() {
    let app = TestApp::with_config(&[("RATE_ANON", "1/day"), ("EMAIL_CODE_SIGN_IN", "on")]);
    for (n, (method, path, operation)) in operations().into_iter().enumerate() {
        let name = operation["operationId"].as_str().unwrap();
        // These say by their tokens who asks: they count for the person, as tests of theirs show.
        if takes_a_token(&operation) || is_exempt(&operation) || ["refresh", "sign_out", "verify_token"].contains(&name)
        {
            continue;
        }
        let (kind, body) = match (method.as_str(), body_for(name)) {
            ("GET", _) => (None, String::new()),
            (_, Some((kind, body))) => (Some(kind), body),
            _ => panic!("say in body_for what {name} takes, so that it is seen to be limited"),
        };
        let path = path.replace(['{', '}'], "");
        let caller = app.anon().from(&format!("198.51.100.{n}"));
        let first = caller.request(method.clone(), &path, kind, body.clone().into_bytes()).await;
        assert_ne!(first.status, 429, "{method} {path}");
        let second = caller.request(method.clone(), &path, kind, body.into_bytes()).await;
        assert_eq!(second.status, 429, "{method} {path} does not count: {}", second.text);
        assert!(!second.header("retry-after").is_empty(), "{method} {path}");
    }
    app.run_workers().await;
}
