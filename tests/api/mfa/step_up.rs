//! Sensitive acts of accounts with a second factor: the password alone is not enough any more.

use jiff::SignedDuration;
use latchkey_tests::{Authenticator, NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

use super::ADA;

/// Somebody whose session is an hour old.
async fn an_hour_later() -> (TestApp, Person, Authenticator) {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    app.advance(SignedDuration::from_hours(1));
    let ada = Person::of(app.refresh(&ada.refresh).await.success());
    (app, ada, authenticator)
}

async fn step_up(app: &TestApp, person: &Person, body: Value) -> latchkey_tests::Answer {
    person.calling(app).post("/api/auth/step-up", body).await
}

#[tokio::test]
async fn a_code_or_a_recovery_code_makes_the_session_fresh_and_nothing_lower_does() {
    for by_recovery_code in [false, true] {
        let (app, ada, authenticator) = an_hour_later().await;
        let leave = async || ada.calling(&app).delete("/api/auth/me").await;
        assert_eq!(leave().await.summary(), "403 step_up_required");
        for lower in [json!({ "password": PASSWORD }), json!({ "method": "email" }), json!({ "code": "12345678" })] {
            let answer = step_up(&app, &ada, lower.clone()).await;
            assert_eq!(answer.summary(), "403 step_up_required", "{lower}");
            assert_eq!(answer.json()["methods"], json!(["totp_code", "recovery_code"]));
        }
        let shown = if by_recovery_code {
            json!({ "recovery_code": authenticator.recovery_codes[0] })
        } else {
            json!({ "totp_code": authenticator.code_in(&app, 0) })
        };
        assert_eq!(step_up(&app, &ada, shown.clone()).await.status, 204);
        assert_eq!(step_up(&app, &ada, shown).await.summary(), "400 code_invalid", "once");
        app.run_workers().await;
        let told = app.subjects_to(ADA).iter().filter(|one| one.starts_with("A recovery code")).count();
        assert_eq!(told, usize::from(by_recovery_code));
        let sessions = ada.calling(&app).get("/api/auth/sessions").await.success();
        let shown = if by_recovery_code { "recovery_code" } else { "totp" };
        assert!(sessions["items"].as_array().unwrap().iter().any(|one| one["factor"] == shown));
        assert_eq!(leave().await.status, 202);
        app.run_workers().await;
    }
}

#[tokio::test]
async fn who_has_no_factor_shows_none() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for shown in [json!({ "totp_code": "123456" }), json!({ "recovery_code": "0000-0000-0000-0000" })] {
        let answer = step_up(&app, &ada, shown).await;
        assert_eq!(
            (answer.summary().as_str(), &answer.json()["methods"]),
            ("403 step_up_required", &json!(["password"]))
        );
    }
    for wrong in [json!({ "totp_code": "12345" }), json!({ "recovery_code": "x" })] {
        assert_eq!(step_up(&app, &ada, wrong).await.summary(), "400 code_invalid");
    }
}

#[tokio::test]
async fn the_password_changes_with_the_old_one_and_a_factor_of_the_last_minutes() {
    let (app, ada, authenticator) = an_hour_later().await;
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD, "keep_me_signed_in": true });
    let change = async |body: Value| ada.calling(&app).post("/api/auth/password", body).await;
    let hashes = app.hashes();
    assert_eq!(change(body.clone()).await.summary(), "403 step_up_required");
    assert_eq!(app.hashes(), hashes, "nothing is hashed before");
    step_up(&app, &ada, json!({ "totp_code": authenticator.code_in(&app, 0) })).await.success();
    let wrong = json!({ "current_password": "wrong", "new_password": NEW_PASSWORD });
    assert_eq!(change(wrong).await.summary(), "403 password_wrong");
    let kept = Person::of(change(body).await.success());
    app.run_workers().await;
    assert_eq!(kept.calling(&app).delete("/api/auth/me").await.status, 202, "what was shown counts in the new session");
    app.run_workers().await;
}

#[tokio::test]
async fn a_session_that_changed_the_password_is_no_fresher_than_its_factor() {
    let (app, ada, authenticator) = an_hour_later().await;
    step_up(&app, &ada, json!({ "totp_code": authenticator.code_in(&app, 0) })).await.success();
    app.advance(SignedDuration::from_mins(4));
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD, "keep_me_signed_in": true });
    let kept = Person::of(ada.calling(&app).post("/api/auth/password", body).await.success());
    app.run_workers().await;
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(kept.calling(&app).delete("/api/auth/me").await.summary(), "403 step_up_required");
}

#[tokio::test]
async fn the_address_changes_with_the_password_and_a_factor_of_the_last_minutes() {
    let (app, ada, authenticator) = an_hour_later().await;
    let ask = async |body: Value| ada.calling(&app).post("/api/auth/email-change", body).await;
    let with = json!({ "new_email": "ada@example.org", "current_password": PASSWORD });
    assert_eq!(ask(with.clone()).await.summary(), "403 step_up_required");
    step_up(&app, &ada, json!({ "totp_code": authenticator.code_in(&app, 0) })).await.success();
    let wrong = json!({ "new_email": "ada@example.org", "current_password": "wrong" });
    assert_eq!(ask(wrong).await.summary(), "403 password_wrong");
    assert_eq!(ask(with).await.status, 202);
    assert_eq!(ada.calling(&app).delete("/api/auth/me").await.status, 202, "the password took nothing of it away");
    app.run_workers().await;
}

#[tokio::test]
async fn a_session_from_before_the_factor_shows_it_first() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let authenticator = app.enrol_totp(&ada).await;
    app.advance(SignedDuration::from_mins(6));
    let answer = ada.calling(&app).post("/api/auth/mfa/totp", json!({})).await;
    assert_eq!(answer.summary(), "403 step_up_required", "another app needs the first");
    step_up(&app, &ada, json!({ "totp_code": authenticator.code_in(&app, 0) })).await.success();
    assert_eq!(ada.calling(&app).post("/api/auth/mfa/totp", json!({})).await.status, 200);
}
