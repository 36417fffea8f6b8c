//! Signing in by a real provider of OpenID Connect: the certified npm package `oidc-provider`, on a socket of this machine,
//! asked over the product's own client.
//!
//! GitHub and Facebook, of which nobody can have a copy, are played by a server on a socket that follows their documents.
//!
//! The package is fetched into `.local/openid-provider` at the first run. On a machine without Node its tests fail, unless
//! `WITHOUT_NODE` is set: a test that did not run should not look like one that passed.

mod listener;
mod provider;

use jiff::{SignedDuration, Timestamp};
use latchkey_tests::{BACK, Browser, CLIENT_ID, Person, TestApp, ada_at_facebook, ada_at_github, answered};
use listener::listen;
use provider::{CLIENT_SECRET, Provider};
use serde_json::json;

/// An application at the present time that really asks, and knows the provider by this secret.
fn application(provider: &Provider, secret: &str) -> TestApp {
    let app = TestApp::with_config(&[("OAUTH_DEFAULT_REDIRECT", BACK), ("RATE_SOCIAL", "1000/min")]).asking_outside();
    let client = json!({
        "name": "real",
        "display_name": "Real Login",
        "issuer": provider.issuer(),
        "client_id": "latchkey",
        "client_secret": secret,
        "authoritative_for": ["example.com"],
    });
    app.vault.put("providers", &json!({ "openid": [client] }));
    let present = Timestamp::now().as_millisecond() - app.now().as_millisecond();
    app.advance(SignedDuration::from_millis(present));
    app
}

/// Somebody signs in at the provider in this browser; the address that the callback leads to.
async fn visit(provider: &Provider, browser: &Browser<'_>, name: &str) -> latchkey_tests::Answer {
    let login = browser.get("/api/oauth/real/login").await;
    assert_eq!(login.status, 303, "{}", login.text);
    let back = provider.sign_in(login.header("location"), name).await;
    browser.get(back.strip_prefix("https://id.example.com").expect("our own address")).await
}

#[tokio::test]
async fn a_person_signs_in_by_a_certified_provider_and_comes_back() {
    let Some(provider) = Provider::start().await else { return };
    let app = application(&provider, CLIENT_SECRET);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let back = visit(&provider, &app.browser(), "ada").await;
        let code = answered(&back, "exchange_code").unwrap_or_else(|| panic!("{}", back.header("location")));
        let ada = Person::of(app.exchange(&code).await.success());
        assert_eq!((ada.email.as_str(), &ada.answer["user"]["name"]), ("ada@example.com", &json!("Ada Example")));
        ids.push(ada.id().to_owned());
        app.run_workers().await;
    }
    assert_eq!(ids[0], ids[1]);
    assert!(app.subjects_to("ada@example.com").iter().any(|subject| subject.starts_with("Welcome")));
}

#[tokio::test]
async fn a_person_who_refuses_there_is_led_back_without_anything() {
    let Some(provider) = Provider::start().await else { return };
    let app = application(&provider, CLIENT_SECRET);
    let back = visit(&provider, &app.browser(), "nobody").await;
    assert_eq!(back.header("location"), format!("{BACK}?error_code=oauth_callback"));
}

#[tokio::test]
async fn a_client_that_the_provider_does_not_know_signs_nobody_in() {
    let Some(provider) = Provider::start().await else { return };
    let app = application(&provider, "another secret");
    let back = visit(&provider, &app.browser(), "ada").await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_callback"));
}

#[tokio::test]
async fn an_account_connects_it_and_signs_in_by_it() {
    let Some(provider) = Provider::start().await else { return };
    let app = application(&provider, CLIENT_SECRET);
    let bea = app.new_account("bea@example.org").await;
    let browser = app.signed_in_browser("bea@example.org").await;
    let url = browser.post("/api/auth/social/accounts/real/connect", json!({})).await.text_of("authorize_url");
    let back = provider.sign_in(&url, "ada").await;
    let back = browser.get(back.strip_prefix("https://id.example.com").unwrap()).await;
    assert_eq!(answered(&back, "connected").as_deref(), Some("real"));
    app.run_workers().await;
    let back = visit(&provider, &app.browser(), "ada").await;
    let again = Person::of(app.exchange(&answered(&back, "exchange_code").unwrap()).await.success());
    assert_eq!(again.id(), bea.id());
    app.run_workers().await;
}

#[tokio::test]
async fn people_sign_in_by_a_github_that_listens_and_connect_a_facebook_that_does() {
    let app = TestApp::with_config(&[("OAUTH_DEFAULT_REDIRECT", BACK), ("RATE_SOCIAL", "1000/min")]).asking_outside();
    listen(&app).await;
    let ada = app.new_account_by("github", &ada_at_github()).await;
    assert_eq!((ada.email.as_str(), &ada.answer["user"]["username"]), ("ada@gmail.com", &json!("ada")));
    let token = app.providers.access_token(&ada_at_facebook(), CLIENT_ID);
    let body = json!({ "access_token": token });
    ada.calling(&app).post("/api/auth/social/accounts/facebook/connect", body.clone()).await.success();
    for answer in [
        app.come_by("facebook", &ada_at_facebook()).await,
        app.anon().post("/api/auth/social/facebook", body).await,
        app.come_by("github", &ada_at_github()).await,
    ] {
        assert_eq!(Person::of(answer.success()).id(), ada.id());
    }
    let foreign = app.providers.access_token(&ada_at_github(), "another-client");
    let answer = app.anon().post("/api/auth/social/github", json!({ "access_token": foreign })).await;
    assert_eq!(answer.summary(), "400 provider_token_invalid");
    app.run_workers().await;
}

#[tokio::test]
async fn an_answer_that_leads_elsewhere_or_never_ends_is_none_on_the_wire_either() {
    let app = TestApp::with_config(&[("OAUTH_DEFAULT_REDIRECT", BACK), ("RATE_SOCIAL", "1000/min")]).asking_outside();
    listen(&app).await;
    let elsewhere = |app: &TestApp| app.providers.lead_elsewhere("/login/oauth/access_token", "http://localhost:9/");
    let flood = |app: &TestApp| app.providers.flood("api.github.com/user");
    for (misbehave, asked) in [(elsewhere as fn(&TestApp), "/login/oauth/access_token"), (flood, "api.github.com/user")]
    {
        app.providers.behave();
        app.providers.take_calls();
        misbehave(&app);
        let back = app.visit(&app.browser(), "github", &ada_at_github()).await;
        assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_callback"), "{asked}");
        assert_eq!(app.providers.calls_to(asked), 1, "nothing is sent twice");
    }
}
