//! Who is given an account that is there, and what of it is left.

use latchkey_tests::{
    CLIENT_ID, CLIENT_SECRET, PASSWORD, Person, TestApp, ada_at_acme, ada_at_facebook, ada_at_github, ada_at_google,
    answered,
};
use serde_json::json;

const ADA: &str = "ada@gmail.com";

async fn error_of(app: &TestApp, provider: &str, person: &serde_json::Value) -> Option<String> {
    answered(&app.visit(&app.browser(), provider, person).await, "error_code")
}

#[tokio::test]
async fn who_knows_whose_the_address_is_opens_its_account_and_nobody_else_does() {
    let mut workspace = ada_at_google();
    workspace["email"] = json!("ada@acme.test");
    workspace["hd"] = json!("acme.test");
    let mut foreign = ada_at_google();
    foreign["email"] = json!("ada@example.com");
    let mut own_domain = ada_at_acme();
    own_domain["email"] = json!("ada@acme.test");
    for (provider, person, address, given) in [
        ("google", ada_at_google(), ADA, true),
        ("google", workspace, "ada@acme.test", true),
        ("google", foreign, "ada@example.com", false),
        ("github", ada_at_github(), ADA, false),
        ("acme", ada_at_acme(), ADA, false),
        ("acme", own_domain, "ada@acme.test", true),
    ] {
        let app = TestApp::with_providers();
        let ada = app.new_account(address).await;
        let error = error_of(&app, provider, &person).await;
        if given {
            assert_eq!(error, None, "{provider} {person}");
            let signed_in = Person::of(app.come_by(provider, &person).await.success());
            assert_eq!(signed_in.id(), ada.id());
        } else {
            assert_eq!(error.as_deref(), Some("oauth_account_not_linked"), "{provider} {person}");
        }
        app.run_workers().await;
    }
}

#[tokio::test]
async fn facebooks_word_for_an_address_opens_no_account() {
    let mut sure = ada_at_facebook();
    sure["email_verified"] = json!(true);
    for person in [ada_at_facebook(), sure] {
        let app = TestApp::with_providers();
        app.new_account(ADA).await;
        let next = app.come_by("facebook", &person).await.success();
        assert_eq!(next["status"], "email_verification_required", "{person}");
        app.run_workers().await;
        assert_eq!(app.mail_to(ADA).subject, "Your Acme account", "its owner is told that there is one");
    }
}

#[tokio::test]
async fn a_github_that_gives_mailboxes_out_is_the_owners_to_name() {
    let app = TestApp::with_providers();
    let github = json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "authoritative_for": ["Gmail.com"] });
    app.vault.put("providers", &json!({ "github": github }));
    let ada = app.new_account(ADA).await;
    let signed_in = Person::of(app.come_by("github", &ada_at_github()).await.success());
    assert_eq!(signed_in.id(), ada.id());
    let mut elsewhere = ada_at_github();
    elsewhere["id"] = json!(43);
    elsewhere["emails"] = json!([{ "email": "bea@example.com", "primary": true, "verified": true }]);
    app.new_account("bea@example.com").await;
    assert_eq!(error_of(&app, "github", &elsewhere).await.as_deref(), Some("oauth_account_not_linked"));
    app.run_workers().await;
}

#[tokio::test]
async fn who_has_the_account_connects_github_on_purpose_and_comes_by_it_then() {
    let app = TestApp::with_providers();
    let ada = app.new_account(ADA).await;
    assert_eq!(error_of(&app, "github", &ada_at_github()).await.as_deref(), Some("oauth_account_not_linked"));
    let token = app.providers.access_token(&ada_at_github(), CLIENT_ID);
    let body = json!({ "access_token": token });
    let direct = app.anon().post("/api/auth/social/github", body.clone()).await;
    assert_eq!(direct.summary(), "409 account_not_linked");
    ada.calling(&app).post("/api/auth/social/accounts/github/connect", body).await.success();
    let again = Person::of(app.come_by("github", &ada_at_github()).await.success());
    assert_eq!((again.id(), &again.answer["user"]["has_password"]), (ada.id(), &json!(true)), "nothing is lost");
    app.run_workers().await;
}

#[tokio::test]
async fn whoever_is_given_an_account_by_its_address_gets_it_alone_and_is_told() {
    let app = TestApp::with_providers();
    let before = app.new_account(ADA).await;
    let ada = Person::of(app.come_by("google", &ada_at_google()).await.success());
    assert_eq!(ada.id(), before.id());
    assert_eq!(ada.answer["user"]["has_password"], false);
    assert_eq!(before.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert!(app.sign_in(ADA).await.status.is_client_error(), "the password is void");
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert_eq!(mail.subject, "Google signs you in to Acme now");
    assert!(mail.text.contains("it does not work any more"), "{}", mail.text);
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    app.reset_password(ADA, &app.code_to(ADA), PASSWORD).await;
    app.run_workers().await;
    app.sign_in(ADA).await.success();
}

#[tokio::test]
async fn who_shows_a_known_device_loses_nothing() {
    let app = TestApp::with_providers();
    let before = app.new_account(ADA).await;
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    let body = json!({ "access_token": token, "device_token": app.device_of(ADA) });
    let ada = Person::of(app.anon().post("/api/auth/social/google", body).await.success());
    assert_eq!(ada.answer["user"]["has_password"], true);
    before.calling(&app).get("/api/auth/me").await.success();
    app.sign_in(ADA).await.success();
    app.run_workers().await;
    assert!(!app.mail_to(ADA).text.contains("it does not work any more"));
}

#[tokio::test]
async fn an_account_behind_which_more_stands_is_connected_on_purpose() {
    let app = TestApp::with_providers();
    let ada = app.new_account(ADA).await;
    app.enrol_totp(&ada).await;
    app.run_workers().await;
    assert_eq!(error_of(&app, "google", &ada_at_google()).await.as_deref(), Some("oauth_account_not_linked"));

    let app = TestApp::with_providers();
    app.new_account_by("google", &ada_at_google()).await;
    assert_eq!(error_of(&app, "github", &ada_at_github()).await.as_deref(), Some("oauth_account_not_linked"));

    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    app.change_email(&ada, ADA).await;
    app.run_workers().await;
    assert_eq!(error_of(&app, "google", &ada_at_google()).await.as_deref(), Some("oauth_account_not_linked"));
    app.advance(jiff::SignedDuration::from_hours(24 * 7 + 1));
    assert_eq!(error_of(&app, "google", &ada_at_google()).await, None, "nobody can take it back any more");

    let app = TestApp::with_providers();
    let ada = app.new_account(ADA).await;
    ada.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    assert_eq!(error_of(&app, "google", &ada_at_google()).await.as_deref(), Some("oauth_account_not_linked"));
}

#[tokio::test]
async fn an_address_that_somebody_gave_up_a_moment_ago_is_nobodys_yet() {
    let app = TestApp::with_providers();
    let ada = app.new_account(ADA).await;
    app.change_email(&ada, "ada@example.com").await;
    app.run_workers().await;
    assert_eq!(error_of(&app, "google", &ada_at_google()).await.as_deref(), Some("oauth_account_not_linked"));
}
