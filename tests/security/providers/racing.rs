//! Two at once: whoever asks twice at the same moment gets no more than whoever asks once.

use futures_util::future::{join, join_all};
use latchkey_tests::{Answer, CLIENT_ID, Person, TestApp, ada_at_acme, ada_at_github, ada_at_google, answered};
use serde_json::{Value, json};

const ACCOUNTS: &str = "/api/auth/social/accounts";

/// How many items of a kind there are.
fn count(app: &TestApp, entity: &str) -> usize {
    app.engine.scan("MainTable").iter().filter(|item| item["entity"]["S"] == entity).count()
}

async fn disconnect(app: &TestApp, person: &Person, provider: &str) -> Answer {
    person.calling(app).post(&format!("{ACCOUNTS}/{provider}/disconnect"), json!({})).await
}

#[tokio::test]
async fn coming_for_the_first_time_by_two_providers_with_one_address() {
    for _ in 0..5 {
        let app = TestApp::with_providers();
        let callback = |provider: &str| format!("https://id.example.com/api/oauth/{provider}/callback");
        let by = async |provider: &str, person: Value| {
            let code = app.providers.code(&person, &callback(provider));
            app.anon().post(&format!("/api/auth/social/{provider}"), json!({ "code": code })).await.summary()
        };
        let (github, acme) = join(by("github", ada_at_github()), by("acme", ada_at_acme())).await;
        for answer in [&github, &acme] {
            assert!(["200", "409 account_not_linked", "503 unavailable"].contains(&answer.as_str()), "{answer}");
        }
        assert_eq!([github, acme].iter().filter(|answer| *answer == "200").count(), 1);
        assert_eq!([count(&app, "Account"), count(&app, "SocialLink"), count(&app, "SocialClaim")], [1, 1, 1]);
        app.run_workers().await;
    }
}

#[tokio::test]
async fn exchanging_two_codes_of_one_newcomer() {
    for _ in 0..5 {
        let app = TestApp::with_providers();
        let mut codes = Vec::new();
        for _ in 0..2 {
            let back = app.visit(&app.browser(), "google", &ada_at_google()).await;
            codes.push(answered(&back, "exchange_code").unwrap());
        }
        let answers = join_all(codes.iter().map(|code| app.exchange(code))).await;
        assert!(answers.iter().any(|answer| answer.status == 200));
        for (code, answer) in codes.iter().zip(&answers) {
            // Whoever was beaten to it has lost nothing.
            let again = app.exchange(code).await.summary();
            let expected = if answer.status == 200 { "400 code_invalid" } else { "200" };
            assert_eq!(again, expected, "{}", answer.summary());
        }
        assert_eq!([count(&app, "Account"), count(&app, "SocialLink"), count(&app, "SocialClaim")], [1, 1, 1]);
        app.run_workers().await;
    }
}

#[tokio::test]
async fn exchanging_one_code_of_somebody_with_a_second_factor() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    app.enrol_totp(&ada).await;
    app.run_workers().await;
    let back = app.visit(&app.browser(), "google", &ada_at_google()).await;
    let code = answered(&back, "exchange_code").unwrap();
    let answers = join_all((0..20).map(|_| app.exchange(&code))).await;
    let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(good.len(), 1);
    let body = good[0].json();
    assert_eq!(body["status"], "mfa_required");
    assert!(["access", "refresh", "device_token", "user"].iter().all(|field| body[*field].is_null()), "{body}");
}

#[tokio::test]
async fn giving_up_the_last_two_ways_in() {
    for _ in 0..10 {
        let app = TestApp::with_providers();
        let ada = app.new_account_by("google", &ada_at_google()).await;
        app.enrol_passkey(&ada).await;
        app.run_workers().await;
        let listed = ada.calling(&app).get("/api/auth/mfa/passkeys").await.success();
        let passkey = format!("/api/auth/mfa/passkeys/{}", listed["items"][0]["id"].as_str().unwrap());
        let calling = ada.calling(&app);
        let (provider, passkey) = join(disconnect(&app, &ada, "google"), calling.delete(&passkey)).await;
        let done = [&provider, &passkey].into_iter().filter(|answer| answer.status.is_success()).count();
        assert_eq!(done, 1, "{} {}", provider.summary(), passkey.summary());
        app.run_workers().await;
    }
}

#[tokio::test]
async fn connecting_and_disconnecting_the_same_at_once() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let token = app.providers.access_token(&ada_at_github(), CLIENT_ID);
    let body = json!({ "access_token": token });
    let path = format!("{ACCOUNTS}/github/connect");
    ada.calling(&app).post(&path, body.clone()).await.success();
    let calling = ada.calling(&app);
    let (gone, there) = join(disconnect(&app, &ada, "github"), calling.post(&path, body)).await;
    assert_eq!(gone.status, 200);
    let status = ada.calling(&app).get(&format!("{ACCOUNTS}/status")).await.success();
    let connected = status["social_accounts"]["github"]["connected"] == true;
    assert_eq!(connected, there.status == 200, "{}", there.summary());
    let expected = usize::from(connected);
    assert_eq!([count(&app, "SocialLink"), count(&app, "SocialClaim")], [expected, expected]);
    app.run_workers().await;
}

#[tokio::test]
async fn connecting_while_the_account_leaves() {
    let app = TestApp::with_providers();
    app.new_account("ada@example.com").await;
    let browser = app.signed_in_browser("ada@example.com").await;
    let url = browser.post(&format!("{ACCOUNTS}/google/connect"), json!({})).await.text_of("authorize_url");
    let ada = Person::of(app.sign_in("ada@example.com").await.success());
    ada.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    let back = browser.get(&app.providers.allow(&url, &ada_at_google())).await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_callback"));
    let leaving = Person::of(app.sign_in("ada@example.com").await.success());
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    for (act, body) in
        [("connect", json!({ "access_token": token })), ("connect", json!({})), ("disconnect", json!({}))]
    {
        let answer = leaving.calling(&app).post(&format!("{ACCOUNTS}/google/{act}"), body).await;
        assert_eq!(answer.summary(), "403 deletion_pending", "{act}");
    }
    assert_eq!([count(&app, "SocialLink"), count(&app, "SocialClaim")], [0, 0]);
    app.run_workers().await;
}
