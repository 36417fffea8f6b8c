//! Writing a path in another way, so that another route, no limit or no gate is met.

use http::Method;
use latchkey_tests::{Answer, TestApp};
use serde_json::json;

/// The same path written otherwise, as clients, proxies and attackers do.
fn variants(path: &str) -> Vec<String> {
    let (start, last) = path.rsplit_once('/').unwrap();
    let escaped = format!("{start}/%{:02x}{}", last.as_bytes()[0], &last[1..]);
    vec![
        format!("{path}/"),
        format!("{path}//"),
        format!("/{path}"),
        format!("{start}//{last}"),
        format!("{start}%2f{last}"),
        format!("{start}%2F{last}"),
        format!("{start}%252f{last}"),
        format!("{path}%2f"),
        format!("{start}/./{last}"),
        format!("{start}/%2e/{last}"),
        format!("{start}/x/../{last}"),
        format!("{start}/x/%2e%2e/{last}"),
        format!("{start}\\{last}"),
        format!("{start}%5c{last}"),
        format!("{path}."),
        format!("{path}%2e"),
        format!("{path}.json"),
        format!("{path};x=1"),
        format!("{path}%00"),
        format!("{path}%20"),
        format!("{path}%0a"),
        format!("{path}?x=1"),
        path.to_uppercase(),
        format!("{start}/{}{}", last[..1].to_uppercase(), &last[1..]),
        escaped,
        format!("{path}/x"),
    ]
}

async fn ask(app: &TestApp, method: Method, path: &str, body: &str) -> Answer {
    app.anon().request(method, path, Some("application/json"), body.as_bytes().to_vec()).await
}

#[tokio::test]
async fn every_spelling_of_the_sign_in_meets_the_same_limit() {
    let body = json!({ "login": "ada@example.com", "password": "not the password" }).to_string();
    for path in variants("/api/auth/token") {
        let app = TestApp::new();
        let mut evaluated = 0;
        for n in 0..14 {
            let path = if n % 2 == 0 { path.as_str() } else { "/api/auth/token" };
            let hashes = app.hashes();
            let answer = ask(&app, Method::POST, path, &body.replace("ada", &format!("ada{n}"))).await.summary();
            evaluated += app.hashes() - hashes;
            let was_judged = app.hashes() > hashes;
            match answer.as_str() {
                "401 invalid_credentials" => assert!(was_judged, "{path}"),
                "429 rate_limited" => assert!(!was_judged && n >= 7, "{path} {n}"),
                "400 malformed_target" | "404 not_found" | "405 method_not_allowed" => assert!(!was_judged, "{path}"),
                other => panic!("{path}: {other}"),
            }
        }
        assert!(evaluated <= 10, "{path}: {evaluated}");
    }
}

#[tokio::test]
async fn every_spelling_of_a_persons_route_meets_the_same_gate() {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account("ada@example.com").await;
    for route in ["/api/auth/me", "/api/auth/sessions", "/api/auth/profile", "/api/auth/data-requests"] {
        for path in variants(route) {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                let answer = ask(&app, method.clone(), &path, "{}").await.summary();
                let refused = ["401 token_missing", "400 malformed_target", "404 not_found", "405 method_not_allowed"];
                assert!(refused.contains(&answer.as_str()), "{method} {path}: {answer}");
            }
            // With a token it is the same route or none.
            let answer = ada.calling(&app).get(&path).await.summary();
            let expected = ["200", "400 malformed_target", "404 not_found", "405 method_not_allowed"];
            assert!(expected.contains(&answer.as_str()), "{path}: {answer}");
        }
    }
}

#[tokio::test]
async fn every_spelling_meets_the_same_client_key() {
    let key = ("CLIENT_KEYS", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
    let app = TestApp::with_config(&[key]);
    for route in ["/api/auth/token", "/api/auth/me", "/api/openapi.json"] {
        for path in variants(route) {
            for method in [Method::GET, Method::POST, Method::OPTIONS] {
                let answer = ask(&app, method.clone(), &path, "{}").await.summary();
                assert!(
                    ["400 malformed_target", "404 not_found"].contains(&answer.as_str()),
                    "{method} {path}: {answer}"
                );
            }
        }
    }
    assert!(app.engine.take_calls_of_rules().is_empty());
}
