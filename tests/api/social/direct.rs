//! A client shows what it got from a provider by itself.

use latchkey_tests::{BACK, CLIENT_ID, Person, TestApp, ada_at_acme, ada_at_facebook, ada_at_github, ada_at_google};
use serde_json::{Value, json};

async fn sign_in(app: &TestApp, provider: &str, body: Value) -> latchkey_tests::Answer {
    app.anon().post(&format!("/api/auth/social/{provider}"), body).await
}

#[tokio::test]
async fn an_access_token_of_our_client_signs_its_person_in() {
    for (provider, person) in [("google", ada_at_google()), ("github", ada_at_github())] {
        let app = TestApp::with_providers();
        let token = app.providers.access_token(&person, CLIENT_ID);
        let ada = Person::of(sign_in(&app, provider, json!({ "access_token": token })).await.success());
        assert_eq!(ada.email, "ada@gmail.com", "{provider}");
        app.run_workers().await;
    }
}

#[tokio::test]
async fn facebook_signs_in_whom_it_is_connected_to() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    let token = app.providers.access_token(&ada_at_facebook(), CLIENT_ID);
    let unknown = sign_in(&app, "facebook", json!({ "access_token": token })).await.success();
    assert_eq!(unknown["status"], "email_verification_required", "its word for an address opens nothing");
    let body = json!({ "access_token": token });
    ada.calling(&app).post("/api/auth/social/accounts/facebook/connect", body.clone()).await.success();
    let again = Person::of(sign_in(&app, "facebook", body).await.success());
    assert_eq!(again.id(), ada.id());
    app.run_workers().await;
}

#[tokio::test]
async fn a_token_that_was_made_for_somebody_else_is_refused() {
    let app = TestApp::with_providers();
    for (provider, person) in
        [("google", ada_at_google()), ("github", ada_at_github()), ("facebook", ada_at_facebook())]
    {
        let token = app.providers.access_token(&person, "another-client");
        for token in [token.as_str(), "nobody-gave-this-out"] {
            let answer = sign_in(&app, provider, json!({ "access_token": token })).await;
            assert_eq!(answer.summary(), "400 provider_token_invalid", "{provider}");
        }
    }
    for provider in ["google", "acme"] {
        let token = app.providers.id_token(provider, &ada_at_google(), "another-client", None);
        let answer = sign_in(&app, provider, json!({ "id_token": token })).await;
        assert_eq!(answer.summary(), "400 provider_token_invalid", "{provider}");
    }
}

#[tokio::test]
async fn an_id_token_of_one_of_our_clients_signs_its_person_in() {
    let app = TestApp::with_providers();
    for (client, nonce) in [(CLIENT_ID, None), ("our-telephone-client", Some("n-1"))] {
        let token = app.providers.id_token("google", &ada_at_google(), client, nonce);
        let ada = sign_in(&app, "google", json!({ "id_token": token, "nonce": nonce })).await.success();
        assert_eq!(ada["user"]["email"], "ada@gmail.com");
    }
    let token = app.providers.id_token("google", &ada_at_google(), CLIENT_ID, Some("n-1"));
    let wrong = sign_in(&app, "google", json!({ "id_token": token, "nonce": "n-2" })).await;
    assert_eq!(wrong.summary(), "400 provider_token_invalid");
    app.run_workers().await;
}

#[tokio::test]
async fn a_code_signs_its_person_in_where_it_comes_from_a_page_of_ours() {
    let app = TestApp::with_providers_and(&[("OAUTH_REDIRECTS", "https://app.example.com/popup")]);
    let ours = "https://id.example.com/api/oauth/google/callback";
    for (handed_out_at, told) in [
        (ours, None),
        // Google's own script hands codes out in a window that it opens.
        ("postmessage", Some("postmessage")),
        ("https://app.example.com/popup", Some("https://app.example.com/popup")),
        (BACK, Some(BACK)),
    ] {
        let code = app.providers.code(&ada_at_google(), handed_out_at);
        let body = json!({ "code": code, "redirect_uri": told });
        assert_eq!(sign_in(&app, "google", body).await.status, 200, "{handed_out_at}");
    }
    let code = app.providers.code(&ada_at_google(), "https://evil.example/");
    let elsewhere = json!({ "code": code, "redirect_uri": "https://evil.example/" });
    assert_eq!(sign_in(&app, "google", elsewhere).await.details(), "422 validation_failed /redirect_uri not_allowed");
    let other = sign_in(&app, "google", json!({ "code": code })).await;
    assert_eq!(other.summary(), "400 provider_token_invalid", "it was handed out elsewhere");
    app.run_workers().await;
}

#[tokio::test]
async fn a_code_of_github_and_of_the_other_issuer_is_redeemed() {
    let app = TestApp::with_providers();
    for (provider, person) in [("github", ada_at_github()), ("acme", ada_at_acme())] {
        let mut person = person;
        person["email"] = json!(format!("{provider}@example.com"));
        if provider == "github" {
            person["emails"][1]["email"] = json!("github@example.com");
        }
        let code = app.providers.code(&person, &format!("https://id.example.com/api/oauth/{provider}/callback"));
        let answer = sign_in(&app, provider, json!({ "code": code })).await.success();
        assert_eq!(answer["user"]["email"], format!("{provider}@example.com"));
        assert_eq!(sign_in(&app, provider, json!({ "code": code })).await.summary(), "400 provider_token_invalid");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn what_a_provider_cannot_check_is_refused() {
    let app = TestApp::with_providers();
    for (provider, body) in [
        ("acme", json!({ "access_token": "x" })),
        ("github", json!({ "id_token": "x" })),
        ("facebook", json!({ "id_token": "x" })),
    ] {
        assert_eq!(sign_in(&app, provider, body).await.summary(), "400 provider_token_invalid", "{provider}");
    }
}

#[tokio::test]
async fn a_body_shows_one_thing_in_plain_characters() {
    let app = TestApp::with_providers();
    for (body, expected) in [
        (json!({}), "422 validation_failed  missing"),
        (json!({ "access_token": "a", "code": "b" }), "422 validation_failed  too_many"),
        (json!({ "access_token": "" }), "422 validation_failed /access_token invalid"),
        (json!({ "code": "a b" }), "422 validation_failed /code invalid"),
        (json!({ "id_token": "é" }), "422 validation_failed /id_token invalid"),
        (json!({ "id_token": "x".repeat(16 * 1024 + 1) }), "422 validation_failed /id_token invalid"),
        (json!({ "access_token": "a", "device_name": "\n" }), "422 validation_failed /device_name invalid"),
        (json!({ "access_token": "a", "role": "admin" }), "422 invalid_body /role unknown"),
    ] {
        assert_eq!(sign_in(&app, "google", body.clone()).await.details(), expected, "{body}");
    }
    assert_eq!(sign_in(&app, "nobody", json!({ "access_token": "a" })).await.summary(), "404 not_found");
}

#[tokio::test]
async fn a_provider_that_is_not_to_be_had_is_no_fault_of_the_token() {
    let app = TestApp::with_providers();
    app.providers.answer("tokeninfo", 503, &json!({}));
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    let answer = sign_in(&app, "google", json!({ "access_token": token })).await;
    assert_eq!(answer.summary(), "503 unavailable");
    assert!(!answer.header("retry-after").is_empty());
    app.providers.behave();
    sign_in(&app, "google", json!({ "access_token": token })).await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn postmessage_is_a_word_of_googles_alone() {
    let app = TestApp::with_providers();
    for (provider, person) in [("github", ada_at_github()), ("facebook", ada_at_facebook()), ("acme", ada_at_acme())] {
        let code = app.providers.code(&person, "postmessage");
        let body = json!({ "code": code, "redirect_uri": "postmessage" });
        let answer = sign_in(&app, provider, body).await;
        assert_eq!(answer.details(), "422 validation_failed /redirect_uri not_allowed", "{provider}");
        assert_eq!(app.providers.calls_to("token"), 0, "{provider} was not asked");
    }
}

#[tokio::test]
async fn a_nonce_is_compared_with_that_of_a_code_too() {
    let app = TestApp::with_providers();
    for (provider, person) in [("google", ada_at_google()), ("acme", ada_at_acme())] {
        let callback = format!("https://id.example.com/api/oauth/{provider}/callback");
        for (asked_with, shown, good) in
            [(Some("n-1"), Some("n-1"), true), (Some("n-1"), Some("n-2"), false), (None, Some("n-1"), false)]
        {
            let mut person = person.clone();
            person["email"] = json!(format!("{provider}@gmail.com"));
            let code = app.providers.code_bound_to(&person, &callback, asked_with, None);
            let answer = sign_in(&app, provider, json!({ "code": code, "nonce": shown })).await;
            let expected = if good { "200" } else { "400 provider_token_invalid" };
            assert_eq!(answer.summary(), expected, "{provider} {asked_with:?} {shown:?}");
        }
    }
    app.run_workers().await;
}

#[tokio::test]
async fn a_nonce_that_cannot_be_compared_is_not_passed_over() {
    let app = TestApp::with_providers();
    for (provider, person) in [("github", ada_at_github()), ("facebook", ada_at_facebook())] {
        let code = app.providers.code(&person, &format!("https://id.example.com/api/oauth/{provider}/callback"));
        let answer = sign_in(&app, provider, json!({ "code": code, "nonce": "n-1" })).await;
        assert_eq!(answer.summary(), "400 provider_token_invalid", "{provider} knows no nonces");
    }
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    let answer = sign_in(&app, "google", json!({ "access_token": token, "nonce": "n-1" })).await;
    assert_eq!(answer.details(), "422 validation_failed /nonce not_allowed");
}

#[tokio::test]
async fn the_verifier_of_a_code_is_shown_to_its_provider() {
    let app = TestApp::with_providers();
    // RFC 7636, appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for (provider, person) in [("google", ada_at_google()), ("github", ada_at_github())] {
        let callback = format!("https://id.example.com/api/oauth/{provider}/callback");
        for (shown, expected) in [
            (None, "400 provider_token_invalid"),
            (Some(challenge), "400 provider_token_invalid"),
            (Some(verifier), "200"),
        ] {
            let mut person = person.clone();
            person["email"] = json!(format!("{provider}@gmail.com"));
            if provider == "github" {
                person["emails"][1]["email"] = json!("github@gmail.com");
            }
            let code = app.providers.code_bound_to(&person, &callback, None, Some(challenge));
            let answer = sign_in(&app, provider, json!({ "code": code, "code_verifier": shown })).await;
            assert_eq!(answer.summary(), expected, "{provider} {shown:?}");
        }
    }
    app.run_workers().await;
}
