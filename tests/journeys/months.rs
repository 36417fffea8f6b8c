//! A user who keeps coming for months. `JOURNEY_DAYS` makes them years: `make test-long`.

use jiff::SignedDuration;
use latchkey_tests::{Person, TestApp};

const ADA: &str = "ada@example.com";

/// How long a session lives however much it is used (`REFRESH_ABSOLUTE_DAYS`).
const SESSION_DAYS: usize = 90;

fn days() -> usize {
    std::env::var("JOURNEY_DAYS").map_or(95, |days| days.parse().unwrap())
}

#[tokio::test]
async fn a_user_who_keeps_coming_signs_in_again_every_ninety_days_and_is_known() {
    let (app, mut ada) = TestApp::new().with_account(ADA).await;
    app.run_workers().await;
    let told = app.subjects_to(ADA).len();
    let mut signed_in = Vec::new();
    let visits = || (1..=days()).filter(|day| day % 3 == 0);
    for day in visits() {
        app.advance(SignedDuration::from_hours(3 * 24));
        let mut answer = app.refresh(&ada.refresh).await;
        if answer.summary() == "401 token_invalid" {
            signed_in.push(day);
            answer = app.sign_in(ADA).await;
        }
        ada = Person::of(answer.success());
        assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200, "day {day}");
        app.clear_away().await.unwrap();
    }
    let expected: Vec<_> = visits().filter(|day| day % SESSION_DAYS == 0).collect();
    assert_eq!(signed_in, expected);
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), told, "none of the sign-ins was on a new device");
    let listed = ada.calling(&app).get("/api/auth/sessions").await.success();
    let alive = listed["items"].as_array().unwrap().iter().filter(|session| session["logged_out_at"].is_null());
    assert_eq!(alive.count(), 1, "{listed}");
}
