//! Being there first: whoever has a victim's address here before the victim comes by a provider keeps nothing of it.

use latchkey_tests::{NEW_PASSWORD, PASSWORD, Person, TestApp, ada_at_acme, ada_at_github, ada_at_google, answered};
use serde_json::{Value, json};

const VICTIM: &str = "ada@gmail.com";

/// What an attacker holds.
struct Loot {
    person: Person,
    reset_code: String,
    step_up_code: String,
    sign_in_code: String,
}

/// The attacker has confirmed the victim's address by a trick, signed in on two devices, and has every code that is mailed.
async fn moved_in(app: &TestApp) -> Loot {
    app.new_account(VICTIM).await;
    app.ask_for_reset(VICTIM).await.success();
    app.run_workers().await;
    let reset_code = app.code_to(VICTIM);
    app.ask_for_sign_in_code(VICTIM).await.success();
    app.run_workers().await;
    let sign_in_code = app.code_to(VICTIM);
    let person = Person::of(app.sign_in(VICTIM).await.success());
    person
        .calling(app)
        .post("/api/auth/email-change", json!({ "new_email": "eve@example.com", "current_password": PASSWORD }))
        .await;
    app.run_workers().await;
    let step_up_code = app.code_to("eve@example.com");
    Loot { person, reset_code, step_up_code, sign_in_code }
}

/// Everything that the attacker can try; what each was answered with.
async fn tried(app: &TestApp, loot: &Loot) -> Vec<(&'static str, String)> {
    let eve = &loot.person;
    let device = eve.answer["device_token"].clone();
    let sign_in = json!({ "login": VICTIM, "password": PASSWORD });
    let from_known = json!({ "login": VICTIM, "password": PASSWORD, "device_token": device });
    let calling = eve.calling(app);
    vec![
        ("me", calling.get("/api/auth/me").await.summary()),
        ("sessions", calling.get("/api/auth/sessions").await.summary()),
        ("connect", calling.post("/api/auth/social/accounts/acme/connect", json!({})).await.summary()),
        ("enrol", calling.post("/api/auth/mfa/totp", json!({})).await.summary()),
        (
            "address",
            calling.post("/api/auth/email-change/confirm", json!({ "code": loot.step_up_code })).await.summary(),
        ),
        ("refresh", app.refresh(&eve.refresh).await.summary()),
        ("password", app.anon().post("/api/auth/token", sign_in).await.summary()),
        ("known device", app.anon().post("/api/auth/token", from_known).await.summary()),
        ("reset", app.reset_password(VICTIM, &loot.reset_code, NEW_PASSWORD).await.summary()),
        ("code", app.sign_in_by_code(VICTIM, &loot.sign_in_code).await.summary()),
    ]
}

fn nothing_opened(answers: &[(&str, String)]) {
    for (what, answer) in answers {
        assert!(answer.starts_with("40"), "{what}: {answer}");
    }
}

#[tokio::test]
async fn registering_a_victims_address_and_waiting() {
    let app = TestApp::with_providers();
    let token = app.register(VICTIM).await.text_of("registration_token");
    app.run_workers().await;
    let (code, link) = (app.code_to(VICTIM), app.link_to(VICTIM));
    let ada = app.new_account_by("google", &ada_at_google()).await;
    // Even with what was mailed to the victim.
    assert_eq!(app.verify_email(&token, &code).await.summary(), "400 code_invalid");
    let form = format!("{}&password=correct+horse+battery+staple", link.split_once('?').unwrap().1);
    assert_eq!(app.anon().post_form("/confirm-email", &form).await.status, 400);
    assert!(app.sign_in_elsewhere(VICTIM).await.status.is_client_error());
    ada.calling(&app).get("/api/auth/me").await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn confirming_a_victims_address_by_a_trick_and_waiting() {
    let app = TestApp::with_providers_and(&[("EMAIL_CODE_SIGN_IN", "on"), ("RATE_FACTOR", "100")]);
    let loot = moved_in(&app).await;
    let ada = Person::of(app.come_by("google", &ada_at_google()).await.success());
    assert_eq!(ada.id(), loot.person.id(), "the account is given to the victim");
    nothing_opened(&tried(&app, &loot).await);
    ada.calling(&app).get("/api/auth/me").await.success();
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.success()["email"], VICTIM);
    app.run_workers().await;
}

#[tokio::test]
async fn waiting_with_a_second_factor_or_a_provider_of_ones_own() {
    let app = TestApp::with_providers();
    let eve = app.new_account(VICTIM).await;
    app.enrol_totp(&eve).await;
    app.run_workers().await;
    let back = app.visit(&app.browser(), "google", &ada_at_google()).await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_account_not_linked"));

    let app = TestApp::with_providers();
    let eve = app.new_account(VICTIM).await;
    let mine = json!({ "sub": "eve", "email": "eve@example.com", "email_verified": true, "name": "Eve" });
    let code = app.providers.code(&mine, "https://id.example.com/api/oauth/acme/callback");
    eve.calling(&app).post("/api/auth/social/accounts/acme/connect", json!({ "code": code })).await.success();
    app.run_workers().await;
    for (provider, person) in [("google", ada_at_google()), ("github", ada_at_github()), ("acme", ada_at_acme())] {
        let back = app.visit(&app.browser(), provider, &person).await;
        assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_account_not_linked"), "{provider}");
    }
}

#[tokio::test]
async fn waiting_with_a_link_that_takes_the_address_back() {
    let app = TestApp::with_providers();
    let eve = app.new_account("eve@example.com").await;
    app.change_email(&eve, VICTIM).await;
    let back = app.visit(&app.browser(), "google", &ada_at_google()).await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_account_not_linked"));
    let link = app.undo_link_to("eve@example.com");
    app.undo_email_change(&link).await;
    app.run_workers().await;
    let ada = app.new_account_by("google", &ada_at_google()).await;
    assert_ne!(ada.id(), eve.id(), "the victim has an account of their own");
}

#[tokio::test]
async fn keeping_a_provider_that_was_connected_in_a_stolen_session() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let mine = json!({ "sub": "ada", "email": "x@example.com", "email_verified": true, "name": "Ada" });
    let connect = async |provider: &str, person: &Value| {
        let code = app.providers.code(person, &format!("https://id.example.com/api/oauth/{provider}/callback"));
        let path = format!("/api/auth/social/accounts/{provider}/connect");
        ada.calling(&app).post(&path, json!({ "code": code })).await.success();
    };
    connect("acme", &mine).await;
    app.advance(jiff::SignedDuration::from_secs(1));
    app.change_email(&ada, "eve@example.com").await;
    connect("github", &ada_at_github()).await;
    connect("google", &ada_at_google()).await;
    app.run_workers().await;
    app.undo_email_change(&app.undo_link_to("ada@example.com")).await;
    app.run_workers().await;
    let somebody = app.new_account_by("github", &ada_at_github()).await;
    assert_ne!(somebody.id(), ada.id(), "the identity is a stranger's again");
    let again = Person::of(app.come_by("acme", &mine).await.success());
    assert_eq!(again.id(), ada.id(), "what was there before the change stays");
    let status = again.calling(&app).get("/api/auth/social/accounts/status").await.success();
    for provider in ["github", "google"] {
        assert_eq!(status["social_accounts"][provider]["connected"], false, "{provider}");
    }
    app.run_workers().await;
}
