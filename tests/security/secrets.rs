//! Secrets: they rotate under running functions, and without them nothing happens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use latchkey_identity::sessions::{SigningMaterial, SigningStep};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::secret::{MacsMaterial, Pepper, RingStep};
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// Takes the next step with the signing keys, as an operator would.
fn rotate_signing(app: &TestApp) -> SigningStep {
    let mut signing: SigningMaterial = app.vault.get("signing");
    let step = signing.rotate(app.now()).unwrap();
    app.vault.put("signing", &signing);
    app.vault.put("verifying", &signing.key_set());
    step
}

/// Replaces the signing keys at once, as an operator does with a key that others may hold.
fn replace_signing(app: &TestApp) {
    let mut signing: SigningMaterial = app.vault.get("signing");
    signing.replace(app.now()).unwrap();
    app.vault.put("signing", &signing);
    app.vault.put("verifying", &signing.key_set());
}

#[tokio::test]
async fn a_signing_key_rotates_without_a_refused_token_at_any_step() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let mut person = ada;
    let mut kids = std::collections::BTreeSet::new();
    for expected in [SigningStep::Published, SigningStep::Promoted, SigningStep::Retired] {
        assert_eq!(rotate_signing(&app), expected);
        for _ in 0..18 {
            // A token is made before and shown after the moment at which each function reads its secrets again.
            person = Person::of(app.refresh(&person.refresh).await.success());
            app.advance(minutes(10));
            person.calling(&app).get("/api/auth/me").await.success();
            kids.insert(person.access.split('.').next().unwrap().to_owned());
        }
    }
    assert_eq!(kids.len(), 2, "the old key signed, then the new one");
    let published = app.anon().get("/.well-known/jwks.json").await.success();
    assert_eq!(published["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_that_was_replaced_at_once_is_followed_at_once() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    ada.calling(&app).get("/api/auth/me").await.success();
    replace_signing(&app);
    app.advance(minutes(6));
    app.anon().get("/api/health").await.success();
    let renewed = Person::of(app.sign_in(ADA).await.success());
    renewed.calling(&app).get("/api/auth/me").await.success();
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn an_environment_that_rested_through_a_rotation_answers_with_the_new_keys_at_once() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    ada.calling(&app).get("/api/auth/me").await.success();
    replace_signing(&app);
    app.advance(minutes(10));
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    let renewed = Person::of(app.sign_in(ADA).await.success());
    renewed.calling(&app).get("/api/auth/me").await.success();
}

#[tokio::test]
async fn a_password_hashed_with_a_pepper_that_is_not_known_yet_is_compared_all_the_same() {
    let (mut app, _ada) = TestApp::new().with_account(ADA).await;
    // `front` reads the pepper now, and the rotation happens elsewhere.
    app.anon().post("/api/auth/token/", json!({ "login": ADA, "password": PASSWORD })).await.success();
    let mut pepper: Pepper = app.vault.get("pepper");
    let entropy = Entropy::operating_system();
    pepper.ring.rotate(&entropy, app.now());
    pepper.ring.rotate(&entropy, app.now().plus(minutes(10)));
    app.vault.put("pepper", &pepper);
    app.serve("auth", latchkey_auth::routes());
    app.sign_in(ADA).await.success();
    app.anon().post("/api/auth/token/", json!({ "login": ADA, "password": PASSWORD })).await.success();
}

#[tokio::test]
async fn invented_key_names_cost_a_request_in_half_a_minute_and_no_more() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    ada.calling(&app).get("/api/auth/me").await.success();
    let claims = ada.access.split('.').nth(1).unwrap().to_owned();
    let before = app.vault.reads_of("verifying");
    for number in 0..20 {
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"invented-{number}"}}"#));
        let token = format!("{header}.{claims}.AAAA");
        assert_eq!(app.anon().bearing(&token).get("/api/auth/me").await.summary(), "401 token_invalid");
    }
    assert_eq!(app.vault.reads_of("verifying"), before + 1);
}

#[tokio::test]
async fn a_new_pepper_hashes_and_the_old_one_still_verifies() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let mut pepper: Pepper = app.vault.get("pepper");
    let entropy = Entropy::operating_system();
    pepper.ring.rotate(&entropy, app.now());
    app.vault.put("pepper", &pepper);
    app.advance(minutes(10));
    app.sign_in(ADA).await.success();
    assert_eq!(pepper.ring.rotate(&entropy, app.now()), RingStep::Used(2));
    app.vault.put("pepper", &pepper);
    app.advance(minutes(6));
    // The secrets are read again beside the first request, which may still use the old pepper.
    let before = app.hashes();
    app.sign_in(ADA).await.success();
    app.sign_in(ADA).await.success();
    assert_eq!(app.hashes(), before + 3, "compared with the old pepper, stored with the new one, compared with that");
    let before = app.hashes();
    app.sign_in(ADA).await.success();
    assert_eq!(app.hashes(), before + 1);
}

#[tokio::test]
async fn a_session_outlives_the_rotation_of_the_key_that_its_tokens_derive_from() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let mut macs: MacsMaterial = app.vault.get("macs");
    let entropy = Entropy::operating_system();
    macs.ring.rotate(&entropy, app.now());
    app.advance(minutes(10));
    macs.ring.rotate(&entropy, app.now());
    app.vault.put("macs", &macs);
    app.anon().get("/api/health").await.success();
    let next = Person::of(app.refresh(&ada.refresh).await.success());
    let repeated = Person::of(app.refresh(&ada.refresh).await.success());
    assert_eq!(next.refresh, repeated.refresh);
    app.refresh(&next.refresh).await.success();
}

#[tokio::test]
async fn secrets_are_read_once_and_again_after_five_minutes() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let start = app.vault.reads_of("pepper");
    app.sign_in(ADA).await.success();
    app.sign_in(ADA).await.success();
    assert_eq!(app.vault.reads_of("pepper"), start);
    app.advance(minutes(6));
    app.sign_in(ADA).await.success();
    app.sign_in(ADA).await.success();
    assert_eq!(app.vault.reads_of("pepper"), start + 1);
}

#[tokio::test]
async fn a_function_that_has_its_secrets_works_on_while_they_cannot_be_read() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    app.sign_in(ADA).await.success();
    app.vault.stall(true);
    app.advance(minutes(6));
    app.sign_in(ADA).await.success();
    let reads = app.vault.reads_of("pepper");
    app.sign_in(ADA).await.success();
    assert_eq!(app.vault.reads_of("pepper"), reads, "it does not try again with every request");
    app.advance(SignedDuration::from_secs(31));
    app.sign_in(ADA).await.success();
    assert!(app.vault.reads_of("pepper") > reads);
}

#[tokio::test]
async fn a_function_that_could_not_read_its_secrets_for_a_day_does_nothing_with_them() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.warm_up().await;
    app.vault.stall(true);
    for _ in 0..23 {
        app.advance(SignedDuration::from_hours(1));
        assert_eq!(app.anon().get("/.well-known/jwks.json").await.status, 200);
    }
    app.advance(SignedDuration::from_hours(1));
    app.engine.take_calls();
    assert_eq!(app.sign_in(ADA).await.summary(), "503 unavailable");
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "503 unavailable");
    assert_eq!(app.engine.take_calls().len(), 0);
    app.vault.stall(false);
    app.advance(minutes(1));
    app.sign_in(ADA).await.success();
}

#[tokio::test]
async fn without_secrets_every_answer_is_a_problem_and_nothing_is_written() {
    let app = TestApp::new();
    app.vault.stall(true);
    let body = json!({ "email": ADA, "name": "Ada", "password": PASSWORD });
    let answer = app.anon().post("/api/auth/register", body.clone()).await;
    assert_eq!(answer.summary(), "503 unavailable");
    let answer = app.anon().post("/api/auth/token", json!({ "login": ADA, "password": PASSWORD })).await;
    assert_eq!(answer.summary(), "503 unavailable");
    assert_eq!(app.anon().get("/.well-known/jwks.json").await.summary(), "503 unavailable");
    assert_eq!(app.anon().get("/api/health/ready").await.summary(), "503 unavailable");
    app.anon().get("/api/health").await.success();
    app.vault.stall(false);
    app.vault.empty("sealing");
    assert_eq!(app.anon().post("/api/auth/register", body).await.summary(), "500 internal_error");
    assert!(app.engine.scan("MainTable").is_empty(), "nothing was written");
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_shown_by_a_token_leaves_no_session() {
    let (mut app, _ada) = TestApp::new().with_account(ADA).await;
    let sessions =
        |app: &TestApp| app.engine.scan("MainTable").iter().filter(|item| item["entity"]["S"] == "Session").count();
    let before = sessions(&app);
    app.vault.empty("signing");
    // The function starts anew.
    app.serve("auth", latchkey_auth::routes());
    assert_eq!(app.sign_in(ADA).await.summary(), "500 internal_error");
    assert_eq!(sessions(&app), before);
}
