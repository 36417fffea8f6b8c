//! `/api/auth/mfa/passkeys`: enrolling, looking at, naming and removing them.

use futures_util::future::join_all;
use http::Method;
use jiff::SignedDuration;
use latchkey_tests::{Answer, PASSWORD, Person, TestApp, new_passkey};
use serde_json::{Value, json};

use super::ADA;

const MINE: &str = "/api/auth/mfa/passkeys";

async fn list(app: &TestApp, person: &Person) -> Vec<Value> {
    person.calling(app).get(MINE).await.success()["items"].as_array().unwrap().clone()
}

async fn target_of_first(app: &TestApp, person: &Person) -> String {
    format!("{MINE}/{}", list(app, person).await[0]["id"].as_str().unwrap())
}

async fn remove(app: &TestApp, person: &Person, target: &str, body: &Value) -> Answer {
    let body = body.to_string().into_bytes();
    person.calling(app).request(Method::DELETE, target, Some("application/json"), body).await
}

#[tokio::test]
async fn a_passkey_is_made_as_the_options_say_and_comes_with_recovery_codes() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let other = Person::of(app.sign_in(ADA).await.success());
    let options = app.passkey_options(&ada).await;
    let asked = &options["publicKey"];
    assert_eq!((&asked["rp"]["id"], &asked["rp"]["name"]), (&json!("id.example.com"), &json!("Acme")));
    assert_eq!((&asked["user"]["name"], &asked["user"]["displayName"]), (&json!(ADA), &json!("Ada Lovelace")));
    assert_eq!(asked["challenge"].as_str().unwrap().len(), 43, "32 bytes");
    assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
    assert_eq!((&asked["attestation"], &asked["timeout"]), (&json!("none"), &json!(300_000)));
    assert_eq!(asked["excludeCredentials"], json!([]));

    let mut passkey = new_passkey();
    let made = passkey.make(&options).unwrap();
    let answer = ada.calling(&app).post(MINE, json!({ "passkey": made, "name": " Ada's phone " })).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let enrolled = answer.json();
    assert_eq!(enrolled["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(
        (&enrolled["name"], &enrolled["backed_up"], &enrolled["aaguid"]),
        (&json!("Ada's phone"), &json!(false), &json!(null))
    );
    assert!(enrolled["access"].is_null() && enrolled["last_used_at"].is_null());
    assert_eq!(app.send_passkey(&ada, made).await.summary(), "400 passkey_invalid", "the challenge is spent");
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "A passkey was added to your account with Acme");
    assert_eq!(other.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid", "other sessions end");
    let mfa = ada.calling(&app).get("/api/auth/mfa").await.success();
    assert_eq!((&mfa["enabled"], &mfa["factors"][0]["factor"]), (&json!(true), &json!("passkey")));
    assert_eq!(app.current_session(&ada).await["factor"], "passkey");
    assert_eq!(ada.calling(&app).delete("/api/auth/me").await.status, 202, "and the session is fresh");
    app.run_workers().await;
}

#[tokio::test]
async fn a_second_passkey_leaves_the_recovery_codes_and_excludes_the_first() {
    let (app, ada, first) = TestApp::new().with_passkey(ADA).await;
    let options = app.passkey_options(&ada).await;
    let known = &options["publicKey"]["excludeCredentials"];
    assert_eq!((known.as_array().unwrap().len(), &known[0]["transports"]), (1, &json!(["internal", "hybrid"])));
    let mut second = new_passkey();
    let answer = app.send_passkey(&ada, second.make(&options).unwrap()).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["recovery_codes"]), (201, &json!(null)));
    app.run_workers().await;
    let listed = list(&app, &ada).await;
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["name"], "Firefox on Linux", "named after what the browser claims to be");
    // The first one again, on a device that does not look at the list.
    let mut again = new_passkey();
    again.credential_id.clone_from(&first.credential_id);
    let made = again.make(&app.passkey_options(&ada).await).unwrap();
    assert_eq!(app.send_passkey(&ada, made).await.summary(), "409 passkey_taken");
}

#[tokio::test]
async fn enrolling_needs_what_was_shown_in_the_last_minutes() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_mins(6));
    let ask = async || ada.calling(&app).post(&format!("{MINE}/options"), json!({})).await;
    let refused = ask().await;
    assert_eq!(
        (refused.summary().as_str(), &refused.json()["methods"]),
        ("403 step_up_required", &json!(["password"]))
    );
    ada.calling(&app).post("/api/auth/step-up", json!({ "password": PASSWORD })).await.success();
    assert_eq!(ask().await.status, 200);
    assert_eq!(app.anon().post(&format!("{MINE}/options"), json!({})).await.summary(), "401 token_missing");
    assert_eq!(app.anon().post(MINE, json!({})).await.summary(), "401 token_missing");
}

#[tokio::test]
async fn a_challenge_waits_for_five_minutes() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let made = new_passkey().make(&app.passkey_options(&ada).await).unwrap();
    app.advance(SignedDuration::from_mins(5));
    assert_eq!(app.send_passkey(&ada, made).await.summary(), "400 passkey_invalid");
}

#[tokio::test]
async fn what_is_missing_or_wrong_in_the_body_is_pointed_at() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let made = new_passkey().make(&app.passkey_options(&ada).await).unwrap();
    let mut without = made.clone();
    without["response"].as_object_mut().unwrap().remove("attestationObject");
    for (body, expected) in [
        (json!({}), "422 validation_failed /passkey missing"),
        (json!({ "passkey": made, "name": " " }), "422 validation_failed /name invalid"),
        (json!({ "passkey": made, "name": "a\nb" }), "422 validation_failed /name invalid"),
        (json!({ "passkey": "x" }), "422 invalid_body /passkey wrong_type"),
        (json!({ "passkey": without }), "422 invalid_body /passkey/response/attestationObject missing"),
        (json!({ "passkey": made, "account": "x" }), "422 invalid_body /account unknown"),
    ] {
        assert_eq!(ada.calling(&app).post(MINE, body.clone()).await.details(), expected, "{body}");
    }
    let body = json!({ "purpose": "sign_in" });
    let answer = ada.calling(&app).post(&format!("{MINE}/options"), body).await;
    assert_eq!(answer.details(), "422 invalid_body /purpose wrong_type");
    assert_eq!(app.send_passkey(&ada, made).await.status, 201, "none of it spent the challenge");
    app.run_workers().await;
}

#[tokio::test]
async fn an_account_has_at_most_ten() {
    let (app, ada) = TestApp::with_config(&[("RATE_PASSWORD", "100/hour")]).with_account(ADA).await;
    for _ in 0..9 {
        app.enrol_passkey(&ada).await;
    }
    let last = new_passkey().make(&app.passkey_options(&ada).await).unwrap();
    app.enrol_passkey(&ada).await;
    assert_eq!(list(&app, &ada).await.len(), 10);
    assert_eq!(app.send_passkey(&ada, last).await.summary(), "409 too_many_passkeys");
    let refused = ada.calling(&app).post(&format!("{MINE}/options"), json!({})).await;
    assert_eq!(refused.summary(), "409 too_many_passkeys");
}

#[tokio::test]
async fn a_passkey_is_looked_at_and_named() {
    let (app, ada, _passkey) = TestApp::new().with_passkey(ADA).await;
    let target = target_of_first(&app, &ada).await;
    let renamed = ada.calling(&app).patch(&target, json!({ "name": "Old phone" })).await.success();
    assert_eq!(renamed["name"], "Old phone");
    assert_eq!(ada.calling(&app).get(&target).await.success(), renamed);
    assert_eq!(ada.calling(&app).patch(&target, json!({})).await.success(), renamed);
    for (body, expected) in [
        (json!({ "name": "x".repeat(65) }), "422 validation_failed /name invalid"),
        (json!({ "sign_count": 0 }), "422 invalid_body /sign_count unknown"),
    ] {
        assert_eq!(ada.calling(&app).patch(&target, body).await.details(), expected);
    }
    for unknown in [format!("{MINE}/00000000-0000-8000-8000-000000000000"), format!("{MINE}/x")] {
        assert_eq!(ada.calling(&app).get(&unknown).await.summary(), "404 not_found");
        assert_eq!(ada.calling(&app).patch(&unknown, json!({ "name": "x" })).await.summary(), "404 not_found");
        assert_eq!(ada.calling(&app).delete(&unknown).await.summary(), "404 not_found");
    }
}

#[tokio::test]
async fn somebody_elses_passkey_is_like_one_that_does_not_exist() {
    let (app, ada, _passkey) = TestApp::new().with_passkey(ADA).await;
    let target = target_of_first(&app, &ada).await;
    let bea = app.new_account("bea@example.com").await;
    app.enrol_passkey(&bea).await;
    assert_eq!(bea.calling(&app).get(&target).await.summary(), "404 not_found");
    assert_eq!(bea.calling(&app).patch(&target, json!({ "name": "Mine" })).await.summary(), "404 not_found");
    assert_eq!(bea.calling(&app).delete(&target).await.summary(), "404 not_found");
    assert_eq!(list(&app, &ada).await.len(), 1);
}

#[tokio::test]
async fn removing_the_last_one_takes_the_recovery_codes_along_and_frees_the_passkey() {
    let (app, ada, mut passkey) = TestApp::new().with_passkey(ADA).await;
    let other = Person::of(app.sign_in_by_passkey(&mut passkey).await.success());
    let target = target_of_first(&app, &ada).await;
    app.advance(SignedDuration::from_mins(6));
    let refused = ada.calling(&app).delete(&target).await;
    assert_eq!(
        (refused.summary().as_str(), &refused.json()["methods"]),
        ("403 step_up_required", &json!(["passkey", "recovery_code"]))
    );
    let shown = passkey.show(&app.step_up_options(&ada).await).unwrap();
    ada.calling(&app).post("/api/auth/step-up", json!({ "passkey": shown })).await.success();
    assert_eq!(ada.calling(&app).delete(&target).await.status, 204);
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "A passkey was removed from your account with Acme");
    assert_eq!(other.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(ada.calling(&app).get("/api/auth/mfa").await.success()["enabled"], false);
    let left = app.engine.scan("MainTable");
    let gone = ["Passkey", "PasskeyClaim", "RecoveryCodes"];
    assert!(!left.iter().any(|row| gone.contains(&row["entity"]["S"].as_str().unwrap())));
    assert_eq!(app.sign_in_by_passkey(&mut passkey).await.summary(), "401 invalid_credentials");
    assert_eq!(app.sign_in(ADA).await.success()["user"]["mfa_enabled"], false);
    assert_eq!(ada.calling(&app).delete(&target).await.summary(), "404 not_found");
    app.run_workers().await;
}

#[tokio::test]
async fn removing_one_of_two_leaves_the_other_and_the_codes() {
    let (app, ada, mut first) = TestApp::new().with_passkey(ADA).await;
    let mut second = app.enrol_passkey(&ada).await;
    let target = target_of_first(&app, &ada).await;
    let caller = ada.calling(&app);
    let removals = join_all((0..5).map(|_| caller.delete(&target))).await;
    assert_eq!(removals.iter().filter(|answer| answer.status == 204).count(), 1);
    app.run_workers().await;
    assert_eq!(ada.calling(&app).get("/api/auth/mfa").await.success()["recovery_codes"]["left"], 10);
    assert_eq!(app.sign_in_by_passkey(&mut first).await.summary(), "401 invalid_credentials");
    assert_eq!(app.sign_in_by_passkey(&mut second).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn a_password_that_is_to_stand_alone_is_shown_with_the_last_passkey_and_long_enough() {
    let app = TestApp::with_config(&[("PASSWORD_MIN_LENGTH_ALONE", "20")]);
    let (app, ada, _passkey) = app.with_passkey(ADA).await;
    let change = async |ada: &Person, old: &str, new: &str| {
        let body = json!({ "current_password": old, "new_password": new, "keep_me_signed_in": true });
        let ada = Person::of(ada.calling(&app).post("/api/auth/password", body).await.success());
        app.run_workers().await;
        ada
    };
    let short = "kq8!zr4#wv2x";
    let ada = change(&ada, PASSWORD, short).await;
    let target = target_of_first(&app, &ada).await;
    assert_eq!(ada.calling(&app).delete(&target).await.details(), "422 validation_failed /password missing");
    let wrong = json!({ "password": "wrong" });
    assert_eq!(remove(&app, &ada, &target, &wrong).await.summary(), "403 password_wrong");
    let shown = json!({ "password": short });
    let refused = remove(&app, &ada, &target, &shown).await;
    assert_eq!(refused.details(), "422 password_too_weak /password too_short");
    let ada = change(&ada, short, PASSWORD).await;
    assert_eq!(remove(&app, &ada, &target, &json!({ "password": PASSWORD })).await.status, 204);
    app.run_workers().await;
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let (app, ada, _passkey) = TestApp::new().with_passkey(ADA).await;
    let target = target_of_first(&app, &ada).await;
    app.forget_password(&ada);
    assert_eq!(ada.calling(&app).delete(&target).await.summary(), "400 last_login_method");
    app.enrol_passkey(&ada).await;
    assert_eq!(ada.calling(&app).delete(&target).await.status, 204, "another one lets its person in");
    app.run_workers().await;
}

#[tokio::test]
async fn who_must_have_a_factor_enrols_a_passkey_in_the_middle_of_the_sign_in() {
    let app = TestApp::with_config(&[("MFA_REQUIRED", "everybody")]);
    let registration = app.register(ADA).await.text_of("registration_token");
    app.run_workers().await;
    let token = app.verify_email(&registration, &app.code_to(ADA)).await.text_of("mfa_token");
    app.run_workers().await;
    let ask = async |body: Value| app.anon().post(&format!("{MINE}/options"), body).await;
    let odd = json!({ "mfa_token": token, "purpose": "step_up" });
    assert_eq!(ask(odd).await.details(), "422 validation_failed /purpose invalid");
    let options = ask(json!({ "mfa_token": token })).await.success();
    let mut passkey = new_passkey();
    let body = json!({ "mfa_token": token, "passkey": passkey.make(&options).unwrap() });
    let answer = app.anon().post(MINE, body.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let enrolled = answer.json();
    assert_eq!(enrolled["recovery_codes"].as_array().unwrap().len(), 10);
    let ada = Person::of(enrolled);
    assert_eq!((&ada.answer["user"]["mfa_enabled"], list(&app, &ada).await.len()), (&json!(true), 1));
    assert_eq!(app.anon().post(MINE, body).await.summary(), "401 token_invalid", "once");
    app.run_workers().await;
    assert_eq!(app.sign_in_by_passkey(&mut passkey).await.status, 200, "it satisfies the policy");
    app.run_workers().await;
}

#[tokio::test]
async fn the_pages_of_the_owner_are_told_to_password_managers() {
    let app = TestApp::new();
    let told = async |app: &TestApp| app.anon().get("/.well-known/passkey-endpoints").await;
    assert_eq!(told(&app).await.success(), json!({}));
    let app = TestApp::with_config(&[
        ("PASSKEY_ENROLL_URL", "https://app.example.com/passkeys/new"),
        ("PASSKEY_MANAGE_URL", "https://app.example.com/passkeys"),
    ]);
    let answer = told(&app).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let expected =
        json!({ "enroll": "https://app.example.com/passkeys/new", "manage": "https://app.example.com/passkeys" });
    assert_eq!(answer.success(), expected);
}
