//! Guessing codes, and keeping their owner from them.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::TestApp;
use serde_json::json;

use super::{ADA, failures};

#[tokio::test]
async fn guessing_with_a_new_token_for_each_guess_and_another_factor_each_time() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]);
    let (app, ada, authenticator) = app.with_authenticator(ADA).await;
    let mut last = Vec::new();
    for guess in 0..12 {
        let token = app.first_step(ADA).await;
        let answer = match guess % 3 {
            0 => app.second_step(&token, &format!("{guess:06}")).await,
            1 => app.second_step_by_recovery_code(&token, &format!("0000-0000-0000-00{guess:02}")).await,
            _ => {
                let body = json!({ "totp_code": format!("{guess:06}") });
                ada.calling(&app).post("/api/auth/step-up", body).await
            }
        };
        last.push(answer.status.as_u16());
    }
    assert!(last[..10].iter().all(|status| [400, 401].contains(status)), "{last:?}");
    assert_eq!(last[10..], [429, 429]);
    // The right code, and every factor, is locked; and the refused ones were not looked at.
    let token = app.first_step(ADA).await;
    let refused = app.second_step(&token, &authenticator.next_code(&app)).await;
    assert_eq!(refused.summary(), "429 rate_limited");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 60);
    assert_eq!(app.second_step_by_recovery_code(&token, &authenticator.recovery_codes[0]).await.status, 429);
    let disable = app.disable_totp(&ada, json!({ "totp_code": authenticator.code_in(&app, 0) })).await;
    assert_eq!(disable.status, 429);
    assert_eq!(failures(&app), 10);
    app.advance(SignedDuration::from_mins(18));
    let signed_in = app.sign_in_with(ADA, &authenticator).await;
    assert_eq!(signed_in.calling(&app).get("/api/auth/me").await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn guessing_two_hundred_codes_at_once() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]);
    let (app, _ada, _authenticator) = app.with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    let guesses: Vec<String> = (0..200).map(|guess| format!("{guess:06}")).collect();
    let answers = join_all(guesses.iter().map(|guess| app.second_step(&token, guess))).await;
    let looked_at = answers.iter().filter(|answer| answer.status != 429).count();
    assert!(looked_at <= 10, "{looked_at}");
    assert!(failures(&app) <= 10);
    app.run_workers().await;
}

#[tokio::test]
async fn clearing_the_count_with_good_codes_in_between() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]);
    let (app, _ada, authenticator) = app.with_authenticator(ADA).await;
    let mut looked_at = 0;
    for guess in 0..20 {
        let token = app.first_step(ADA).await;
        looked_at += usize::from(app.second_step(&token, &format!("{guess:06}")).await.status == 401);
        if guess < 5 {
            app.second_step(&token, &authenticator.next_code(&app)).await.success();
        }
    }
    assert_eq!(looked_at, 10, "what succeeded was given back and nothing more");
    app.run_workers().await;
}

#[tokio::test]
async fn locking_somebodys_factors_with_nothing_but_the_accounts_id() {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    for guess in 0..30 {
        let invented = format!("{}{guess:04}", &token[..token.len() - 4]);
        assert_eq!(app.second_step(&invented, "000000").await.summary(), "401 token_invalid");
    }
    assert_eq!(failures(&app), 0);
    assert_eq!(app.second_step(&token, &authenticator.next_code(&app)).await.status, 200, "{}", ada.id());
}

#[tokio::test]
async fn guessing_ten_codes_every_quarter_of_an_hour_and_unseen_by_the_owner() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]);
    let (app, _ada, _authenticator) = app.with_authenticator(ADA).await;
    let mut looked_at = 0;
    for _ in 0..12 {
        let token = app.first_step(ADA).await;
        for guess in 0..12 {
            looked_at += usize::from(app.second_step(&token, &format!("{guess:06}")).await.status == 401);
        }
        app.advance(SignedDuration::from_mins(15));
    }
    assert!((30..=40).contains(&looked_at), "{looked_at} in three hours");
    app.run_workers().await;
    let told = app.subjects_to(ADA).iter().filter(|subject| subject.starts_with("Wrong second factors")).count();
    assert_eq!(told, 1, "at once, and not again within a day");
    let rows = app.engine.scan("MainTable");
    assert!(rows.iter().any(|row| row["extra"]["M"]["reason"]["S"] == "many_failed_factors"));
}
