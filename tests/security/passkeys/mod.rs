//! Getting past a passkey, or in with one of one's own.

mod browsers;
mod challenges;

use futures_util::future::join_all;
use latchkey_local::authenticator::SoftPasskey;
use latchkey_tests::{Answer, Call, NEW_PASSWORD, Person, TestApp, new_passkey};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const BEA: &str = "bea@example.com";
const MINE: &str = "/api/auth/mfa/passkeys";

/// Rates that let fifty try at once.
const LOOSE: [(&str, &str); 3] =
    [("RATE_SIGN_IN", "1000/min"), ("RATE_MFA", "1000/15min"), ("RATE_PASSWORD", "1000/hour")];

async fn loose() -> (TestApp, Person, SoftPasskey) {
    TestApp::with_config(&LOOSE).with_passkey(ADA).await
}

fn succeeded(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status.is_success()).count()
}

fn count(app: &TestApp, entity: &str) -> usize {
    app.engine.scan("MainTable").iter().filter(|row| row["entity"]["S"] == entity).count()
}

#[tokio::test]
async fn signing_in_as_somebody_else_with_ones_own_passkey() {
    let (app, ada, hers) = loose().await;
    let bea = app.new_account(BEA).await;
    let mut own = app.enrol_passkey(&bea).await;
    let mine = own.user_handle.clone();
    // One's own passkey that says it is hers; and one that says its id is hers.
    own.user_handle.clone_from(&hers.user_handle);
    assert_eq!(app.sign_in_by_passkey(&mut own).await.summary(), "401 invalid_credentials");
    own.credential_id.clone_from(&hers.credential_id);
    assert_eq!(app.sign_in_by_passkey(&mut own).await.summary(), "401 invalid_credentials");
    own.user_handle.clone_from(&mine);
    assert_eq!(app.sign_in_by_passkey(&mut own).await.summary(), "401 invalid_credentials");
    let token = app.first_step(ADA).await;
    let options = app.second_step_options(&token).await;
    for handle in [None, mine, hers.user_handle.clone()] {
        own.user_handle = handle;
        let shown = own.show(&options).unwrap();
        assert_eq!(app.second_step_by_passkey(&token, &shown).await.summary(), "401 code_invalid");
    }
    // Whoever registers her passkey's id as their own finds it taken, and she stays who she is.
    let mut stolen = new_passkey();
    stolen.credential_id.clone_from(&hers.credential_id);
    let made = stolen.make(&app.passkey_options(&bea).await).unwrap();
    assert_eq!(app.send_passkey(&bea, made).await.summary(), "409 passkey_taken");
    let mut hers = hers;
    let back = Person::of(app.sign_in_by_passkey(&mut hers).await.success());
    assert_eq!(back.id(), ada.id());
    app.run_workers().await;
}

#[tokio::test]
async fn enrolling_many_passkeys_at_once() {
    let (app, ada, _passkey) = loose().await;
    for _ in 0..7 {
        app.enrol_passkey(&ada).await;
    }
    for round in 0..4 {
        let mut made = Vec::new();
        for _ in 0..6 {
            let answer = ada.calling(&app).post(&format!("{MINE}/options"), json!({})).await;
            if answer.status == 200 {
                made.push(new_passkey().make(&answer.json()).unwrap());
            }
        }
        let answers = join_all(made.into_iter().map(|made| app.send_passkey(&ada, made))).await;
        assert!(count(&app, "Passkey") <= 10, "round {round}: {}", succeeded(&answers));
        app.run_workers().await;
    }
    assert_eq!((count(&app, "Passkey"), count(&app, "PasskeyClaim")), (10, 10));
    assert_eq!(ada.calling(&app).get(MINE).await.success()["items"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn enrolling_one_passkey_fifty_times_at_once() {
    let (app, ada) = TestApp::with_config(&LOOSE).with_account(ADA).await;
    let made = new_passkey().make(&app.passkey_options(&ada).await).unwrap();
    let answers = join_all((0..50).map(|_| app.send_passkey(&ada, made.clone()))).await;
    assert_eq!(succeeded(&answers), 1);
    app.run_workers().await;
    assert_eq!((count(&app, "Passkey"), count(&app, "RecoveryCodes")), (1, 1));
    assert_eq!(app.subjects_to(ADA).iter().filter(|subject| subject.starts_with("A passkey was added")).count(), 1);
}

#[tokio::test]
async fn adding_a_passkey_of_ones_own_in_the_middle_of_somebodys_sign_in() {
    let (app, _ada, _hers) = loose().await;
    let token = app.first_step(ADA).await;
    for token in [token.clone(), token.replace("lkm_", "lkn_")] {
        let options = app.anon().post(&format!("{MINE}/options"), json!({ "mfa_token": token })).await;
        assert_eq!(options.summary(), "401 token_invalid");
        let made = new_passkey().registration(b"{}", &[]);
        let enrol = app.anon().post(MINE, json!({ "mfa_token": token, "passkey": made })).await;
        assert_eq!(enrol.summary(), "401 token_invalid");
    }
    let bearing = app.anon().bearing(&token);
    assert_eq!(bearing.post(&format!("{MINE}/options"), json!({})).await.summary(), "401 token_invalid");
    assert_eq!(bearing.get(MINE).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn guessing_codes_with_passkeys_in_between() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min"), ("RATE_PASSWORD", "1000/hour")]);
    let (app, ada, mut passkey) = app.with_passkey(ADA).await;
    app.enrol_totp(&ada).await;
    let mut looked_at = 0;
    for guess in 0..14 {
        let token = app.first_step(ADA).await;
        looked_at += usize::from(app.second_step(&token, &format!("{guess:06}")).await.status == 401);
        if guess < 5 {
            let shown = passkey.show(&app.second_step_options(&token).await).unwrap();
            app.second_step_by_passkey(&token, &shown).await.success();
            app.sign_in_by_passkey(&mut passkey).await.success();
        }
    }
    assert_eq!(looked_at, 10, "what succeeded gave its own try back and nothing more");
    // After a password the lock holds for passkeys, too; alone a passkey is no guess, and its owner is not kept out.
    let token = app.first_step(ADA).await;
    let shown = passkey.show(&app.second_step_options(&token).await).unwrap();
    assert_eq!(app.second_step_by_passkey(&token, &shown).await.summary(), "429 rate_limited");
    assert_eq!(app.sign_in_by_passkey(&mut passkey).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn locking_somebodys_factors_with_wrong_passkeys() {
    let (app, _ada, mut passkey) = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]).with_passkey(ADA).await;
    let mut wrong = new_passkey();
    wrong.user_handle.clone_from(&passkey.user_handle);
    wrong.credential_id.clone_from(&passkey.credential_id);
    wrong.rp_id.clone_from(&passkey.rp_id);
    for _ in 0..20 {
        assert_eq!(app.sign_in_by_passkey(&mut wrong).await.summary(), "401 invalid_credentials");
    }
    let token = app.first_step(ADA).await;
    let shown = passkey.show(&app.second_step_options(&token).await).unwrap();
    assert_eq!(app.second_step_by_passkey(&token, &shown).await.status, 200);
}

#[tokio::test]
async fn learning_from_a_wrong_passkey_whether_there_is_one() {
    let (app, ada, passkey) = loose().await;
    let bea = app.new_account(BEA).await;
    app.run_workers().await;
    let options = app.sign_in_options().await;
    let handle = |person: &Person| {
        let id: u128 = u128::from_str_radix(&person.id().replace('-', ""), 16).unwrap();
        id.to_be_bytes().to_vec()
    };
    let mut seen = Vec::new();
    for (user_handle, credential_id) in [
        (handle(&ada), passkey.credential_id.clone()),
        (handle(&ada), vec![9; 32]),
        (handle(&bea), vec![9; 32]),
        (vec![3; 16], vec![9; 32]),
        (vec![3; 16], passkey.credential_id.clone()),
    ] {
        let mut wrong = new_passkey();
        wrong.rp_id.clone_from(&passkey.rp_id);
        wrong.user_handle = Some(user_handle);
        wrong.credential_id = credential_id;
        app.engine.take_calls();
        let answer = app.send_assertion(&wrong.show(&options).unwrap()).await;
        let calls = app.engine.take_calls().into_iter();
        let mut calls: Vec<_> =
            calls.map(|Call { operation, items, consistent, .. }| (operation, items, consistent)).collect();
        calls.sort_unstable();
        let mut told = answer.json();
        told.as_object_mut().unwrap().remove("request_id");
        seen.push((answer.status, told, calls));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

#[tokio::test]
async fn keeping_a_passkey_that_was_enrolled_after_the_address_was_changed() {
    let (app, ada, mut hers) = loose().await;
    app.advance(jiff::SignedDuration::from_mins(1));
    app.change_email(&ada, "thief@example.net").await;
    let mut thiefs = app.enrol_passkey(&ada).await;
    let pending = app.sign_in_options().await;
    assert_eq!(app.undo_email_change(&app.undo_link_to(ADA)).await.status, 303);
    app.run_workers().await;
    assert_eq!(app.send_assertion(&thiefs.show(&pending).unwrap()).await.summary(), "401 invalid_credentials");
    assert_eq!(app.sign_in_by_passkey(&mut thiefs).await.summary(), "401 invalid_credentials");
    assert_eq!((count(&app, "Passkey"), count(&app, "PasskeyClaim")), (1, 1));
    let rows = app.engine.scan("MainTable");
    let removed = |row: &&Value| row["event"]["S"] == "MFA_REMOVED" && row["extra"]["M"]["factor"]["S"] == "passkey";
    assert_eq!(rows.iter().filter(removed).count(), 1);
    let owner = Person::of(app.sign_in_by_passkey(&mut hers).await.success());
    assert_eq!(owner.email, ADA, "the owner's was there before");
    assert_eq!(app.reset_by_link(ADA, NEW_PASSWORD).await.status, 303);
    app.run_workers().await;
}
