//! Telling from an answer whether an address has an account. The twins differ in nothing: status, headers, body,
//! the requests made to the store and the hashes computed.

use latchkey_tests::{Answer, CLIENT_ID, Call, PASSWORD, TestApp, answered};
use serde_json::{Value, json};

/// Everything that an observer, even one who sees the store's traffic, could compare.
#[derive(Debug, PartialEq)]
struct Trace {
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
    calls: Vec<(String, usize, bool)>,
    hashes: u64,
}

impl Trace {
    /// The same, with the address that the caller had named itself left out.
    fn said_of(mut self, email: &str) -> Self {
        if let Some(said) = self.body.get_mut("email") {
            assert_eq!(said, email);
            *said = json!("the address");
        }
        self
    }
}

/// The body with what is random or names a time replaced by its kind and length.
fn shape(body: &Value) -> Value {
    match body {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(text) if ["lkg_", "lkw_", "lki_"].iter().any(|kind| text.starts_with(kind)) => json!(text.len()),
        Value::String(text) if text.starts_with("request-") => json!("the request's id"),
        other => other.clone(),
    }
}

fn without_digits(value: &str) -> String {
    value.chars().filter(|c| !c.is_ascii_digit()).collect()
}

async fn trace(app: &TestApp, ask: impl AsyncFnOnce() -> Answer) -> Trace {
    app.engine.take_calls();
    let hashes = app.hashes();
    let answer = ask().await;
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        // What the address has left goes down with each request, whoever it is about.
        .map(|(name, value)| if name == "ratelimit" { (name, without_digits(&value)) } else { (name, value) })
        .collect();
    headers.sort_unstable();
    let mut calls: Vec<_> = app
        .engine
        .take_calls()
        .into_iter()
        .map(|Call { operation, items, consistent, .. }| (operation, items, consistent))
        .collect();
    calls.sort_unstable();
    Trace { status: answer.status.as_u16(), headers, body: shape(&answer.json()), calls, hashes: app.hashes() - hashes }
}

async fn register(app: &TestApp, email: &str) -> Answer {
    app.anon().post("/api/auth/register", json!({ "email": email, "name": "A", "password": PASSWORD })).await
}

#[tokio::test]
async fn registering_a_known_and_an_unknown_address() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    let known = trace(&app, async || register(&app, "ada@example.com").await).await;
    let unknown = trace(&app, async || register(&app, "bea@example.com").await).await;
    assert_eq!(known, unknown);
    assert_eq!(known.hashes, 1);
    app.run_workers().await;
}

#[tokio::test]
async fn asking_for_the_mail_again_for_a_known_and_an_unknown_address() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    let resend = async |email: &str| {
        let token = register(&app, email).await.text_of("registration_token");
        trace(&app, async || {
            app.anon().post("/api/auth/verify-email/resend", json!({ "registration_token": token })).await
        })
        .await
    };
    assert_eq!(resend("ada@example.com").await, resend("bea@example.com").await);
    app.run_workers().await;
}

#[tokio::test]
async fn guessing_the_code_of_a_known_and_an_unknown_address() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    let guess = async |email: &str| {
        let token = register(&app, email).await.text_of("registration_token");
        trace(&app, async || app.verify_email(&token, "00000000").await).await
    };
    assert_eq!(guess("ada@example.com").await, guess("bea@example.com").await);
    app.run_workers().await;
}

/// Somebody at Facebook, which tells this of their address; addresses of one length, since the answer says it again.
fn at_facebook(email: Option<&str>) -> Value {
    json!({ "id": "10223", "name": "Somebody", "email": email })
}

#[tokio::test]
async fn coming_by_facebook_with_a_known_and_an_unknown_address() {
    // No lease hides an update of the limiter.
    let app = TestApp::with_providers_and(&[("RATE_ANON", "1000/hour")]);
    app.new_account("ada@example.com").await;
    let redirected = async |email: &str| {
        let back = app.visit(&app.browser(), "facebook", &at_facebook(Some(email))).await;
        let code = answered(&back, "exchange_code").unwrap();
        trace(&app, async || app.exchange(&code).await).await
    };
    let direct = async |email: &str| {
        let token = app.providers.access_token(&at_facebook(Some(email)), CLIENT_ID);
        let body = json!({ "access_token": token });
        trace(&app, async || app.anon().post("/api/auth/social/facebook", body).await).await
    };
    let (known, unknown) = (redirected("ada@example.com").await, redirected("bea@example.com").await);
    assert_eq!((known.status, &known.body["status"]), (200, &json!("email_verification_required")));
    assert_eq!(known.said_of("ada@example.com"), unknown.said_of("bea@example.com"));
    let (known, unknown) = (direct("ada@example.com").await, direct("bea@example.com").await);
    assert_eq!(known.said_of("ada@example.com"), unknown.said_of("bea@example.com"));
    app.run_workers().await;
}

#[tokio::test]
async fn naming_a_known_and_an_unknown_address_after_facebook() {
    // No lease hides an update of the limiter.
    let app = TestApp::with_providers_and(&[("RATE_ANON", "1000/hour")]);
    app.new_account("ada@example.com").await;
    let name = async |email: &str| {
        let token = app.come_by("facebook", &at_facebook(None)).await.text_of("registration_token");
        let body = json!({ "registration_token": token, "email": email });
        let named = trace(&app, async || app.anon().post("/api/oauth/exchange/email", body).await).await;
        let guess = trace(&app, async || app.verify_email(&token, "00000000").await).await;
        let body = json!({ "registration_token": token });
        let again = trace(&app, async || app.anon().post("/api/auth/verify-email/resend", body).await).await;
        [named.said_of(email), guess, again]
    };
    let known = name("ada@example.com").await;
    assert_eq!(known.each_ref().map(|trace| trace.status), [202, 400, 202]);
    assert_eq!(known, name("bea@example.com").await);
    app.run_workers().await;
}

#[tokio::test]
async fn signing_in_while_a_registration_by_facebook_waits_for_the_address() {
    let app = TestApp::with_providers();
    app.come_by("facebook", &at_facebook(Some("bea@example.com"))).await.success();
    app.run_workers().await;
    let wrong = async |login: &str| {
        let body = json!({ "login": login, "password": PASSWORD });
        trace(&app, async || app.anon().post("/api/auth/token", body).await).await
    };
    assert_eq!(wrong("bea@example.com").await, wrong("nobody@example.com").await);
}

#[tokio::test]
async fn signing_in_with_a_wrong_password_for_an_account_a_registration_and_nobody() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    app.advance(jiff::SignedDuration::from_hours(25));
    let ada = latchkey_tests::Person::of(app.sign_in("ada@example.com").await.success());
    register(&app, "pending@example.com").await;
    app.run_workers().await;
    let wrong = async |login: &str| {
        let body = json!({ "login": login, "password": "not the password" });
        trace(&app, async || app.anon().post("/api/auth/token", body).await).await
    };
    let account = wrong("ada@example.com").await;
    let pending = wrong("pending@example.com").await;
    assert_eq!((&account.body, &account.headers, &account.calls), (&pending.body, &pending.headers, &pending.calls));
    assert_eq!(
        (pending.status, pending.hashes),
        (401, 2),
        "a registration waits for known and unknown addresses alike"
    );
    assert_eq!(account, wrong("nobody@example.com").await);
    assert_eq!((account.status, account.hashes), (401, 1));
    // A username that fails is counted for its account's address as well, or for a decoy's.
    ada.calling(&app).patch("/api/auth/me", json!({ "username": "ada" })).await.success();
    let username = wrong("ada").await;
    assert_eq!(username, wrong("no_such_name").await);
    assert_eq!(username, wrong("neither address nor name").await);
    assert_eq!((account.body, account.headers, account.hashes), (username.body, username.headers, username.hashes));
}

#[tokio::test]
async fn signing_in_with_the_password_of_ones_own_registration_of_somebodys_address() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    let own = async |email: &str, password: &str| {
        let body = json!({ "email": email, "name": "Eve", "password": "an entirely different passphrase" });
        app.anon().post("/api/auth/register", body).await.success();
        let body = json!({ "login": email, "password": password });
        trace(&app, async || app.anon().post("/api/auth/token", body).await).await
    };
    for password in ["an entirely different passphrase", "not the password"] {
        let known = own("ada@example.com", password).await;
        let unknown = own("bea@example.com", password).await;
        assert_eq!(known, unknown, "{password}");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn telling_from_ones_own_registration_that_its_owner_has_just_confirmed() {
    let app = TestApp::new();
    let owner = register(&app, "ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let code = app.code_to("ada@example.com");
    let body = json!({ "email": "ada@example.com", "name": "Eve", "password": "an entirely different passphrase" });
    app.anon().post("/api/auth/register", body).await.success();
    app.run_workers().await;
    let spy = json!({ "login": "ada@example.com", "password": "an entirely different passphrase" });
    let before = trace(&app, async || app.anon().post("/api/auth/token", spy.clone()).await).await;
    app.verify_email(&owner, &code).await.success();
    app.run_workers().await;
    let after = trace(&app, async || app.anon().post("/api/auth/token", spy.clone()).await).await;
    assert_eq!(before, after);
}

#[tokio::test]
async fn asking_for_a_new_password_for_an_account_a_registration_a_suppressed_address_and_nobody() {
    let app = TestApp::with_config(&[("RATE_PASSWORD_RESET", "100/hour")]);
    app.new_account("ada@example.com").await;
    app.new_account("bounces@example.com").await;
    app.advance(jiff::SignedDuration::from_hours(25));
    let bounce = include_str!("../../events/feedback/bounce.json")
        .replace("Gone@example.com", "bounces@example.com")
        .replace("gone@example.com", "bounces@example.com");
    app.invoke_feedback(serde_json::from_str(&bounce).unwrap()).await;
    register(&app, "pending@example.com").await;
    app.run_workers().await;
    let ask = async |email: &str| trace(&app, async || app.ask_for_reset(email).await).await;
    // The third is past the limit of the network, for each of them.
    for round in 0..4 {
        let account = ask("ada@example.com").await;
        assert_eq!((account.status, account.hashes), (202, 0), "{round}");
        for other in ["bounces@example.com", "pending@example.com", "nobody@example.com"] {
            assert_eq!(account, ask(other).await, "{other} {round}");
        }
        app.run_workers().await;
    }
    assert_eq!(app.counted("MailSuppressed"), 2);
}

#[tokio::test]
async fn guessing_a_reset_code_of_an_account_a_registration_and_nobody() {
    let app = TestApp::with_config(&[("RATE_CONFIRM", "1000/hour")]);
    app.new_account("ada@example.com").await;
    register(&app, "pending@example.com").await;
    app.run_workers().await;
    let guess = async |email: &str, password: &str| {
        trace(&app, async || app.reset_password(email, "00000000", password).await).await
    };
    for asked in [false, true] {
        for email in ["ada@example.com", "pending@example.com", "nobody@example.com"].iter().filter(|_| asked) {
            app.ask_for_reset(email).await.success();
            app.run_workers().await;
        }
        for password in [PASSWORD, "weak"] {
            for _ in 0..3 {
                let account = guess("ada@example.com", password).await;
                assert_eq!((account.status, account.hashes), (400, 0));
                assert_eq!(account, guess("pending@example.com", password).await);
                assert_eq!(account, guess("nobody@example.com", password).await);
            }
        }
    }
}

#[tokio::test]
async fn the_owner_of_the_mailbox_is_the_only_one_who_is_told() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    register(&app, "ada@example.com").await;
    app.run_workers().await;
    let mail = app.mail_to("ada@example.com");
    assert!(!mail.text.contains("lkc_") && !mail.html.contains("lkc_"), "no link that could confirm");
    assert_eq!(mail.subject, "Your Acme account");
}

#[tokio::test]
async fn asking_for_a_sign_in_code_and_guessing_it_for_an_account_a_registration_and_nobody() {
    let app = TestApp::with_config(&[("EMAIL_CODE_SIGN_IN", "on"), ("RATE_CONFIRM", "1000/hour")]);
    let ada = app.new_account("ada@example.com").await;
    app.enrol_totp(&ada).await;
    register(&app, "pending@example.com").await;
    app.run_workers().await;
    let others = ["pending@example.com", "nobody@example.com"];
    let ask = async |email: &str| trace(&app, async || app.ask_for_sign_in_code(email).await).await;
    let guess = async |email: &str| trace(&app, async || app.sign_in_by_code(email, "00000000").await).await;
    let account = guess("ada@example.com").await;
    assert_eq!((account.status, account.hashes), (400, 0));
    for other in others {
        assert_eq!(account, guess(other).await, "{other} before a code was asked for");
    }
    let asked = ask("ada@example.com").await;
    assert_eq!((asked.status, asked.hashes), (202, 0));
    for other in others {
        assert_eq!(asked, ask(other).await, "{other}");
    }
    for _ in 0..6 {
        let account = guess("ada@example.com").await;
        for other in others {
            assert_eq!(account, guess(other).await, "{other}");
        }
    }
    app.run_workers().await;
}
