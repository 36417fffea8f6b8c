//! Coming by a provider that does not vouch for an email address, with somebody else's, or with two at once.

use futures_util::future::{join, join_all};
use latchkey_tests::{Answer, CLIENT_ID, PASSWORD, Person, TestApp, ada_at_facebook};
use serde_json::{Value, json};

const ADA: &str = "ada@gmail.com";

fn count(app: &TestApp, entity: &str) -> usize {
    app.engine.scan("MainTable").iter().filter(|item| item["entity"]["S"] == entity).count()
}

/// Somebody at Facebook, who says that this is their address.
fn at_facebook(id: &str, email: Option<&str>) -> Value {
    json!({ "id": id, "name": "Somebody", "email": email })
}

async fn begin(app: &TestApp, person: &Value) -> String {
    let token = app.providers.access_token(person, CLIENT_ID);
    let answer = app.anon().post("/api/auth/social/facebook", json!({ "access_token": token })).await;
    answer.text_of("registration_token")
}

async fn name_address(app: &TestApp, token: &str, email: &str) -> Answer {
    let body = json!({ "registration_token": token, "email": email });
    app.anon().post("/api/oauth/exchange/email", body).await
}

#[tokio::test]
async fn claiming_the_address_of_an_account() {
    let app = TestApp::with_providers();
    let ada = app.new_account(ADA).await;
    let token = begin(&app, &ada_at_facebook()).await;
    let named = begin(&app, &at_facebook("2", None)).await;
    assert_eq!(name_address(&app, &named, ADA).await.status, 202);
    app.run_workers().await;
    let subjects = app.subjects_to(ADA);
    assert_eq!(subjects.iter().filter(|subject| *subject == "Your Acme account").count(), 2, "{subjects:?}");
    assert!(!app.mail_to(ADA).text.contains("1234"), "there is no code in it");
    for token in [token, named] {
        for guess in ["00000000", "12345678"] {
            assert_eq!(app.verify_email(&token, guess).await.summary(), "400 code_invalid");
        }
    }
    let status = ada.calling(&app).get("/api/auth/social/accounts/status").await.success();
    assert_eq!(status["social_accounts"]["facebook"]["connected"], false);
    assert_eq!(Person::of(app.sign_in(ADA).await.success()).id(), ada.id(), "the owner has lost nothing");
    assert_eq!([count(&app, "Account"), count(&app, "SocialLink")], [1, 0]);
    app.run_workers().await;
}

#[tokio::test]
async fn being_there_first_with_a_victims_address() {
    let app = TestApp::with_providers();
    let eves = begin(&app, &at_facebook("666", Some(ADA))).await;
    app.run_workers().await;
    let mailed_to_ada = app.code_to(ADA);
    // The victim registers, and the code of one registration opens no other.
    let hers = app.register(ADA).await.text_of("registration_token");
    assert_eq!(app.verify_email(&hers, &mailed_to_ada).await.summary(), "400 code_invalid");
    app.run_workers().await;
    let ada = Person::of(app.verify_email(&hers, &app.code_to(ADA)).await.success());
    assert_eq!(
        app.verify_email(&eves, &mailed_to_ada).await.summary(),
        "400 code_invalid",
        "the address has an account"
    );
    let status = ada.calling(&app).get("/api/auth/social/accounts/status").await.success();
    assert_eq!(status["social_accounts"]["facebook"]["connected"], false);
    assert_eq!([count(&app, "Account"), count(&app, "SocialLink"), count(&app, "SocialClaim")], [1, 0, 0]);
    app.run_workers().await;
}

#[tokio::test]
async fn signing_in_with_a_password_while_the_registration_waits() {
    let app = TestApp::with_providers();
    begin(&app, &ada_at_facebook()).await;
    app.run_workers().await;
    let sent = app.subjects_to(ADA).len();
    for password in [PASSWORD, ""] {
        let mut answers = Vec::new();
        for login in [ADA, "bea@gmail.com"] {
            let answer = app.anon().post("/api/auth/token", json!({ "login": login, "password": password })).await;
            answers.push(answer.details());
        }
        assert_eq!(answers[0], answers[1], "{password}");
    }
    assert_eq!(app.ask_for_reset(ADA).await.status, 202);
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), sent, "an address without an account is mailed nothing");
}

#[tokio::test]
async fn keeping_the_password_of_a_registration_from_saying_that_it_waits() {
    let app = TestApp::with_providers();
    assert_eq!(app.register(ADA).await.status, 202);
    begin(&app, &ada_at_facebook()).await;
    app.run_workers().await;
    assert_eq!(app.sign_in_elsewhere(ADA).await.summary(), "403 verification_required", "it still waits");
}

#[tokio::test]
async fn fifty_confirmations_of_one_registration() {
    let app = TestApp::with_providers();
    let token = begin(&app, &ada_at_facebook()).await;
    app.run_workers().await;
    let code = app.code_to(ADA);
    let app = &app;
    let confirm = async |n: usize| {
        let body = json!({ "registration_token": token, "code": code });
        app.anon().from(&format!("198.51.100.{n}")).post("/api/auth/verify-email", body).await
    };
    let answers = join_all((0..50).map(confirm)).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in &answers {
        assert!(["201", "400 code_invalid", "503 unavailable"].contains(&&*answer.summary()), "{}", answer.summary());
    }
    assert_eq!([count(app, "Account"), count(app, "SocialLink"), count(app, "SocialClaim")], [1, 1, 1]);
    assert_eq!(confirm(0).await.summary(), "400 code_invalid", "a replay");
    assert_eq!(name_address(app, &token, "bea@example.com").await.summary(), "400 code_invalid");
    app.run_workers().await;
}

#[tokio::test]
async fn registering_one_identity_twice() {
    for at_once in [false, true] {
        let app = TestApp::with_providers();
        let (one, two) = (at_facebook("1", Some("one@example.com")), at_facebook("1", Some("two@example.com")));
        let (one, two) = (begin(&app, &one).await, begin(&app, &two).await);
        app.run_workers().await;
        let (first, second) = (app.code_to("one@example.com"), app.code_to("two@example.com"));
        let (first, second) = if at_once {
            join(app.verify_email(&one, &first), app.verify_email(&two, &second)).await
        } else {
            (app.verify_email(&one, &first).await, app.verify_email(&two, &second).await)
        };
        let good = [&first, &second].iter().filter(|answer| answer.status == 201).count();
        assert_eq!(good, 1, "{} {}", first.summary(), second.summary());
        if !at_once {
            assert_eq!(second.summary(), "400 code_invalid");
        }
        assert_eq!([count(&app, "Account"), count(&app, "SocialLink"), count(&app, "SocialClaim")], [1, 1, 1]);
        app.run_workers().await;
    }
}

#[tokio::test]
async fn registering_one_address_by_two_identities() {
    let app = TestApp::with_providers();
    let first = begin(&app, &at_facebook("1", Some(ADA))).await;
    app.run_workers().await;
    let code_of_first = app.code_to(ADA);
    let second = begin(&app, &at_facebook("2", Some(ADA))).await;
    app.run_workers().await;
    let code_of_second = app.code_to(ADA);
    assert_eq!(app.verify_email(&first, &code_of_second).await.summary(), "400 code_invalid");
    assert_eq!(app.verify_email(&second, &code_of_first).await.summary(), "400 code_invalid");
    app.verify_email(&second, &code_of_second).await.success();
    assert_eq!(app.verify_email(&first, &code_of_first).await.summary(), "400 code_invalid");
    assert_eq!([count(&app, "Account"), count(&app, "SocialLink"), count(&app, "SocialClaim")], [1, 1, 1]);
    app.run_workers().await;
}

#[tokio::test]
async fn connecting_the_identity_elsewhere_before_the_code_is_shown() {
    let app = TestApp::with_providers();
    let bea = app.new_account("bea@example.com").await;
    let token = begin(&app, &ada_at_facebook()).await;
    app.run_workers().await;
    let code = app.code_to(ADA);
    let shown = json!({ "access_token": app.providers.access_token(&ada_at_facebook(), CLIENT_ID) });
    bea.calling(&app).post("/api/auth/social/accounts/facebook/connect", shown).await.success();
    assert_eq!(app.verify_email(&token, &code).await.summary(), "400 code_invalid");
    assert_eq!([count(&app, "Account"), count(&app, "SocialLink"), count(&app, "SocialClaim")], [1, 1, 1]);
    app.run_workers().await;
}

#[tokio::test]
async fn naming_an_address_while_the_code_is_shown() {
    for _ in 0..5 {
        let app = TestApp::with_providers();
        let token = begin(&app, &ada_at_facebook()).await;
        app.run_workers().await;
        let code = app.code_to(ADA);
        let (verified, named) =
            join(app.verify_email(&token, &code), name_address(&app, &token, "eve@example.com")).await;
        for answer in [&verified, &named] {
            assert!(answer.status.as_u16() < 500 || answer.summary() == "503 unavailable", "{}", answer.summary());
        }
        let accounts = app.engine.scan("MainTable");
        let accounts: Vec<_> = accounts.iter().filter(|item| item["entity"]["S"] == "Account").collect();
        assert_eq!(accounts.len(), usize::from(verified.status == 201));
        assert!(
            accounts.iter().all(|account| account["email"]["M"]["original"]["S"] == ADA),
            "the code proved that one"
        );
        app.run_workers().await;
    }
}

#[tokio::test]
async fn mailing_strangers_in_one_users_name() {
    let app = TestApp::with_providers();
    let token = begin(&app, &at_facebook("1", None)).await;
    let mut mailed = 0;
    for n in 0..20 {
        let answer = name_address(&app, &token, &format!("stranger{n}@example.com")).await;
        assert!(["202", "400 code_invalid", "429 rate_limited"].contains(&&*answer.summary()), "{}", answer.summary());
        mailed += usize::from(answer.status == 202);
    }
    assert_eq!(mailed, 5, "enough to correct what was mistyped");
    app.run_workers().await;
}

#[tokio::test]
async fn mailing_one_stranger_in_many_names() {
    let app = TestApp::with_providers();
    let mut refused = 0;
    for n in 1..=8 {
        let token = app.providers.access_token(&at_facebook(&n.to_string(), Some(ADA)), CLIENT_ID);
        let answer = app.anon().post("/api/auth/social/facebook", json!({ "access_token": token })).await;
        refused += usize::from(answer.summary() == "429 rate_limited");
    }
    assert!(refused >= 3, "what is mailed to one mailbox in an hour is limited");
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 8 - refused);
}

#[tokio::test]
async fn reading_who_waits_in_the_store() {
    let app = TestApp::with_providers();
    begin(&app, &at_facebook("4242424242", Some(ADA))).await;
    let kept = app.engine.scan("EphemeralTable");
    assert!(!kept.is_empty());
    for item in kept {
        assert!(!item.to_string().contains("4242424242"), "the id at Facebook is sealed");
    }
    app.run_workers().await;
}
