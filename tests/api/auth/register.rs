//! `POST /api/auth/register`

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, TestApp};
use serde_json::json;

#[tokio::test]
async fn a_registration_answers_with_its_token_and_mails_code_and_link() {
    let app = TestApp::new();
    let answer = app.register("Ada@Example.com").await;
    assert_eq!(answer.summary(), "202");
    assert_eq!(answer.text_of("status"), "verification_required");
    assert_eq!(answer.text_of("expires_at"), "2026-03-03T09:30:00.000Z");
    assert!(answer.text_of("registration_token").starts_with("lkg_"));
    assert_eq!(answer.header("cache-control"), "no-store");
    app.run_workers().await;
    let mail = app.mail_to("Ada@example.com");
    assert_eq!(mail.from, "Acme <no-reply@example.com>");
    assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
    assert!(mail.subject.ends_with("is your Acme code"), "{}", mail.subject);
    assert!(mail.html.contains(&app.code_to("Ada@example.com")[..4]), "{}", mail.html);
    assert!(!mail.text.contains("Ada Lovelace"), "a stranger could write a letter in the name: {}", mail.text);
    assert!(mail.html.contains("https:&#x2f;&#x2f;id.example.com&#x2f;confirm-email?token=lkc_"), "{}", mail.html);
}

#[tokio::test]
async fn an_address_with_an_account_gets_the_same_answer_and_its_owner_a_mail() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    let known = app.register("ADA@example.com").await;
    let unknown = app.register("bea@example.com").await;
    assert_eq!(known.summary(), unknown.summary());
    app.run_workers().await;
    assert_eq!(app.mail_to("ADA@example.com").subject, "Your Acme account");
}

#[tokio::test]
async fn a_decoy_registration_cannot_be_confirmed() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    for code in ["00000000", "12345678", "99999999"] {
        assert_eq!(app.verify_email(&token, code).await.summary(), "400 code_invalid");
    }
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "200");
}

#[tokio::test]
async fn a_taken_username_is_refused_whatever_its_case() {
    let app = TestApp::new();
    let register = async |email: &str, username: &str| {
        let body = json!({ "email": email, "name": "A", "password": PASSWORD, "username": username });
        app.anon().post("/api/auth/register", body).await
    };
    let token = register("ada@example.com", "ada").await.text_of("registration_token");
    app.run_workers().await;
    app.verify_email(&token, &app.code_to("ada@example.com")).await.success();
    app.run_workers().await;
    assert_eq!(register("bea@example.com", "ADA").await.summary(), "409 username_taken");
    assert_eq!(app.waiting_mail(), 0);
}

#[tokio::test]
async fn weak_passwords_are_refused_with_the_reasons() {
    let app = TestApp::new();
    for (password, expected) in [
        ("Sh0rt!", "422 password_too_weak /password too_short"),
        ("password123", "422 password_too_weak /password breached"),
        ("adalovelace1", "422 password_too_weak /password guessable"),
        ("ada@example.com", "422 password_too_weak /password guessable"),
    ] {
        let body = json!({ "email": "ada@example.com", "name": "Ada Lovelace", "password": password });
        let answer = app.anon().post("/api/auth/register", body).await;
        assert_eq!(answer.details(), expected, "{password}");
        assert!(!answer.text.contains(password), "the answer quotes the password");
    }
}

#[tokio::test]
async fn a_minimum_of_the_owners_is_kept() {
    let app = TestApp::with_config(&[("PASSWORD_MIN_LENGTH", "40")]);
    assert_eq!(app.register("ada@example.com").await.details(), "422 password_too_weak /password too_short");
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::new();
    let body = json!({ "email": "ada", "name": " ", "password": "", "username": "a b" });
    let answer = app.anon().post("/api/auth/register", body).await;
    let problem = answer.json();
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/email", "/name", "/password", "/username"]);
}

#[tokio::test]
async fn the_sixteenth_registration_of_an_hour_from_one_address_waits() {
    let app = TestApp::new();
    for n in 0..15 {
        assert_eq!(app.register(&format!("person{n}@example.com")).await.summary(), "202");
    }
    let hashes = app.hashes();
    let refused = app.register("late@example.com").await;
    assert_eq!(refused.summary(), "429 rate_limited");
    assert_eq!(app.hashes(), hashes, "nothing is hashed for a request that is refused");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    let elsewhere = app.anon().from("198.51.100.7");
    let body = json!({ "email": "late@example.com", "name": "L", "password": PASSWORD });
    assert_eq!(elsewhere.post("/api/auth/register", body).await.summary(), "202");
    app.advance(SignedDuration::from_secs(wait));
    assert_eq!(app.register("later@example.com").await.summary(), "202");
    app.run_workers().await;
}

#[tokio::test]
async fn a_mail_address_gets_five_verification_mails_an_hour_from_wherever_they_are_asked_for() {
    let app = TestApp::new();
    let body = json!({ "email": "ada@example.com", "name": "A", "password": PASSWORD });
    for n in 0..5 {
        let asking = app.anon().from(&format!("198.51.100.{n}"));
        assert_eq!(asking.post("/api/auth/register", body.clone()).await.summary(), "202");
    }
    let asking = app.anon().from("198.51.100.99");
    assert_eq!(asking.post("/api/auth/register", body).await.summary(), "429 rate_limited");
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@example.com").len(), 5);
}

#[tokio::test]
async fn requests_that_mail_nothing_do_not_use_up_the_mail_address() {
    let app = TestApp::new();
    let register = async |caller: &latchkey_tests::Caller<'_>, password: &str| {
        let body = json!({ "email": "ada@example.com", "name": "A", "password": password });
        caller.post("/api/auth/register", body).await.summary()
    };
    for _ in 0..6 {
        assert_eq!(register(&app.anon(), "password123").await, "422 password_too_weak");
    }
    let hammering = app.anon().from("198.51.100.7");
    for n in 0..40 {
        let body = json!({ "email": format!("p{n}@example.com"), "name": "A", "password": "password123" });
        hammering.post("/api/auth/register", body).await;
    }
    for _ in 0..10 {
        assert_eq!(register(&hammering, PASSWORD).await, "429 rate_limited");
    }
    assert_eq!(register(&app.anon(), PASSWORD).await, "202");
    app.run_workers().await;
}

#[tokio::test]
async fn fifty_registrations_of_one_address_in_several_spellings_make_one_account() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let spellings = ["ada@example.com", "Ada@example.com", "ADA@EXAMPLE.COM", " ada@Example.com ", "aDA@exAMPLE.com"];
    let registered = join_all((0..50).map(|n| app.register(spellings[n % spellings.len()]))).await;
    app.run_workers().await;
    let mails = app.inbox.mails(None);
    assert_eq!(mails.len(), 50);
    let confirmed = join_all(registered.iter().map(async |answer| {
        let token = answer.text_of("registration_token");
        // A token and the link of its mail begin with the same sixteen bytes: the registration's id.
        let mail = mails.iter().find(|mail| mail.text.contains(&format!("lkc_{}", &token[4..25]))).unwrap();
        let code: String = mail.subject.chars().filter(char::is_ascii_digit).collect();
        app.verify_email(&token, &code).await
    }));
    let confirmed = confirmed.await.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(confirmed, 1, "one address, one account");
    app.run_workers().await;
    let accounts = app.engine.scan("MainTable").iter().filter(|item| item["entity"]["S"] == "Account").count();
    assert_eq!(accounts, 1);
}
