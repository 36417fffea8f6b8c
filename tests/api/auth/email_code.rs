//! `POST /api/auth/email-code` and `POST /api/auth/email-code/confirm`

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Answer, Person, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";
const ASK: &str = "/api/auth/email-code";
const CONFIRM: &str = "/api/auth/email-code/confirm";

async fn app_with_ada() -> (TestApp, Person) {
    TestApp::with_config(&[("EMAIL_CODE_SIGN_IN", "on")]).with_account(ADA).await
}

async fn ask(app: &TestApp, email: &str) -> String {
    assert_eq!(app.ask_for_sign_in_code(email).await.status, 202);
    app.run_workers().await;
    app.code_to(email)
}

async fn confirm(app: &TestApp, email: &str, code: &str) -> Answer {
    app.sign_in_by_code(email, code).await
}

#[tokio::test]
async fn nobody_signs_in_by_a_code_unless_the_owner_switches_it_on() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    assert_eq!(app.anon().post(ASK, json!({ "email": ADA })).await.summary(), "404 not_found");
    assert_eq!(confirm(&app, ADA, "12345678").await.summary(), "404 not_found");
}

#[tokio::test]
async fn a_mailed_code_signs_in_once_and_counts_as_no_more_than_it_is() {
    let (app, _ada) = app_with_ada().await;
    let code = ask(&app, ADA).await;
    let mail = app.mail_to(ADA);
    assert_eq!(mail.subject, format!("{} {} is your Acme sign-in code", &code[..4], &code[4..]));
    assert!(mail.text.contains("203.0.113.9"), "{}", mail.text);
    let ada = Person::of(confirm(&app, ADA, &code).await.success());
    app.run_workers().await;
    assert_eq!(app.notice_to(ADA).subject, "New sign-in to your Acme account from Firefox on Linux");
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.success()["login_count"], 2);
    let leave = ada.calling(&app).delete("/api/auth/me").await;
    assert_eq!((leave.summary().as_str(), &leave.json()["methods"]), ("403 step_up_required", &json!(["password"])));
    assert_eq!(confirm(&app, ADA, &code).await.summary(), "400 code_invalid");
    let rows = app.engine.scan("MainTable");
    assert!(rows.iter().any(|row| row["event"]["S"] == "LOGIN" && row["extra"]["M"]["method"]["S"] == "mailed_code"));
}

#[tokio::test]
async fn a_known_device_is_known_by_this_way_too() {
    let (app, ada) = app_with_ada().await;
    let code = ask(&app, ADA).await;
    let body = json!({
        "sign_in_token": app.sign_in_token(ADA), "code": code, "device_token": ada.answer["device_token"],
        "device_name": "Ada's laptop",
    });
    let signed_in = Person::of(app.anon().post(CONFIRM, body).await.success());
    app.run_workers().await;
    assert!(!app.subjects_to(ADA).iter().any(|subject| subject.starts_with("New sign-in")));
    assert_eq!(app.current_session(&signed_in).await["device"], "Ada's laptop");
}

#[tokio::test]
async fn a_code_is_no_second_factor() {
    let (app, ada) = app_with_ada().await;
    let authenticator = app.enrol_totp(&ada).await;
    let code = ask(&app, ADA).await;
    let first = confirm(&app, ADA, &code).await.success();
    assert_eq!((&first["status"], &first["access"]), (&json!("mfa_required"), &json!(null)));
    let token = first["mfa_token"].as_str().unwrap();
    let again = ask(&app, ADA).await;
    let body = json!({ "mfa_token": token, "totp_code": again });
    assert_eq!(app.anon().post("/api/auth/token/mfa", body).await.summary(), "401 code_invalid");
    let signed_in = Person::of(app.second_step(token, &authenticator.next_code(&app)).await.success());
    app.run_workers().await;
    assert_eq!(signed_in.calling(&app).delete("/api/auth/me").await.status, 202, "now all has been shown");
    app.run_workers().await;
}

#[tokio::test]
async fn who_must_have_a_factor_is_sent_to_enrol_one_by_this_way_too() {
    let app = TestApp::with_config(&[("EMAIL_CODE_SIGN_IN", "on"), ("MFA_REQUIRED", "everybody")]);
    let token = app.register(ADA).await.text_of("registration_token");
    app.run_workers().await;
    app.verify_email(&token, &app.code_to(ADA)).await;
    app.run_workers().await;
    let code = ask(&app, ADA).await;
    assert_eq!(confirm(&app, ADA, &code).await.success()["status"], "mfa_enrolment_required");
}

#[tokio::test]
async fn of_fifty_who_come_with_one_code_one_is_signed_in() {
    let app = TestApp::with_config(&[("EMAIL_CODE_SIGN_IN", "on"), ("RATE_CONFIRM", "1000/hour")]);
    let (app, _ada) = app.with_account(ADA).await;
    let code = ask(&app, ADA).await;
    let answers = join_all((0..50).map(|_| confirm(&app, ADA, &code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    app.run_workers().await;
}

#[tokio::test]
async fn a_code_dies_of_five_tries_of_ten_minutes_and_with_the_sessions() {
    let (app, ada) = app_with_ada().await;
    let first = ask(&app, ADA).await;
    for _ in 0..5 {
        assert_eq!(confirm(&app, ADA, "00000000").await.summary(), "400 code_invalid");
    }
    assert_eq!(confirm(&app, ADA, &first).await.summary(), "400 code_invalid");
    let second = ask(&app, ADA).await;
    app.advance(SignedDuration::from_mins(10));
    assert_eq!(confirm(&app, ADA, &second).await.summary(), "400 code_invalid");
    app.advance(SignedDuration::from_mins(2));
    let third = ask(&app, ADA).await;
    ada.calling(&app).delete("/api/auth/sessions").await.success();
    assert_eq!(confirm(&app, ADA, &third).await.summary(), "400 code_invalid");
}

#[tokio::test]
async fn a_code_is_of_its_purpose_its_account_and_its_address() {
    let (app, ada) = app_with_ada().await;
    app.new_account("bea@example.com").await;
    let code = ask(&app, ADA).await;
    ask(&app, "bea@example.com").await;
    assert_eq!(confirm(&app, "bea@example.com", &code).await.summary(), "400 code_invalid");
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let reset = app.reset_password(ADA, &code, "purple otters juggle nightly").await;
    assert_eq!(reset.summary(), "400 code_invalid");
    assert_eq!(confirm(&app, ADA, &app.code_to(ADA)).await.summary(), "400 code_invalid");
    app.change_email(&ada, "ada@example.org").await;
    assert_eq!(confirm(&app, ADA, &code).await.summary(), "400 code_invalid");
}

#[tokio::test]
async fn a_registration_that_waits_gets_its_confirmation_again() {
    let (app, _ada) = app_with_ada().await;
    app.register("bea@example.com").await;
    app.run_workers().await;
    app.anon().post(ASK, json!({ "email": "bea@example.com" })).await;
    app.run_workers().await;
    assert_eq!(app.subjects_to("bea@example.com").len(), 2);
    assert!(app.link_to("bea@example.com").starts_with("/confirm-email"));
}

#[tokio::test]
async fn who_keeps_asking_leaves_the_codes_of_before_good() {
    let (app, _ada) = app_with_ada().await;
    let code = ask(&app, ADA).await;
    let token = app.sign_in_token(ADA);
    for n in 0..12 {
        let caller = app.anon().from(&format!("198.51.100.{n}"));
        assert_eq!(caller.post(ASK, json!({ "email": ADA })).await.status, 202);
    }
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).iter().filter(|subject| subject.contains("sign-in code")).count(), 3);
    let body = json!({ "sign_in_token": token, "code": code });
    assert_eq!(app.anon().post(CONFIRM, body).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn the_sixth_request_of_an_hour_from_one_address_waits() {
    let (app, _ada) = app_with_ada().await;
    for _ in 0..5 {
        assert_eq!(app.ask_for_sign_in_code(ADA).await.status, 202);
    }
    assert_eq!(app.ask_for_sign_in_code(ADA).await.summary(), "429 rate_limited");
    app.run_workers().await;
}

#[tokio::test]
async fn what_cannot_be_an_address_or_a_code_is_said() {
    let (app, _ada) = app_with_ada().await;
    for (body, expected) in [
        (json!({ "email": "ada@" }), "422 validation_failed /email invalid"),
        (json!({}), "422 invalid_body /email missing"),
        (json!({ "email": ADA, "code": "12345678" }), "422 invalid_body /code unknown"),
    ] {
        assert_eq!(app.anon().post(ASK, body.clone()).await.details(), expected, "{body}");
    }
    for (body, expected) in [
        (json!({ "sign_in_token": app.sign_in_token(ADA), "code": "1234567" }), "400 code_invalid"),
        (json!({ "sign_in_token": "lki_AAAA", "code": "12345678" }), "400 code_invalid"),
        (
            json!({ "sign_in_token": "lki_AAAA", "code": "12345678", "device_name": "a\nb" }),
            "422 validation_failed /device_name invalid",
        ),
        (json!({ "sign_in_token": "lki_AAAA" }), "422 invalid_body /code missing"),
        (json!({ "email": ADA, "code": "12345678" }), "422 invalid_body /email unknown"),
    ] {
        assert_eq!(app.anon().post(CONFIRM, body.clone()).await.details(), expected, "{body}");
    }
}
