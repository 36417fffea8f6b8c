//! Attacks on setting a password with a mailed code or link.

use futures_util::future::join_all;
use http::Method;
use jiff::SignedDuration;
use latchkey_tests::{NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";

async fn with_code() -> (TestApp, Person, String) {
    let app = TestApp::with_config(&[("RATE_CONFIRM", "1000/hour")]);
    let ada = app.new_account(ADA).await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let code = app.code_to(ADA);
    (app, ada, code)
}

fn form(link: &str) -> String {
    format!("token={}&new_password=purple+otters+juggle+nightly", link.split_once("token=").unwrap().1)
}

#[tokio::test]
async fn fifty_right_codes_at_once() {
    let (app, _, code) = with_code().await;
    let answers = join_all((0..50).map(|_| app.reset_password(ADA, &code, NEW_PASSWORD))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| ["200", "400 code_invalid"].contains(&answer.summary().as_str())));
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).iter().filter(|subject| subject.ends_with("has been reset")).count(), 1);
}

#[tokio::test]
async fn fifty_guesses_at_once_are_five() {
    let (app, _, code) = with_code().await;
    let guesses = (0..50).map(|n| format!("{n:08}")).filter(|guess| *guess != code);
    let answers = join_all(guesses.map(async |guess| app.reset_password(ADA, &guess, NEW_PASSWORD).await)).await;
    assert!(answers.iter().all(|answer| answer.summary() == "400 code_invalid"));
    assert_eq!(app.reset_password(ADA, &code, NEW_PASSWORD).await.summary(), "400 code_invalid");
}

#[tokio::test]
async fn two_resets_that_race_by_code_and_by_link() {
    for _ in 0..8 {
        let (app, _, code) = with_code().await;
        let (form, caller) = (form(&app.link_to(ADA)), app.anon());
        let (by_code, by_link) = tokio::join!(
            app.reset_password(ADA, &code, "an entirely different passphrase"),
            caller.post_form("/reset-password", &form)
        );
        app.run_workers().await;
        let won = [by_code.status == 200, by_link.status == 303];
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{} {}", by_code.status, by_link.status);
        let password = if won[0] { "an entirely different passphrase" } else { NEW_PASSWORD };
        let body = json!({ "login": ADA, "password": password });
        assert_eq!(app.anon().post("/api/auth/token", body).await.status, 200);
    }
}

#[tokio::test]
async fn a_reset_during_a_live_session_kills_both_of_its_tokens_at_once() {
    let (app, ada, code) = with_code().await;
    let thief = Person::of(app.sign_in(ADA).await.success());
    app.reset_password(ADA, &code, NEW_PASSWORD).await.success();
    app.run_workers().await;
    for person in [&ada, &thief] {
        assert_eq!(person.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
        assert_eq!(app.refresh(&person.refresh).await.summary(), "401 token_invalid");
        let step_up = person.calling(&app).post("/api/auth/step-up", json!({ "password": NEW_PASSWORD })).await;
        assert_eq!(step_up.summary(), "401 token_invalid");
    }
}

#[tokio::test]
async fn a_sign_in_with_the_old_password_that_races_a_reset_begins_no_session_that_outlives_it() {
    let mut signed_in_first = 0;
    for round in 0..100 {
        if round >= 8 && signed_in_first > 0 {
            break;
        }
        let (app, _, code) = with_code().await;
        let (signed_in, reset) = tokio::join!(app.sign_in(ADA), app.reset_password(ADA, &code, NEW_PASSWORD));
        app.run_workers().await;
        assert_eq!(reset.status, 200);
        if signed_in.status == 200 {
            signed_in_first += 1;
            let person = Person::of(signed_in.json());
            assert_eq!(person.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
        }
    }
    assert!(signed_in_first > 0, "no sign-in was begun before the reset");
}

#[tokio::test]
async fn a_thief_who_ends_sessions_to_keep_the_owner_from_resetting() {
    for _ in 0..8 {
        let (app, ada, code) = with_code().await;
        let thief = ada.calling(&app);
        let (reset, _) = tokio::join!(
            app.reset_password(ADA, &code, NEW_PASSWORD),
            join_all((0..3).map(|_| thief.delete("/api/auth/sessions")))
        );
        app.run_workers().await;
        assert_eq!(reset.summary(), "200");
        assert_eq!(thief.get("/api/auth/me").await.summary(), "401 token_invalid");
    }
}

#[tokio::test]
async fn a_reset_and_a_change_that_race() {
    for _ in 0..8 {
        let (app, ada, code) = with_code().await;
        let (caller, third) = (ada.calling(&app), "seven quiet lanterns drift");
        let change = json!({ "current_password": PASSWORD, "new_password": third, "keep_me_signed_in": true });
        let (reset, changed) =
            tokio::join!(app.reset_password(ADA, &code, NEW_PASSWORD), caller.post("/api/auth/password", change));
        app.run_workers().await;
        let won = [reset.status == 200, changed.status == 200];
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{} {}", reset.summary(), changed.summary());
        let password = if won[0] { NEW_PASSWORD } else { third };
        let body = json!({ "login": ADA, "password": password });
        assert_eq!(app.anon().post("/api/auth/token", body).await.status, 200);
    }
}

#[tokio::test]
async fn codes_and_tokens_of_every_other_kind() {
    let (app, ada, reset) = with_code().await;
    let bea = app.new_account("bea@example.com").await;
    app.forget_password(&bea);
    bea.calling(&app).post("/api/auth/step-up", json!({ "method": "email" })).await.success();
    let registration = app.register("cyd@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let (step_up, confirm) = (app.code_to("bea@example.com"), app.code_to("cyd@example.com"));
    for (email, code) in [
        ("bea@example.com", &step_up),
        ("bea@example.com", &reset),
        ("cyd@example.com", &confirm),
        (ADA, &step_up),
        (ADA, &confirm),
    ] {
        assert_eq!(app.reset_password(email, code, NEW_PASSWORD).await.summary(), "400 code_invalid", "{email}");
    }
    let wrong_purpose = bea.calling(&app).post("/api/auth/step-up", json!({ "code": reset })).await;
    assert_eq!(wrong_purpose.summary(), "400 code_invalid");
    assert_eq!(app.verify_email(&registration, &reset).await.summary(), "400 code_invalid");
    let confirm_link = app.link_to("cyd@example.com").split_once("token=").unwrap().1.to_owned();
    for token in [&confirm_link, &registration, &ada.access, &ada.refresh] {
        let posted = app.anon().post_form("/reset-password", &form(&format!("token={token}"))).await;
        assert_eq!(posted.status, 400, "{token}");
    }
    let swapped = form(&app.link_to(ADA)).replace("new_password", "password");
    assert_eq!(app.anon().post_form("/confirm-email", &swapped).await.status, 400);
    assert_eq!(app.sign_in(ADA).await.status, 200);
}

#[tokio::test]
async fn a_scanner_that_opens_the_mailed_link() {
    let (app, _, code) = with_code().await;
    let link = app.link_to(ADA);
    app.engine.take_calls();
    for method in [Method::GET, Method::HEAD, Method::GET, Method::HEAD] {
        assert_eq!(app.anon().request(method, &link, None, Vec::new()).await.status, 200);
    }
    let calls = app.engine.take_calls_of_rules();
    assert!(calls.len() == 4 && calls.iter().all(|call| call.operation == "GetItem"), "looking only reads");
    assert_eq!(app.reset_password(ADA, &code, NEW_PASSWORD).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn a_code_that_outlives_the_password_it_was_meant_to_replace() {
    let (app, _, first) = with_code().await;
    let first_link = app.link_to(ADA);
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await.success();
    app.run_workers().await;
    assert_eq!(app.reset_password(ADA, &first, PASSWORD).await.summary(), "400 code_invalid");
    assert_eq!(app.anon().post_form("/reset-password", &form(&first_link)).await.status, 400);
}

#[tokio::test]
async fn a_link_after_its_hour() {
    let (app, _, _) = with_code().await;
    let form = form(&app.link_to(ADA));
    app.advance(SignedDuration::from_mins(60));
    let late = app.anon().post_form("/reset-password", &form).await;
    assert_eq!(late.status, 400);
    assert!(late.text.contains("ask for a new mail"), "{}", late.text);
}
