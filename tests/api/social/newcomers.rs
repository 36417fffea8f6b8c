//! New users of providers that do not vouch for an email address: a mailed code proves it.

use jiff::SignedDuration;
use latchkey_tests::{
    Answer, CLIENT_ID, Person, TestApp, ada_at_acme, ada_at_facebook, ada_at_github, ada_at_google, answered,
};
use serde_json::{Value, json};

const ADA: &str = "ada@gmail.com";
const TYPED: &str = "ada@example.com";

async fn name_address(app: &TestApp, token: &str, email: &str) -> Answer {
    let body = json!({ "registration_token": token, "email": email });
    app.anon().post("/api/oauth/exchange/email", body).await
}

/// Ada at Facebook, who gave it no email address.
fn without_address() -> Value {
    json!({ "id": "10223", "name": "Ada Lovelace" })
}

/// Comes by a provider; the token of the registration that waits for a code.
async fn begin(app: &TestApp, provider: &str, person: &Value) -> String {
    let answer = app.come_by(provider, person).await;
    assert_eq!(answer.summary(), "200", "{provider}");
    let answer = answer.json();
    assert_eq!(answer["status"], "email_verification_required", "{provider} {answer}");
    answer["registration_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_facebook_newcomer_gets_an_account_by_a_mailed_code() {
    let app = TestApp::with_providers();
    let answer = app.come_by("facebook", &ada_at_facebook()).await.success();
    assert_eq!((&answer["status"], &answer["email"]), (&json!("email_verification_required"), &json!(ADA)));
    assert!(answer["expires_at"].is_string());
    assert!(["access", "refresh", "device_token", "user"].iter().all(|field| answer[*field].is_null()), "{answer}");
    assert!(app.engine.scan("MainTable").iter().all(|item| item["entity"]["S"] != "Account"));
    app.run_workers().await;

    let token = answer["registration_token"].as_str().unwrap();
    let verified = app.verify_email(token, &app.code_to(ADA)).await;
    assert_eq!(verified.status, 201, "{}", verified.text);
    let ada = Person::of(verified.json());
    let user = &ada.answer["user"];
    assert_eq!((&user["email"], &user["name"]), (&json!(ADA), &json!("Ada Lovelace")));
    assert_eq!((&user["has_password"], &user["username"]), (&json!(false), &Value::Null));
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).last().unwrap(), "Welcome to Acme, Ada Lovelace");

    let status = ada.calling(&app).get("/api/auth/social/accounts/status").await.success();
    assert_eq!(status["social_accounts"]["facebook"], json!({ "connected": true, "uid": "10223" }));
    let log = ada.calling(&app).get("/api/auth/security-log").await.success();
    let events: Vec<&str> = log["items"].as_array().unwrap().iter().map(|row| row["event"].as_str().unwrap()).collect();
    for event in ["ACCOUNT_CREATED", "EMAIL_CONFIRMED", "SOCIAL_ACCOUNT_CONNECTED", "LOGIN"] {
        assert!(events.contains(&event), "{events:?}");
    }
    let disconnect = ada.calling(&app).post("/api/auth/social/accounts/facebook/disconnect", json!({})).await;
    assert_eq!(disconnect.summary(), "400 last_login_method");
    let again = Person::of(app.come_by("facebook", &ada_at_facebook()).await.success());
    assert_eq!(again.id(), ada.id());
    app.run_workers().await;
}

#[tokio::test]
async fn a_token_of_facebooks_own_kit_begins_the_same() {
    let app = TestApp::with_providers();
    let token = app.providers.access_token(&ada_at_facebook(), CLIENT_ID);
    let body = json!({ "access_token": token });
    let answer = app.anon().post("/api/auth/social/facebook", body.clone()).await.success();
    assert_eq!((&answer["status"], &answer["email"]), (&json!("email_verification_required"), &json!(ADA)));
    app.run_workers().await;
    let registration = answer["registration_token"].as_str().unwrap();
    let ada = Person::of(app.verify_email(registration, &app.code_to(ADA)).await.success());
    let again = Person::of(app.anon().post("/api/auth/social/facebook", body).await.success());
    assert_eq!(again.id(), ada.id());
    app.run_workers().await;
}

#[tokio::test]
async fn a_user_whose_provider_tells_no_email_address_names_one() {
    for (provider, person) in [
        ("facebook", without_address()),
        ("facebook", json!({ "id": "10223", "name": "Ada Lovelace", "email": "\"a b\"@gmail.com" })),
        ("google", json!({ "sub": "1100", "name": "Ada Lovelace" })),
    ] {
        let app = TestApp::with_providers();
        let answer = app.come_by(provider, &person).await.success();
        assert_eq!((&answer["status"], &answer["email"]), (&json!("email_verification_required"), &Value::Null));
        let token = answer["registration_token"].as_str().unwrap();
        assert_eq!(app.verify_email(token, "12345678").await.summary(), "400 code_invalid", "no code was mailed");
        let body = json!({ "registration_token": token });
        let resent = app.anon().post("/api/auth/verify-email/resend", body).await;
        assert_eq!(resent.summary(), "400 code_invalid", "there is no address");

        let named = name_address(&app, token, TYPED).await;
        assert_eq!(named.status, 202, "{}", named.text);
        let named = named.json();
        assert_eq!((&named["status"], &named["email"]), (&json!("email_verification_required"), &json!(TYPED)));
        app.run_workers().await;
        let ada = Person::of(app.verify_email(token, &app.code_to(TYPED)).await.success());
        assert_eq!(ada.email, TYPED);
        let again = Person::of(app.come_by(provider, &person).await.success());
        assert_eq!(again.id(), ada.id());
        app.run_workers().await;
    }
}

#[tokio::test]
async fn every_provider_that_has_not_verified_the_address_has_it_proven() {
    let mut google = ada_at_google();
    google["email_verified"] = json!(false);
    let mut acme = ada_at_acme();
    acme["email_verified"] = json!("no");
    let mut github = ada_at_github();
    github["emails"] = json!([{ "email": ADA, "primary": true, "verified": false, "visibility": null }]);
    for (provider, person) in [("google", google), ("acme", acme), ("github", github)] {
        let app = TestApp::with_providers();
        let token = begin(&app, provider, &person).await;
        app.run_workers().await;
        let ada = Person::of(app.verify_email(&token, &app.code_to(ADA)).await.success());
        assert_eq!(Person::of(app.come_by(provider, &person).await.success()).id(), ada.id(), "{provider}");
        app.run_workers().await;
    }
}

#[tokio::test]
async fn a_mistyped_address_is_corrected_and_its_code_dies() {
    let app = TestApp::with_providers();
    let token = begin(&app, "facebook", &ada_at_facebook()).await;
    app.run_workers().await;
    let first = app.code_to(ADA);
    assert_eq!(name_address(&app, &token, TYPED).await.status, 202);
    app.run_workers().await;
    assert_eq!(app.verify_email(&token, &first).await.summary(), "400 code_invalid", "it proves another mailbox");
    let ada = Person::of(app.verify_email(&token, &app.code_to(TYPED)).await.success());
    assert_eq!(ada.email, TYPED);
    app.run_workers().await;
}

#[tokio::test]
async fn the_mail_has_a_code_and_no_link_and_says_where_it_was_asked_for() {
    let app = TestApp::with_providers();
    begin(&app, "facebook", &ada_at_facebook()).await;
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert!(mail.subject.ends_with("is your Acme code"), "{}", mail.subject);
    assert!(mail.text.contains("Facebook") && mail.text.contains("203.0.113.9"), "{}", mail.text);
    // Whoever opens a link has read the mail, and need not be who came by the provider.
    for part in [&mail.text, &mail.html] {
        assert!(!part.contains("confirm-email") && !part.contains("lkc_"), "{part}");
        assert!(!part.contains("Lovelace"), "the address is not proven to be hers");
    }
}

#[tokio::test]
async fn the_mail_is_sent_again() {
    let app = TestApp::with_providers();
    let token = begin(&app, "facebook", &ada_at_facebook()).await;
    app.run_workers().await;
    let first = app.code_to(ADA);
    let resend = json!({ "registration_token": token });
    assert_eq!(app.anon().post("/api/auth/verify-email/resend", resend).await.status, 202);
    app.run_workers().await;
    assert!(app.mail_to(ADA).text.contains("Facebook"));
    assert_eq!(app.verify_email(&token, &first).await.summary(), "400 code_invalid");
    app.verify_email(&token, &app.code_to(ADA)).await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn code_and_registration_end() {
    let app = TestApp::with_providers();
    let token = begin(&app, "facebook", &ada_at_facebook()).await;
    app.run_workers().await;
    app.advance(SignedDuration::from_mins(10));
    assert_eq!(app.verify_email(&token, &app.code_to(ADA)).await.summary(), "400 code_invalid");
    app.advance(SignedDuration::from_hours(23));
    assert_eq!(name_address(&app, &token, TYPED).await.status, 202);
    app.run_workers().await;
    app.advance(SignedDuration::from_mins(50));
    assert_eq!(app.verify_email(&token, &app.code_to(TYPED)).await.summary(), "400 code_invalid");
    assert_eq!(name_address(&app, &token, ADA).await.summary(), "400 code_invalid");
    app.run_workers().await;
}

#[tokio::test]
async fn naming_an_address_takes_a_registration_by_a_provider_and_an_address() {
    let app = TestApp::with_providers();
    let by_password = app.register("bea@example.com").await.text_of("registration_token");
    let token = begin(&app, "facebook", &without_address()).await;
    let zeros = format!("lkg_{}", "A".repeat(64));
    for (body, expected) in [
        (json!({ "registration_token": token, "email": "nothing" }), "422 validation_failed /email invalid"),
        (json!({ "registration_token": "lkg_AAAA", "email": TYPED }), "400 code_invalid"),
        (json!({ "registration_token": zeros, "email": TYPED }), "400 code_invalid"),
        (json!({ "registration_token": by_password, "email": TYPED }), "400 code_invalid"),
        (json!({ "registration_token": token, "email": TYPED, "name": "Eve" }), "422 invalid_body /name unknown"),
    ] {
        let answer = app.anon().post("/api/oauth/exchange/email", body.clone()).await;
        assert!(answer.details().starts_with(expected), "{body}: {}", answer.details());
    }
    app.run_workers().await;
    assert!(app.subjects_to(TYPED).is_empty());
}

#[tokio::test]
async fn a_username_can_be_chosen_with_the_code() {
    let app = TestApp::with_providers();
    let first =
        json!({ "email": "bea@example.com", "name": "B", "password": latchkey_tests::PASSWORD, "username": "bea" });
    let bea = app.anon().post("/api/auth/register", first).await.text_of("registration_token");
    app.run_workers().await;
    app.verify_email(&bea, &app.code_to("bea@example.com")).await.success();
    let token = begin(&app, "facebook", &ada_at_facebook()).await;
    app.run_workers().await;
    let code = app.code_to(ADA);
    let verify = async |username: &str| {
        let body = json!({ "registration_token": token, "code": code, "username": username });
        app.anon().post("/api/auth/verify-email", body).await
    };
    assert_eq!(verify("bea").await.summary(), "409 username_taken");
    assert_eq!(verify("ada").await.success()["user"]["username"], "ada");
    app.run_workers().await;
}

#[tokio::test]
async fn a_newcomer_who_must_have_a_second_factor_enrols_one() {
    let app = TestApp::with_providers_and(&[("MFA_REQUIRED", "everybody")]);
    let token = begin(&app, "facebook", &ada_at_facebook()).await;
    app.run_workers().await;
    let next = app.verify_email(&token, &app.code_to(ADA)).await.success();
    assert_eq!(next["status"], "mfa_enrolment_required");
    app.run_workers().await;
    assert_eq!(app.come_by("facebook", &ada_at_facebook()).await.success()["status"], "mfa_enrolment_required");
    app.run_workers().await;
}

#[tokio::test]
async fn a_browser_gets_its_cookies_with_the_code() {
    let app = TestApp::with_providers();
    let browser = app.browser();
    let back = app.visit(&browser, "facebook", &ada_at_facebook()).await;
    let body = json!({ "exchange_code": answered(&back, "exchange_code").unwrap(), "cookie": true });
    let answer = browser.post("/api/oauth/exchange", body).await.success();
    assert_eq!(answer["status"], "email_verification_required");
    assert!(browser.cookie("__Host-access").is_none());
    app.run_workers().await;
    let body = json!({ "registration_token": answer["registration_token"], "code": app.code_to(ADA), "cookie": true });
    browser.post("/api/auth/verify-email", body).await.success();
    browser.get("/api/auth/me").await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn a_first_password_is_set_by_mail_as_for_every_account_without_one() {
    let app = TestApp::with_providers();
    let token = begin(&app, "facebook", &ada_at_facebook()).await;
    app.run_workers().await;
    app.verify_email(&token, &app.code_to(ADA)).await.success();
    app.run_workers().await;
    assert_eq!(app.sign_in_elsewhere(ADA).await.summary(), "401 invalid_credentials");
    assert_eq!(app.ask_for_reset(ADA).await.status, 202);
    app.run_workers().await;
    assert!(app.mail_to(ADA).text.contains("/reset-password?token="));
}
