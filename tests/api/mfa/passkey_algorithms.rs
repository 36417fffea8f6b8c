//! Passkeys of each algorithm that is asked for, from their enrolment to their removal.

use jiff::SignedDuration;
use latchkey_local::authenticator::Algorithm;
use latchkey_tests::{PASSWORD, Person, TestApp, new_passkey, new_passkey_of};
use serde_json::{Value, json};

use super::ADA;

const MINE: &str = "/api/auth/mfa/passkeys";

/// Enrols one, uses it wherever a passkey can be used, refuses what another one signs, and removes it.
async fn a_whole_life(algorithm: Algorithm) {
    let (app, ada) = TestApp::with_config(&[("RATE_PASSWORD", "100/hour")]).with_account(ADA).await;
    let mut passkey = new_passkey_of(algorithm);
    let made = passkey.make(&app.passkey_options(&ada).await).unwrap();
    assert_eq!(app.send_passkey(&ada, made).await.details(), "201", "{algorithm:?}");
    app.run_workers().await;

    let alone = Person::of(app.sign_in_by_passkey(&mut passkey).await.success());
    assert_eq!(app.current_session(&alone).await["factor"], "passkey");
    let token = app.first_step(ADA).await;
    let shown = passkey.show(&app.second_step_options(&token).await).unwrap();
    let second = Person::of(app.second_step_by_passkey(&token, &shown).await.success());
    app.advance(SignedDuration::from_mins(6));
    let step_up =
        async |shown: Value| second.calling(&app).post("/api/auth/step-up", json!({ "passkey": shown })).await;
    let options = app.step_up_options(&second).await;
    for other in [Algorithm::Es256, Algorithm::Ed25519, Algorithm::Rs256] {
        let mut stranger = new_passkey_of(other);
        stranger.rp_id.clone_from(&passkey.rp_id);
        stranger.user_handle.clone_from(&passkey.user_handle);
        stranger.credential_id.clone_from(&passkey.credential_id);
        assert_eq!(step_up(stranger.show(&options).unwrap()).await.summary(), "400 code_invalid", "{other:?}");
    }
    assert_eq!(step_up(passkey.show(&options).unwrap()).await.status, 204, "{algorithm:?}");

    let listed = second.calling(&app).get(MINE).await.success();
    let target = format!("{MINE}/{}", listed["items"][0]["id"].as_str().unwrap());
    assert_eq!(second.calling(&app).delete(&target).await.status, 204);
    assert_eq!(app.sign_in_by_passkey(&mut passkey).await.summary(), "401 invalid_credentials");
    assert_eq!(app.sign_in(ADA).await.success()["user"]["mfa_enabled"], false, "{PASSWORD} is all that is left");
    app.run_workers().await;
}

#[tokio::test]
async fn a_passkey_with_an_ed25519_key_does_all_that_a_passkey_does() {
    a_whole_life(Algorithm::Ed25519).await;
}

#[tokio::test]
async fn a_passkey_with_an_rsa_key_does_all_that_a_passkey_does() {
    a_whole_life(Algorithm::Rs256).await;
}

#[tokio::test]
async fn a_passkey_on_p_256_does_all_that_a_passkey_does() {
    a_whole_life(Algorithm::Es256).await;
}

#[tokio::test]
async fn one_account_has_passkeys_of_every_algorithm_side_by_side() {
    let (app, ada) = TestApp::with_config(&[("RATE_PASSWORD", "100/hour")]).with_account(ADA).await;
    let mut passkeys = [Algorithm::Ed25519, Algorithm::Es256, Algorithm::Rs256].map(new_passkey_of);
    for passkey in &mut passkeys {
        let made = passkey.make(&app.passkey_options(&ada).await).unwrap();
        assert_eq!(app.send_passkey(&ada, made).await.status, 201);
    }
    let options = app.passkey_options(&ada).await;
    let asked = options["publicKey"]["pubKeyCredParams"].as_array().unwrap();
    let asked: Vec<_> = asked.iter().map(|one| one["alg"].as_i64().unwrap()).collect();
    assert_eq!(asked, [-8, -7, -257], "the best first");
    for passkey in &mut passkeys {
        assert_eq!(app.sign_in_by_passkey(passkey).await.status, 200);
    }
    assert_eq!(app.sign_in_by_passkey(&mut new_passkey()).await.summary(), "401 invalid_credentials");
    app.run_workers().await;
}
