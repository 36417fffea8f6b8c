//! Which providers there are: those that the owner has a client with, by variables or by the secret.

use jiff::SignedDuration;
use latchkey_tests::{ACME, BACK, CLIENT_ID, CLIENT_SECRET, TestApp, ada_at_google};
use serde_json::{Value, json};

async fn leads_to(app: &TestApp, provider: &str) -> String {
    let login = app.anon().get(&format!("/api/oauth/{provider}/login")).await;
    if login.status == 303 { login.header("location").to_owned() } else { login.summary() }
}

fn issuer(name: &str, issuer: &str) -> Value {
    json!({ "name": name, "issuer": issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET })
}

#[tokio::test]
async fn a_provider_that_nobody_configured_is_not_there() {
    let app = TestApp::with_config(&[("OAUTH_DEFAULT_REDIRECT", BACK)]);
    for provider in ["google", "acme", "accounts", "Google"] {
        assert_eq!(app.anon().get(&format!("/api/oauth/{provider}/login")).await.summary(), "404 not_found");
    }
}

#[tokio::test]
async fn variables_configure_the_three_as_well() {
    let app = TestApp::with_config(&[
        ("OAUTH_DEFAULT_REDIRECT", BACK),
        ("SERVER_GOOGLE_CLIENT_ID", "from-a-variable"),
        ("SERVER_GOOGLE_CLIENT_SECRET", "s"),
        ("SERVER_GITHUB_CLIENT_ID", "from-a-variable"),
        ("SERVER_GITHUB_CLIENT_SECRET", "s"),
        ("SERVER_FACEBOOK_CLIENT_ID", "from-a-variable"),
        ("SERVER_FACEBOOK_CLIENT_SECRET", "s"),
        ("FACEBOOK_GRAPH_VERSION", "v31.5"),
    ]);
    for (provider, page) in [
        ("google", "https://accounts.google.com/o/oauth2/v2/auth?"),
        ("github", "https://github.com/login/oauth/authorize?"),
        ("facebook", "https://www.facebook.com/v31.5/dialog/oauth?"),
    ] {
        let login = app.anon().get(&format!("/api/oauth/{provider}/login")).await;
        let location = login.header("location");
        assert!(location.starts_with(page) && location.contains("client_id=from-a-variable"), "{location}");
        let callback = format!("redirect_uri=https%3A%2F%2Fid.example.com%2Fapi%2Foauth%2F{provider}%2Fcallback");
        assert!(location.contains(&callback), "{location}");
    }
    let location = app.anon().get("/api/oauth/facebook/login").await.header("location").to_owned();
    assert!(location.contains("auth_type=reauthenticate") && location.contains("scope=email%2Cpublic_profile"));
    let location = app.anon().get("/api/oauth/google/login").await.header("location").to_owned();
    assert!(location.contains("access_type=online") && location.contains("scope=openid+email+profile"));
}

#[tokio::test]
async fn what_the_secret_says_wrongly_is_left_out_and_the_rest_is_there() {
    let app = TestApp::with_providers();
    let client = json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET });
    let all = [
        issuer("acme", ACME),
        issuer("acme", "https://evil.example"),
        issuer("google", "https://evil.example"),
        issuer("plain", "http://login.acme.test"),
        issuer("asking", "https://login.acme.test?x=1"),
        issuer("Odd", ACME),
        issuer("accounts", ACME),
    ];
    app.vault.put("providers", &json!({ "google": client, "openid": all }));
    assert!(leads_to(&app, "acme").await.starts_with(ACME), "the first of a name is used");
    assert!(leads_to(&app, "google").await.starts_with("https://accounts.google.com/"), "nobody takes Google's place");
    for name in ["plain", "asking", "Odd", "accounts", "github"] {
        assert_eq!(leads_to(&app, name).await, "404 not_found", "{name}");
    }
    assert_eq!(app.providers.calls_to("evil.example"), 0);
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_a_fault_at_first_and_changes_nothing_later() {
    let app = TestApp::with_providers();
    let broken = json!({ "openid": 7 });
    app.vault.put("providers", &broken);
    let answer = leads_to(&app, "google").await;
    assert!(answer.starts_with("50"), "{answer}");
    app.has_providers();
    assert!(leads_to(&app, "google").await.starts_with("https://accounts.google.com/"));
    app.vault.put("providers", &broken);
    app.advance(SignedDuration::from_mins(6));
    app.new_account_by("google", &ada_at_google()).await;
}

#[tokio::test]
async fn a_change_of_the_secret_is_there_after_five_minutes() {
    let app = TestApp::with_providers();
    assert!(leads_to(&app, "acme").await.starts_with(ACME));
    app.vault.put("providers", &json!({}));
    assert!(leads_to(&app, "acme").await.starts_with(ACME), "it was read a moment ago");
    app.advance(SignedDuration::from_mins(5));
    assert_eq!(leads_to(&app, "acme").await, "404 not_found");
}
