//! `POST /api/auth/mfa/totp`, `POST /api/auth/mfa/totp/confirm` and `GET /api/auth/mfa`.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Person, TestApp, code_of};
use serde_json::{Value, json};

use super::ADA;

const ENROL: &str = "/api/auth/mfa/totp";
const CONFIRM: &str = "/api/auth/mfa/totp/confirm";

async fn confirm(app: &TestApp, person: &Person, code: &str) -> latchkey_tests::Answer {
    person.calling(app).post(CONFIRM, json!({ "code": code })).await
}

#[tokio::test]
async fn a_secret_comes_as_text_as_a_uri_and_as_a_picture() {
    let (app, ada) = TestApp::new().with_account("ada+phone@example.com").await;
    let answer = ada.calling(&app).post(ENROL, json!({})).await.success();
    let secret = answer["secret"].as_str().unwrap();
    assert!(secret.len() == 32 && secret.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7')), "{secret}");
    assert_eq!(
        answer["otpauth_uri"],
        format!(
            "otpauth://totp/Acme:ada%2Bphone%40example.com?secret={secret}&issuer=Acme&algorithm=SHA1&digits=6&period=30"
        )
    );
    let picture = answer["qr_code"].as_str().unwrap();
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>") && !picture.contains("<script"), "{picture}");
    assert_eq!(answer["expires_at"], "2026-03-02T09:45:00.000Z");
}

#[tokio::test]
async fn an_app_is_a_factor_once_one_of_its_codes_was_shown() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let secret = ada.calling(&app).post(ENROL, json!({})).await.text_of("secret");
    let none = ada.calling(&app).get("/api/auth/mfa").await.success();
    assert_eq!(none, json!({ "enabled": false, "required": false, "factors": [], "recovery_codes": null }));
    assert_eq!(app.sign_in(ADA).await.success()["user"]["mfa_enabled"], false, "it is none yet");
    let answer = confirm(&app, &ada, &code_of(&secret, app.now().as_second())).await.success();
    let codes: Vec<&str> =
        answer["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(codes.len(), 10);
    let different: std::collections::BTreeSet<_> = codes.iter().collect();
    assert_eq!(different.len(), 10);
    assert!(answer["access"].is_null(), "who is signed in already gets no tokens");
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert_eq!(mail.subject, "Signing in to Acme needs an authenticator app now");
    assert!(mail.text.contains("203.0.113.9"), "{}", mail.text);
    let has = ada.calling(&app).get("/api/auth/mfa").await.success();
    let at = "2026-03-02T09:30:00.000Z";
    assert_eq!(
        has,
        json!({
            "enabled": true, "required": false,
            "factors": [{ "factor": "totp", "added_at": at }],
            "recovery_codes": { "left": 10, "issued_at": at },
        })
    );
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.success()["mfa_enabled"], true);
    assert_eq!(app.sign_in(ADA).await.success()["status"], "mfa_required");
}

#[tokio::test]
async fn the_session_that_enrols_goes_on_and_all_others_end() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let other = Person::of(app.sign_in(ADA).await.success());
    app.enrol_totp(&ada).await;
    assert_eq!(other.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(app.refresh(&other.refresh).await.summary(), "401 token_invalid");
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200);
    assert_eq!(
        app.current_session(&ada).await["factor"],
        "totp",
        "the code that it confirmed with was a second factor"
    );
    let rows = app.engine.scan("MainTable");
    let logged: Vec<_> = rows.iter().filter(|row| row["event"]["S"] == "MFA_ADDED").collect();
    assert_eq!((logged.len(), &logged[0]["extra"]["M"]["factor"]["S"]), (1, &json!("totp")));
}

#[tokio::test]
async fn codes_of_the_steps_around_and_no_others_confirm() {
    for (steps, expected) in [(-2, "400 code_invalid"), (-1, "200"), (0, "200"), (1, "200"), (2, "400 code_invalid")] {
        let (app, ada) = TestApp::new().with_account(ADA).await;
        let secret = ada.calling(&app).post(ENROL, json!({})).await.text_of("secret");
        let code = code_of(&secret, app.now().as_second() + 30 * steps);
        assert_eq!(confirm(&app, &ada, &code).await.summary(), expected, "{steps}");
        app.run_workers().await;
    }
}

/// Asks for so many secrets, one after the other, as a page does that is loaded again.
async fn secrets(app: &TestApp, person: &Person, count: usize) -> Vec<String> {
    let mut secrets = Vec::new();
    for _ in 0..count {
        secrets.push(person.calling(app).post(ENROL, json!({})).await.text_of("secret"));
    }
    secrets
}

#[tokio::test]
async fn a_wrong_code_leaves_the_secret() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    assert_eq!(confirm(&app, &ada, "123456").await.summary(), "400 code_invalid", "there is nothing to confirm");
    let secret = &secrets(&app, &ada, 1).await[0];
    assert_eq!(confirm(&app, &ada, "000000").await.summary(), "400 code_invalid");
    let code = code_of(secret, app.now().as_second());
    assert_eq!(confirm(&app, &ada, &code).await.status, 200);
    assert_eq!(confirm(&app, &ada, &code).await.summary(), "400 code_invalid", "once");
    app.run_workers().await;
}

#[tokio::test]
async fn a_code_of_either_of_two_secrets_confirms_its_own_and_ends_the_other() {
    for (scanned, other) in [(0, 1), (1, 0)] {
        let (app, ada) = TestApp::new().with_account(ADA).await;
        let secrets = secrets(&app, &ada, 2).await;
        assert_ne!(secrets[0], secrets[1], "no secret is shown twice");
        let now = app.now().as_second();
        assert_eq!(confirm(&app, &ada, &code_of(&secrets[scanned], now)).await.details(), "200", "the {scanned}.");
        assert_eq!(confirm(&app, &ada, &code_of(&secrets[other], now)).await.summary(), "400 code_invalid");
        app.run_workers().await;
        app.advance(SignedDuration::from_secs(30));
        let now = app.now().as_second();
        let token = app.first_step(ADA).await;
        assert_eq!(app.second_step(&token, &code_of(&secrets[other], now)).await.summary(), "401 code_invalid");
        assert_eq!(
            app.second_step(&token, &code_of(&secrets[scanned], now)).await.status,
            200,
            "its own is the factor"
        );
    }
}

#[tokio::test]
async fn of_three_secrets_the_first_waits_no_more() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let secrets = secrets(&app, &ada, 3).await;
    let now = app.now().as_second();
    assert_eq!(confirm(&app, &ada, &code_of(&secrets[0], now)).await.summary(), "400 code_invalid");
    assert_eq!(app.engine.scan("EphemeralTable").iter().filter(|row| row["entity"]["S"] == "TotpEnrolment").count(), 1);
    assert_eq!(confirm(&app, &ada, &code_of(&secrets[1], now)).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn each_of_two_secrets_waits_for_fifteen_minutes_of_its_own() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let old = secrets(&app, &ada, 1).await.remove(0);
    app.advance(SignedDuration::from_mins(4));
    let new = secrets(&app, &ada, 1).await.remove(0);
    app.advance(SignedDuration::from_mins(11));
    let ada = Person::of(app.refresh(&ada.refresh).await.success());
    let now = app.now().as_second();
    assert_eq!(confirm(&app, &ada, &code_of(&old, now)).await.summary(), "400 code_invalid", "it has expired");
    assert_eq!(confirm(&app, &ada, &code_of(&new, now)).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn codes_of_both_secrets_at_once_enrol_one_app() {
    for _ in 0..6 {
        let (app, ada) = TestApp::new().with_account(ADA).await;
        let secrets = secrets(&app, &ada, 2).await;
        let now = app.now().as_second();
        let codes: Vec<String> = (0..8).map(|n| code_of(&secrets[n % 2], now)).collect();
        let answers = join_all(codes.iter().map(|code| confirm(&app, &ada, code))).await;
        let enrolled: Vec<_> = (0..8).filter(|n| answers[*n].status == 200).collect();
        assert_eq!(enrolled.len(), 1, "{:?}", answers.iter().map(latchkey_tests::Answer::summary).collect::<Vec<_>>());
        app.run_workers().await;
        assert_eq!(app.subjects_to(ADA).iter().filter(|subject| subject.contains("needs an")).count(), 1);
        app.advance(SignedDuration::from_secs(30));
        let token = app.first_step(ADA).await;
        let code = code_of(&secrets[enrolled[0] % 2], app.now().as_second());
        assert_eq!(app.second_step(&token, &code).await.status, 200, "the one whose code was taken");
    }
}

#[tokio::test]
async fn a_secret_whose_answer_was_lost_does_not_push_the_first_one_out() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let first = secrets(&app, &ada, 1).await.remove(0);
    app.engine.fail("UpdateItem", 2, latchkey_tests::Fault::LostAnswer);
    let second = ada.calling(&app).post(ENROL, json!({})).await;
    app.engine.heal();
    assert_eq!(second.status, 200);
    let code = code_of(&first, app.now().as_second());
    assert_eq!(confirm(&app, &ada, &code).await.status, 200, "what was sent twice was done once");
    app.run_workers().await;
}

#[tokio::test]
async fn a_secret_waits_for_fifteen_minutes_and_dies_with_the_sessions() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let secret = ada.calling(&app).post(ENROL, json!({})).await.text_of("secret");
    app.advance(SignedDuration::from_mins(15));
    let ada = Person::of(app.refresh(&ada.refresh).await.success());
    let code = code_of(&secret, app.now().as_second());
    assert_eq!(confirm(&app, &ada, &code).await.summary(), "400 code_invalid");
    let ada = Person::of(app.sign_in(ADA).await.success());
    let secret = ada.calling(&app).post(ENROL, json!({})).await.text_of("secret");
    ada.calling(&app).delete("/api/auth/sessions").await.success();
    let code = code_of(&secret, app.now().as_second());
    assert_eq!(confirm(&app, &ada, &code).await.summary(), "400 code_invalid");
}

#[tokio::test]
async fn confirming_twice_at_once_enrols_once() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let secret = ada.calling(&app).post(ENROL, json!({})).await.text_of("secret");
    let code = code_of(&secret, app.now().as_second());
    let answers = join_all((0..5).map(|_| confirm(&app, &ada, &code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).iter().filter(|subject| subject.contains("needs an")).count(), 1);
}

#[tokio::test]
async fn a_new_app_takes_the_place_of_the_old_one_when_it_is_confirmed() {
    let (app, ada, old) = TestApp::new().with_authenticator(ADA).await;
    let secret = ada.calling(&app).post(ENROL, json!({})).await.text_of("secret");
    let signed_in = app.sign_in_with(ADA, &old).await;
    assert_eq!(signed_in.answer["user"]["mfa_enabled"], true, "the old one is good until then");
    let confirmed = confirm(&app, &signed_in, &code_of(&secret, app.now().as_second())).await.success();
    app.run_workers().await;
    let token = app.first_step(ADA).await;
    assert_eq!(app.second_step(&token, &old.next_code(&app)).await.summary(), "401 code_invalid");
    let stale = &old.recovery_codes[0];
    assert_eq!(app.second_step_by_recovery_code(&token, stale).await.summary(), "401 code_invalid");
    let fresh = confirmed["recovery_codes"][0].as_str().unwrap();
    assert_eq!(app.second_step_by_recovery_code(&token, fresh).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn enrolling_needs_a_session_that_is_fresh_and_a_code_of_six_digits() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    assert_eq!(app.anon().post(ENROL, json!({})).await.summary(), "401 token_missing");
    assert_eq!(app.anon().post(CONFIRM, json!({ "code": "123456" })).await.summary(), "401 token_missing");
    assert_eq!(app.anon().get("/api/auth/mfa").await.summary(), "401 token_missing");
    for (body, expected) in [
        (json!({ "mfa_token": "lkn_x" }), "401 token_invalid"),
        (json!({ "mfa_token": 1 }), "422 invalid_body /mfa_token wrong_type"),
        (json!({ "secret": "GEZDGNBVGY3TQOJQ" }), "422 invalid_body /secret unknown"),
    ] {
        assert_eq!(ada.calling(&app).post(ENROL, body.clone()).await.details(), expected, "{body}");
    }
    for (body, expected) in [
        (json!({}), "422 validation_failed /code missing"),
        (json!({ "code": "12345" }), "400 code_invalid"),
        (json!({ "code": "１２３４５６" }), "400 code_invalid"),
        (json!({ "code": 123_456 }), "422 invalid_body /code wrong_type"),
    ] {
        assert_eq!(ada.calling(&app).post(CONFIRM, body.clone()).await.details(), expected, "{body}");
    }
    app.advance(SignedDuration::from_mins(5));
    let stale = ada.calling(&app).post(ENROL, json!({})).await;
    assert_eq!((stale.summary().as_str(), &stale.json()["methods"]), ("403 step_up_required", &json!(["password"])));
    let keyed = ada.calling(&app).with("idempotency-key", "one").post(ENROL, json!({})).await;
    assert_eq!(keyed.summary(), "400 idempotency_key_refused");
}

#[tokio::test]
async fn the_sixteenth_secret_of_an_hour_waits() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for _ in 0..15 {
        assert_eq!(ada.calling(&app).post(ENROL, json!({})).await.status, 200);
    }
    assert_eq!(ada.calling(&app).post(ENROL, json!({})).await.summary(), "429 rate_limited");
}

#[tokio::test]
async fn secret_and_codes_lie_sealed_and_as_digests() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let stored = json!([app.engine.scan("MainTable"), app.engine.scan("EphemeralTable")]).to_string();
    let plain = authenticator.recovery_codes.iter().flat_map(|code| [code.clone(), code.replace('-', "")]);
    for secret in plain.chain([authenticator.secret.clone()]) {
        assert!(!stored.contains(&secret), "a table holds {secret}");
    }
    let rows = app.engine.scan("MainTable");
    let row = rows.iter().find(|row| row["entity"]["S"] == "Totp").unwrap();
    assert!(row["sealed"]["M"]["ciphertext"].is_object() && row["last_step"]["N"].is_string(), "{row}");
    assert_eq!(Value::from(rows.iter().filter(|row| row["entity"]["S"] == "RecoveryCodes").count()), json!(1));
}
