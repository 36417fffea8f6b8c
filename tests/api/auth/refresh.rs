//! `POST /api/auth/token/refresh`

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Person, TestApp};
use serde_json::json;

#[tokio::test]
async fn a_refresh_answers_with_a_new_pair_and_the_person() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    app.advance(SignedDuration::from_mins(1));
    let next = Person::of(app.refresh(&ada.refresh).await.success());
    assert_ne!(next.refresh, ada.refresh);
    assert_ne!(next.access, ada.access);
    assert_eq!(next.answer["user"], ada.answer["user"]);
    assert_eq!(next.calling(&app).get("/api/auth/me").await.status, 200);
    assert_eq!(
        ada.calling(&app).get("/api/auth/me").await.status,
        200,
        "the old access token lives its fifteen minutes"
    );
}

#[tokio::test]
async fn fifty_refreshes_at_once_get_the_same_successor() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ada = app.new_account("ada@example.com").await;
    let answers = join_all((0..50).map(|_| app.refresh(&ada.refresh))).await;
    let successors: BTreeSet<_> = answers.into_iter().map(|answer| Person::of(answer.success()).refresh).collect();
    assert_eq!(successors.len(), 1);
    let successor = successors.first().unwrap();
    assert_eq!(app.refresh(successor).await.status, 200);
}

#[tokio::test]
async fn within_the_grace_a_used_token_answers_with_its_successor_and_after_it_ends_the_session() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let next = Person::of(app.refresh(&ada.refresh).await.success());
    app.advance(SignedDuration::from_secs(30));
    assert_eq!(Person::of(app.refresh(&ada.refresh).await.success()).refresh, next.refresh);
    app.advance(SignedDuration::from_secs(1));
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_reused");
    assert_eq!(app.refresh(&next.refresh).await.summary(), "401 token_invalid");
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_invalid", "the session is told of once");
    app.run_workers().await;
    let mail = app.mail_to("ada@example.com");
    assert_eq!(mail.subject, "We signed one of your devices out of Acme");
    assert!(mail.text.contains("203.0.113.9") && mail.text.contains("2 March 2026, 09:30 UTC"), "{}", mail.text);
    assert_eq!(app.counted("RefreshTokenReused"), 1);
    let rows = app.engine.scan("MainTable");
    assert_eq!(rows.iter().filter(|item| item["event"]["S"] == "SUSPICIOUS_ACTIVITY").count(), 1);
}

#[tokio::test]
async fn a_token_two_generations_old_ends_the_session_even_within_the_grace() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let second = Person::of(app.refresh(&ada.refresh).await.success());
    let third = Person::of(app.refresh(&second.refresh).await.success());
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_reused");
    assert_eq!(third.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    app.run_workers().await;
}

#[tokio::test]
async fn a_session_restored_from_a_backup_is_not_taken_for_a_theft() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let items = app.engine.scan("MainTable");
    let backup = items.into_iter().find(|item| item["entity"]["S"] == "Session").unwrap();
    let second = Person::of(app.refresh(&ada.refresh).await.success());
    let third = Person::of(app.refresh(&second.refresh).await.success());
    app.engine.put("MainTable", &backup);
    let mails = app.subjects_to("ada@example.com").len();
    app.advance(SignedDuration::from_mins(1));
    for later in [&third, &second, &third] {
        assert_eq!(app.refresh(&later.refresh).await.summary(), "401 token_invalid");
    }
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@example.com").len(), mails, "nobody is told of a theft");
    assert_eq!(app.counted("RefreshTokenReused"), 0);
    let rows = app.engine.scan("MainTable");
    assert!(rows.iter().all(|item| item["event"]["S"] != "SUSPICIOUS_ACTIVITY"));
    assert_eq!(app.refresh(&ada.refresh).await.status, 200, "the session of the backup goes on");
}

#[tokio::test]
async fn an_invented_token_of_a_known_session_ends_nothing() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let mut invented = ada.refresh.clone();
    let changed = if invented.ends_with('A') { "B" } else { "A" };
    invented.replace_range(60..61, if &invented[60..61] == changed { "C" } else { changed });
    app.engine.take_calls();
    for wrong in [invented.as_str(), "", "lkr_", "lkr_AAAA", &ada.access, &ada.refresh.replace("lkr_", "lkg_")] {
        assert_eq!(app.refresh(wrong).await.summary(), "401 token_invalid", "{wrong}");
    }
    assert!(
        app.engine.take_calls_of_rules().is_empty(),
        "a forged token costs no request to the store but the count of its address"
    );
    assert_eq!(app.refresh(&ada.refresh).await.status, 200);
}

#[tokio::test]
async fn reuse_in_one_session_leaves_the_others_alone() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let laptop = Person::of(app.sign_in("ada@example.com").await.success());
    app.refresh(&ada.refresh).await.success();
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_reused");
    assert_eq!(app.refresh(&laptop.refresh).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn fifty_replays_of_an_old_token_end_the_session_once() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ada = app.new_account("ada@example.com").await;
    app.refresh(&ada.refresh).await.success();
    app.advance(SignedDuration::from_mins(1));
    let answers = join_all((0..50).map(|_| app.refresh(&ada.refresh))).await;
    assert_eq!(answers.iter().filter(|answer| answer.summary() == "401 token_reused").count(), 1);
    assert!(answers.iter().all(|answer| answer.status == 401), "nobody gets tokens");
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@example.com").len(), 3, "code, welcome, one notice");
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    app.advance(SignedDuration::from_hours(30 * 24));
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_invalid");

    let mut person = Person::of(app.sign_in("ada@example.com").await.success());
    for _ in 0..4 {
        app.advance(SignedDuration::from_hours(20 * 24));
        person = Person::of(app.refresh(&person.refresh).await.success());
    }
    assert_eq!(person.answer["refresh_expires_in"], 10 * 24 * 3600, "the absolute end comes before the idle one");
    app.advance(SignedDuration::from_hours(10 * 24));
    assert_eq!(app.refresh(&person.refresh).await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn lifetimes_and_grace_are_the_owners() {
    let changes = [("REFRESH_GRACE_SECONDS", "0"), ("REFRESH_IDLE_DAYS", "1"), ("ACCESS_TOKEN_MINUTES", "1")];
    let app = TestApp::with_config(&changes);
    let ada = app.new_account("ada@example.com").await;
    assert_eq!(ada.answer["expires_in"], 60);
    let next = Person::of(app.refresh(&ada.refresh).await.success());
    app.advance(SignedDuration::from_secs(60));
    assert_eq!(next.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_reused");
    app.run_workers().await;
}

#[tokio::test]
async fn the_sixty_first_refresh_of_an_hour_waits_and_costs_nobody_the_session() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let mut token = ada.refresh.clone();
    for _ in 0..60 {
        token = Person::of(app.refresh(&token).await.success()).refresh;
    }
    let refused = app.refresh(&token).await;
    assert_eq!(refused.summary(), "429 rate_limited");
    app.advance(SignedDuration::from_secs(refused.header("retry-after").parse().unwrap()));
    assert_eq!(app.refresh(&token).await.status, 200, "the token was not spent by the refusal");
}

#[tokio::test]
async fn a_request_without_a_token_is_refused() {
    let app = TestApp::new();
    for body in [json!({}), json!({ "refresh": null })] {
        assert_eq!(app.anon().post("/api/auth/token/refresh", body).await.summary(), "401 token_missing");
    }
}
