//! Answering a challenge twice, elsewhere, or later than it was asked.

use futures_util::future::join_all;
use latchkey_tests::{Fault, NEW_PASSWORD, Person, TestApp, new_passkey};
use serde_json::{Value, json};

use super::{ADA, BEA, count, loose, succeeded};

#[tokio::test]
async fn signing_in_with_the_challenge_of_an_enrolment_and_back() {
    let (app, ada, mut passkey) = loose().await;
    let enrolment = app.passkey_options(&ada).await;
    assert_eq!(app.send_assertion(&passkey.show(&enrolment).unwrap()).await.summary(), "401 invalid_credentials");
    let mut other = new_passkey();
    let made = other.make(&enrolment).unwrap();
    let challenge = app.sign_in_options().await["publicKey"]["challenge"].clone();
    let mut crossed = enrolment.clone();
    crossed["publicKey"]["challenge"] = challenge;
    let crossed = other.make(&crossed).unwrap();
    assert_eq!(app.send_passkey(&ada, crossed).await.summary(), "400 passkey_invalid");
    // Of the right challenge, but made by the other ceremony.
    other.ceremony = Some("webauthn.get");
    let typed = other.make(&enrolment).unwrap();
    assert_eq!(app.send_passkey(&ada, typed).await.summary(), "400 passkey_invalid");
    passkey.ceremony = Some("webauthn.create");
    assert_eq!(app.sign_in_by_passkey(&mut passkey).await.summary(), "401 invalid_credentials");
    assert_eq!(app.send_passkey(&ada, made).await.status, 201, "none of it spent the challenge");
    app.run_workers().await;
}

#[tokio::test]
async fn answering_a_challenge_of_another_act_person_or_session() {
    let (app, ada, mut hers) = loose().await;
    let bea = app.new_account(BEA).await;
    let mut own = app.enrol_passkey(&bea).await;
    let elsewhere = Person::of(app.sign_in_by_passkey(&mut hers).await.success());
    let ada_token = app.first_step(ADA).await;
    let again = app.first_step(ADA).await;
    let asked = [
        app.sign_in_options().await,
        app.second_step_options(&ada_token).await,
        app.step_up_options(&ada).await,
        app.step_up_options(&elsewhere).await,
        app.passkey_options(&ada).await,
    ];
    let step_up = async |person: &Person, shown: Value| {
        person.calling(&app).post("/api/auth/step-up", json!({ "passkey": shown })).await.summary()
    };
    for (n, options) in asked.iter().enumerate() {
        if n != 0 {
            assert_eq!(
                app.send_assertion(&hers.show(options).unwrap()).await.summary(),
                "401 invalid_credentials",
                "{n}"
            );
        }
        if n != 1 {
            let shown = hers.show(options).unwrap();
            assert_eq!(app.second_step_by_passkey(&ada_token, &shown).await.summary(), "401 code_invalid", "{n}");
        }
        let shown = hers.show(options).unwrap();
        assert_eq!(
            app.second_step_by_passkey(&again, &shown).await.summary(),
            "401 code_invalid",
            "{n}, another sign-in"
        );
        if n != 2 {
            assert_eq!(step_up(&ada, hers.show(options).unwrap()).await, "400 code_invalid", "{n}");
        }
        assert_eq!(step_up(&bea, own.show(options).unwrap()).await, "400 code_invalid", "{n}");
    }
    // An enrolment that somebody else asked for, or the same person in another session.
    for person in [&bea, &elsewhere] {
        let made = new_passkey().make(&asked[4]).unwrap();
        assert_eq!(app.send_passkey(person, made).await.summary(), "400 passkey_invalid");
    }
    assert_eq!(step_up(&ada, hers.show(&asked[2]).unwrap()).await, "204", "each is good where it was asked for");
    assert_eq!(app.second_step_by_passkey(&ada_token, &hers.show(&asked[1]).unwrap()).await.status, 200);
    assert_eq!(app.send_assertion(&hers.show(&asked[0]).unwrap()).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn showing_one_assertion_fifty_times_at_once_and_again() {
    let (app, _ada, mut passkey) = loose().await;
    let assertion = passkey.show(&app.sign_in_options().await).unwrap();
    let sessions = count(&app, "Session");
    let answers = join_all((0..50).map(|_| app.send_assertion(&assertion))).await;
    assert_eq!(succeeded(&answers), 1);
    let expected = ["200", "401 invalid_credentials", "503 unavailable"];
    assert!(answers.iter().all(|answer| expected.contains(&answer.summary().as_str())));
    assert_eq!(count(&app, "Session"), sessions + 1);
    assert_eq!(app.send_assertion(&assertion).await.summary(), "401 invalid_credentials");
    app.run_workers().await;
}

#[tokio::test]
async fn showing_one_assertion_in_a_sign_in_fifty_times_at_once() {
    let (app, _ada, mut passkey) = loose().await;
    let token = app.first_step(ADA).await;
    let assertion = passkey.show(&app.second_step_options(&token).await).unwrap();
    let answers = join_all((0..50).map(|_| app.second_step_by_passkey(&token, &assertion))).await;
    assert_eq!(succeeded(&answers), 1);
}

#[tokio::test]
async fn using_a_challenge_after_all_sessions_were_ended() {
    let (app, ada, mut passkey) = loose().await;
    let made = new_passkey().make(&app.passkey_options(&ada).await).unwrap();
    let token = app.first_step(ADA).await;
    let shown = passkey.show(&app.second_step_options(&token).await).unwrap();
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await.success();
    app.run_workers().await;
    assert_eq!(app.send_passkey(&ada, made).await.summary(), "401 token_invalid");
    assert_eq!(app.second_step_by_passkey(&token, &shown).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn breaking_the_store_at_each_call_of_an_enrolment_and_a_sign_in() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    let (app, ada, mut passkey) = app.with_passkey(ADA).await;
    let mut broken = [0; 2];
    for nth in 0..6 {
        let assertion = passkey.show(&app.sign_in_options().await).unwrap();
        app.engine.break_call(nth, Fault::Unreachable);
        let first = app.send_assertion(&assertion).await;
        if app.engine.heal() > 0 {
            broken[0] += 1;
            assert_eq!(first.summary(), "503 unavailable", "call {nth}");
            assert_eq!(app.send_assertion(&assertion).await.status, 200, "call {nth}");
        } else {
            assert_eq!(first.status, 200, "call {nth}: {}", first.text);
        }
        let made = new_passkey().make(&app.passkey_options(&ada).await).unwrap();
        app.engine.break_call(nth, Fault::Unreachable);
        let first = app.send_passkey(&ada, made.clone()).await;
        if app.engine.heal() > 0 {
            broken[1] += 1;
            assert_eq!(first.summary(), "503 unavailable", "call {nth}");
            assert_eq!(app.send_passkey(&ada, made).await.status, 201, "call {nth}");
        } else {
            assert_eq!(first.status, 201, "call {nth}: {}", first.text);
        }
        app.run_workers().await;
    }
    assert!(broken.iter().all(|calls| (2..6).contains(calls)), "{broken:?} calls were broken");
}

#[tokio::test]
async fn one_lost_answer_does_not_make_a_right_passkey_wrong() {
    let (app, _ada, mut passkey) = loose().await;
    let assertion = passkey.show(&app.sign_in_options().await).unwrap();
    app.engine.fail("TransactWriteItems", 0, Fault::LostAnswer);
    assert_eq!(app.send_assertion(&assertion).await.status, 200);
    app.run_workers().await;
}
