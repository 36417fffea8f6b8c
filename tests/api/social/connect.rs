//! Connecting providers to one's own account, and disconnecting them.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{
    Answer, BACK, CLIENT_ID, CLIENT_SECRET, NEW_PASSWORD, Person, TestApp, ada_at_facebook, ada_at_github,
    ada_at_google, answered,
};
use serde_json::{Value, json};

async fn connect(app: &TestApp, person: &Person, provider: &str, at_provider: &Value) -> Answer {
    let token = app.providers.access_token(at_provider, CLIENT_ID);
    let path = format!("/api/auth/social/accounts/{provider}/connect");
    person.calling(app).post(&path, json!({ "access_token": token })).await
}

async fn disconnect(app: &TestApp, person: &Person, provider: &str) -> Answer {
    person.calling(app).post(&format!("/api/auth/social/accounts/{provider}/disconnect"), json!({})).await
}

#[tokio::test]
async fn a_token_connects_its_provider_at_once() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let other = Person::of(app.sign_in("ada@example.com").await.success());
    let connected = connect(&app, &ada, "github", &ada_at_github()).await.success();
    assert_eq!((&connected["provider"], &connected["uid"]), (&json!("github"), &json!("42")));
    assert_eq!(connected["provider_display"], "GitHub");
    assert_eq!(other.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid", "the others end");
    ada.calling(&app).get("/api/auth/me").await.success();
    app.run_workers().await;
    assert_eq!(app.mail_to("ada@example.com").subject, "GitHub signs you in to Acme now");
    let by_github = Person::of(app.come_by("github", &ada_at_github()).await.success());
    assert_eq!(by_github.id(), ada.id());
    app.run_workers().await;
}

#[tokio::test]
async fn a_browser_is_sent_to_the_provider_and_comes_back_connected() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let browser = app.signed_in_browser("ada@example.com").await;
    let target = "/api/auth/social/accounts/google/connect";
    let url = browser.post(target, json!({})).await.text_of("authorize_url");
    let back = browser.get(&app.providers.allow(&url, &ada_at_google())).await;
    assert_eq!(back.header("location"), format!("{BACK}?connected=google"));
    app.run_workers().await;
    let status = browser.get("/api/auth/social/accounts/status").await.success();
    assert_eq!(status["social_accounts"]["google"], json!({ "connected": true, "uid": "1100" }));
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(browser.post(target, json!({})).await.summary(), "409 provider_connected");
}

#[tokio::test]
async fn whoever_ended_the_session_meanwhile_keeps_the_provider_out() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let browser = app.signed_in_browser("ada@example.com").await;
    let url = browser.post("/api/auth/social/accounts/google/connect", json!({})).await.text_of("authorize_url");
    ada.calling(&app).delete("/api/auth/sessions").await.success();
    let back = browser.get(&app.providers.allow(&url, &ada_at_google())).await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_callback"));
    let status = ada.calling(&app).get("/api/auth/social/accounts/status").await.success();
    assert_eq!(status["social_accounts"]["google"]["connected"], false);
    app.run_workers().await;
}

#[tokio::test]
async fn what_another_account_has_cannot_be_connected() {
    let app = TestApp::with_providers();
    app.new_account_by("google", &ada_at_google()).await;
    let bea = app.new_account("bea@example.com").await;
    assert_eq!(connect(&app, &bea, "google", &ada_at_google()).await.summary(), "409 social_account_taken");
    let browser = app.signed_in_browser("bea@example.com").await;
    let url = browser.post("/api/auth/social/accounts/google/connect", json!({})).await.text_of("authorize_url");
    let back = browser.get(&app.providers.allow(&url, &ada_at_google())).await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_account_not_linked"));
    app.run_workers().await;
}

#[tokio::test]
async fn an_account_has_one_identity_of_a_provider() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    let mut other = ada_at_google();
    other["sub"] = json!("2200");
    assert_eq!(connect(&app, &ada, "google", &other).await.summary(), "409 provider_connected");
    assert_eq!(connect(&app, &ada, "google", &ada_at_google()).await.summary(), "409 provider_connected");
}

#[tokio::test]
async fn of_many_who_connect_one_identity_at_once_one_has_it() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let bea = app.new_account("bea@example.com").await;
    let (both, identity) = ([&ada, &bea, &ada, &bea], ada_at_github());
    let answers = join_all(both.map(|person| connect(&app, person, "github", &identity))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    let claims = app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == "SocialClaim").count();
    let links = app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == "SocialLink").count();
    assert_eq!((claims, links), (1, 1));
    app.run_workers().await;
}

#[tokio::test]
async fn connecting_and_disconnecting_need_a_fresh_session() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    app.advance(SignedDuration::from_mins(6));
    for act in ["connect", "disconnect"] {
        let path = format!("/api/auth/social/accounts/google/{act}");
        let answer = ada.calling(&app).post(&path, json!({})).await;
        assert_eq!(answer.summary(), "403 step_up_required");
        assert_eq!(answer.json()["methods"], json!(["email"]), "the account has no password");
    }
}

#[tokio::test]
async fn a_provider_stands_in_for_the_mailbox_and_for_no_password() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    connect(&app, &ada, "github", &ada_at_github()).await.success();
    let by_github = Person::of(app.come_by("github", &ada_at_github()).await.success());
    let answer = disconnect(&app, &by_github, "github").await;
    assert_eq!(answer.summary(), "403 step_up_required");
    assert_eq!(answer.json()["methods"], json!(["password"]));
    app.run_workers().await;
}

#[tokio::test]
async fn the_last_way_in_is_never_disconnected() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    assert_eq!(disconnect(&app, &ada, "google").await.summary(), "400 last_login_method");
    assert_eq!(disconnect(&app, &ada, "github").await.summary(), "404 not_found");
    connect(&app, &ada, "github", &ada_at_github()).await.success();
    app.run_workers().await;
    let answer = disconnect(&app, &ada, "google").await.success();
    assert_eq!(answer["message"], "Google was disconnected.");
    assert_eq!(disconnect(&app, &ada, "github").await.summary(), "400 last_login_method");
    app.run_workers().await;
    assert_eq!(app.mail_to("ada@gmail.com").subject, "Google does not sign you in to Acme any more");
    let back = app.visit(&app.browser(), "google", &ada_at_google()).await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_account_not_linked"), "GitHub stands behind it");
}

#[tokio::test]
async fn a_provider_that_the_owner_has_no_client_with_any_more_is_no_way_in() {
    let mut app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    connect(&app, &ada, "github", &ada_at_github()).await.success();
    app.run_workers().await;
    let client = json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET });
    app.vault.put("providers", &json!({ "google": client }));
    app.restart();
    assert_eq!(disconnect(&app, &ada, "google").await.summary(), "400 last_login_method");
    disconnect(&app, &ada, "github").await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn both_acts_are_in_the_persons_own_log() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    app.advance(SignedDuration::from_secs(1));
    connect(&app, &ada, "github", &ada_at_github()).await.success();
    app.advance(SignedDuration::from_secs(1));
    disconnect(&app, &ada, "github").await.success();
    app.run_workers().await;
    let log = ada.calling(&app).get("/api/auth/security-log").await.success();
    let newest: Vec<_> = log["items"].as_array().unwrap().iter().take(2).map(|row| row["event"].clone()).collect();
    assert_eq!(newest, ["SOCIAL_ACCOUNT_DISCONNECTED", "SOCIAL_ACCOUNT_CONNECTED"]);
}

#[tokio::test]
async fn of_two_who_disconnect_both_providers_at_once_one_stays() {
    for _ in 0..10 {
        let app = TestApp::with_providers();
        let ada = app.new_account_by("google", &ada_at_google()).await;
        connect(&app, &ada, "github", &ada_at_github()).await.success();
        let answers = join_all(["google", "github"].map(|provider| disconnect(&app, &ada, provider))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        let status = ada.calling(&app).get("/api/auth/social/accounts/status").await.success();
        let accounts = status["social_accounts"].as_object().unwrap();
        assert_eq!(accounts.values().filter(|one| one["connected"] == true).count(), 1);
        app.run_workers().await;
    }
}

#[tokio::test]
async fn with_a_password_the_only_provider_can_go() {
    let app = TestApp::with_providers();
    app.new_account_by("google", &ada_at_google()).await;
    app.ask_for_reset("ada@gmail.com").await.success();
    app.run_workers().await;
    app.reset_password("ada@gmail.com", &app.code_to("ada@gmail.com"), NEW_PASSWORD).await;
    app.run_workers().await;
    let body = json!({ "login": "ada@gmail.com", "password": NEW_PASSWORD });
    let ada = Person::of(app.anon().post("/api/auth/token", body).await.success());
    disconnect(&app, &ada, "google").await.success();
    app.run_workers().await;
    let status = ada.calling(&app).get("/api/auth/social/accounts/status").await.success();
    assert_eq!(status["has_password"], true);
    assert_eq!(status["social_accounts"]["google"]["connected"], false);
}

#[tokio::test]
async fn what_was_disconnected_can_be_connected_elsewhere() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    connect(&app, &ada, "github", &ada_at_github()).await.success();
    disconnect(&app, &ada, "github").await.success();
    let bea = app.new_account("bea@example.com").await;
    connect(&app, &bea, "github", &ada_at_github()).await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn refusals_of_the_provider_are_told() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let token = app.providers.access_token(&ada_at_facebook(), "another-client");
    let path = "/api/auth/social/accounts/facebook/connect";
    let answer = ada.calling(&app).post(path, json!({ "access_token": token })).await;
    assert_eq!(answer.summary(), "400 provider_token_invalid");
    let unknown = ada.calling(&app).post("/api/auth/social/accounts/nobody/connect", json!({})).await;
    assert_eq!(unknown.summary(), "404 not_found");
    let elsewhere = json!({ "redirect_to": "https://evil.example/" });
    assert_eq!(
        ada.calling(&app).post(path, elsewhere).await.details(),
        "422 validation_failed /redirect_to not_allowed"
    );
    let elsewhere = json!({ "code": "x", "redirect_uri": "https://evil.example/" });
    assert_eq!(
        ada.calling(&app).post(path, elsewhere).await.details(),
        "422 validation_failed /redirect_uri not_allowed"
    );
}
