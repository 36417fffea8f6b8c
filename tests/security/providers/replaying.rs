//! Showing an `id_token` a second time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Answer, CLIENT_ID, Person, TestApp, ada_at_acme, ada_at_google};
use serde_json::{Value, json};

const USED: &str = "400 provider_token_invalid";

async fn show(app: &TestApp, provider: &str, token: &str) -> Answer {
    app.anon().post(&format!("/api/auth/social/{provider}"), json!({ "id_token": token })).await
}

/// Kim at the other issuer, whose `id_token` tells who it is about.
fn kim() -> Value {
    json!({ "sub": "kim", "email": "kim@acme.test", "email_verified": true, "name": "Kim" })
}

/// The order of the group of P-256, in whose arithmetic a signature has a second form: (r, n - s).
const N: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The same token with the other form of its signature.
fn with_the_other_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i32::from(N[at]) - i32::from(signature[32 + at]) - borrow;
        borrow = i32::from(difference < 0);
        signature[32 + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
async fn signing_in_with_an_id_token_that_signed_somebody_in() {
    for (provider, person) in [("google", ada_at_google()), ("acme", ada_at_acme())] {
        let app = TestApp::with_providers();
        // The account is there: what is replayed is a sign-in, not a registration.
        app.new_account_by(provider, &person).await;
        let token = app.providers.id_token(provider, &person, CLIENT_ID, None);
        assert_eq!(show(&app, provider, &token).await.status, 200, "{provider}");
        assert_eq!(show(&app, provider, &token).await.summary(), USED, "{provider}");
        app.advance(SignedDuration::from_mins(59));
        assert_eq!(show(&app, provider, &token).await.summary(), USED, "{provider}");
        app.advance(SignedDuration::from_mins(2));
        assert_eq!(show(&app, provider, &token).await.summary(), USED, "{provider}: it has expired");
        assert_eq!(app.counted("IdTokenReused"), 2, "{provider}");
        let next = app.providers.id_token(provider, &person, CLIENT_ID, None);
        assert_eq!(show(&app, provider, &next).await.status, 200, "{provider}");
        app.run_workers().await;
    }
}

#[tokio::test]
async fn changing_the_form_of_an_id_token_that_was_used() {
    let app = TestApp::with_providers();
    app.new_account_by("acme", &ada_at_acme()).await;
    let token = app.providers.id_token("acme", &ada_at_acme(), CLIENT_ID, None);
    let other = with_the_other_signature(&token);
    assert_ne!(token, other);
    assert_eq!(show(&app, "acme", &other).await.status, 200, "either form is a signature");
    for replayed in [&token, &other, &format!("{token}="), &format!("{token}.")] {
        assert_eq!(show(&app, "acme", replayed).await.summary(), USED);
    }
    app.run_workers().await;
}

#[tokio::test]
async fn showing_one_id_token_fifty_times_at_once() {
    for new in [true, false] {
        let app = TestApp::with_providers();
        if !new {
            app.new_account_by("google", &ada_at_google()).await;
        }
        let token = app.providers.id_token("google", &ada_at_google(), CLIENT_ID, None);
        let answers = join_all((0..50).map(|_| show(&app, "google", &token))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "new: {new}");
        for answer in &answers {
            assert!(["200", USED, "503 unavailable"].contains(&&*answer.summary()), "{}", answer.summary());
        }
        app.run_workers().await;
    }
}

#[tokio::test]
async fn using_an_id_token_for_both_connecting_and_signing_in() {
    let app = TestApp::with_providers();
    let kim_is = app.new_account("kim@example.com").await;
    let token = app.providers.id_token("google", &ada_at_google(), CLIENT_ID, None);
    let connect = "/api/auth/social/accounts/google/connect";
    kim_is.calling(&app).post(connect, json!({ "id_token": token })).await.success();
    assert_eq!(show(&app, "google", &token).await.summary(), USED);
    let next = app.providers.id_token("google", &ada_at_google(), CLIENT_ID, Some("another"));
    assert_eq!(Person::of(show(&app, "google", &next).await.success()).id(), kim_is.id());
    kim_is.calling(&app).post("/api/auth/social/accounts/google/disconnect", json!({})).await.success();
    let again = kim_is.calling(&app).post(connect, json!({ "id_token": next })).await;
    assert_eq!(again.summary(), USED);
    assert_eq!(app.counted("IdTokenReused"), 2);
    app.run_workers().await;
}

#[tokio::test]
async fn what_was_refused_is_not_used_up() {
    let app = TestApp::with_providers();
    let kim_is = app.new_account("kim@acme.test").await;
    app.enrol_totp(&kim_is).await;
    app.run_workers().await;
    let mut person = kim();
    person["email"] = json!("kim@acme.test");
    let token = app.providers.id_token("google", &person, CLIENT_ID, None);
    assert_eq!(show(&app, "google", &token).await.summary(), "409 account_not_linked");
    // Whoever signs in as before connects it with the same token.
    let connect = "/api/auth/social/accounts/google/connect";
    kim_is.calling(&app).post(connect, json!({ "id_token": token })).await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn beginning_two_registrations_with_one_id_token() {
    let app = TestApp::with_providers();
    let mut person = kim();
    person["email_verified"] = json!(false);
    let token = app.providers.id_token("google", &person, CLIENT_ID, None);
    assert_eq!(show(&app, "google", &token).await.success()["status"], "email_verification_required");
    assert_eq!(show(&app, "google", &token).await.summary(), USED);
    app.run_workers().await;
    assert_eq!(app.subjects_to("kim@acme.test").len(), 1);
}
