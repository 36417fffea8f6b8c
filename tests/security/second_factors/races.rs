//! Showing one code in many places at once.

use futures_util::future::{join, join_all};
use serde_json::json;

use super::{ADA, loose, succeeded};

#[tokio::test]
async fn showing_one_code_in_fifty_sign_ins_at_once() {
    let (app, _ada, authenticator) = loose().await;
    let mut tokens = Vec::new();
    for _ in 0..50 {
        tokens.push(app.first_step(ADA).await);
    }
    let code = authenticator.next_code(&app);
    let answers = join_all(tokens.iter().map(|token| app.second_step(token, &code))).await;
    assert_eq!(succeeded(&answers), 1);
    assert!(
        answers
            .iter()
            .all(|answer| ["200", "401 code_invalid", "503 unavailable"].contains(&answer.summary().as_str()))
    );
    let sessions = app.engine.scan("MainTable");
    assert_eq!(
        sessions.iter().filter(|row| row["shown_factor"]["S"] == "totp").count(),
        2,
        "and the one that enrolled"
    );
}

#[tokio::test]
async fn showing_one_code_fifty_times_in_one_sign_in() {
    let (app, _ada, authenticator) = loose().await;
    let token = app.first_step(ADA).await;
    let code = authenticator.next_code(&app);
    let answers = join_all((0..50).map(|_| app.second_step(&token, &code))).await;
    assert_eq!(succeeded(&answers), 1);
}

#[tokio::test]
async fn spending_one_recovery_code_in_fifty_places_at_once() {
    let (app, ada, authenticator) = loose().await;
    let code = &authenticator.recovery_codes[0];
    let mut tokens = Vec::new();
    for _ in 0..25 {
        tokens.push(app.first_step(ADA).await);
    }
    let step_up = || async { ada.calling(&app).post("/api/auth/step-up", json!({ "recovery_code": code })).await };
    let (signing_in, stepping_up) = join(
        join_all(tokens.iter().map(|token| app.second_step_by_recovery_code(token, code))),
        join_all((0..25).map(|_| step_up())),
    )
    .await;
    assert_eq!(succeeded(&signing_in) + succeeded(&stepping_up), 1);
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).iter().filter(|one| one.starts_with("A recovery code")).count(), 1);
}

#[tokio::test]
async fn spending_all_recovery_codes_at_once_spends_each_once() {
    let (app, _ada, authenticator) = loose().await;
    let mut tokens = Vec::new();
    for _ in 0..20 {
        tokens.push(app.first_step(ADA).await);
    }
    let codes = authenticator.recovery_codes.iter().chain(&authenticator.recovery_codes);
    let tries = tokens.iter().zip(codes).map(|(token, code)| app.second_step_by_recovery_code(token, code));
    let answers = join_all(tries).await;
    assert!(
        answers
            .iter()
            .all(|answer| ["200", "401 code_invalid", "503 unavailable"].contains(&answer.summary().as_str()))
    );
    let done = succeeded(&answers);
    assert!((1..=10).contains(&done), "{done}");
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).iter().filter(|one| one.starts_with("A recovery code")).count(), done);
}
