//! Guessing at passwords, and locking people out by it.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{Answer, NEW_PASSWORD, PASSWORD, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

async fn guess(app: &TestApp, from: &str, login: &str, device: &Value) -> Answer {
    let body = json!({ "login": login, "password": "not the password", "device_token": device });
    app.anon().from(from).post("/api/auth/token", body).await
}

async fn sign_in(app: &TestApp, from: &str, login: &str, device: &Value) -> Answer {
    let body = json!({ "login": login, "password": PASSWORD, "device_token": device });
    app.anon().from(from).post("/api/auth/token", body).await
}

/// Wrong passwords for a login, each from an address of its own.
async fn guess_from_many(app: &TestApp, login: &str, tries: usize) -> Vec<String> {
    let tries = (0..tries).map(|n| async move {
        let from = format!("198.51.{}.{}", 100 + n / 250, n % 250);
        guess(app, &from, login, &Value::Null).await.summary()
    });
    join_all(tries).await
}

#[tokio::test]
async fn two_hundred_wrong_passwords_at_once_from_two_hundred_addresses() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    // The registrations are over: each wrong password is compared with one hash.
    app.advance(SignedDuration::from_hours(25));
    for login in [ADA, "nobody@example.com"] {
        let hashes = app.hashes();
        let answers = guess_from_many(&app, login, 200).await;
        let evaluated = answers.iter().filter(|answer| *answer == "401 invalid_credentials").count();
        assert!((1..=5).contains(&evaluated), "{login}: {evaluated}");
        assert_eq!(app.hashes() - hashes, evaluated as u64, "nothing is hashed for who is refused");
        assert_eq!(answers.iter().filter(|answer| *answer == "429 rate_limited").count(), 200 - evaluated);
    }
    // The right password: of a stranger it waits, of a known device it does not.
    let refused = sign_in(&app, "192.0.2.1", ADA, &Value::Null).await;
    assert_eq!(refused.summary(), "429 rate_limited");
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=360).contains(&seconds), "{seconds}");
    sign_in(&app, "192.0.2.1", ADA, &ada.answer["device_token"]).await.success();
    // Nobody else is slowed, from the very same address.
    sign_in(&app, "192.0.2.1", "bea@example.com", &Value::Null).await.success();
    sign_in(&app, "192.0.2.1", "bea@example.com", &bea.answer["device_token"]).await.success();
    app.advance(SignedDuration::from_secs(seconds));
    sign_in(&app, "192.0.2.1", ADA, &Value::Null).await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn two_hundred_wrong_passwords_at_once_from_one_address() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let tries = (0..200).map(|n| {
        let app = &app;
        async move { guess(app, "198.51.100.1", &format!("person{n}@example.com"), &Value::Null).await.summary() }
    });
    let evaluated = join_all(tries).await.iter().filter(|answer| *answer == "401 invalid_credentials").count();
    assert!((1..=10).contains(&evaluated), "{evaluated}");
}

#[tokio::test]
async fn keeping_the_owner_out_of_a_known_device() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let mut device = ada.answer["device_token"].clone();
    for _ in 0..20 {
        guess_from_many(&app, ADA, 8).await;
        assert_eq!(sign_in(&app, "192.0.2.1", ADA, &Value::Null).await.summary(), "429 rate_limited");
        device = sign_in(&app, "192.0.2.1", ADA, &device).await.success()["device_token"].clone();
        app.advance(SignedDuration::from_mins(7));
    }
    app.run_workers().await;
}

#[tokio::test]
async fn guessing_without_end_with_a_stolen_device_token() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let stolen = &ada.answer["device_token"];
    app.advance(SignedDuration::from_hours(25));
    let hashes = app.hashes();
    let tries = (0..50).map(|n| {
        let app = &app;
        async move { guess(app, &format!("198.51.100.{n}"), ADA, stolen).await.summary() }
    });
    let answers = join_all(tries).await;
    assert!(answers.iter().all(|answer| ["401 invalid_credentials", "429 rate_limited"].contains(&answer.as_str())));
    assert!(app.hashes() - hashes <= 5, "{}", app.hashes() - hashes);
    // The owner's other ways in are open.
    sign_in(&app, "192.0.2.1", ADA, &Value::Null).await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn getting_past_a_locked_login_with_a_device_token_that_is_not_good() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    guess_from_many(&app, ADA, 10).await;
    let token = ada.answer["device_token"].as_str().unwrap();
    let forged = json!(format!("lkv_{}{}", "A".repeat(21), &token[25..]));
    for device in [&forged, &bea.answer["device_token"], &json!("lkv_AAAA")] {
        assert_eq!(sign_in(&app, "192.0.2.1", ADA, device).await.summary(), "429 rate_limited", "{device}");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn clearing_the_count_with_a_right_password_of_ones_own() {
    let (app, _ada) = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]).with_account(ADA).await;
    app.new_account("eve@example.com").await;
    let own = json!({ "email": ADA, "name": "Eve", "password": "an entirely different passphrase" });
    app.anon().post("/api/auth/register", own).await.success();
    let mut evaluated = 0;
    for _ in 0..20 {
        evaluated += u32::from(guess(&app, "198.51.100.1", ADA, &Value::Null).await.status == 401);
        // Neither an own account nor an own registration of the address buys another guess.
        sign_in(&app, "198.51.100.1", "eve@example.com", &Value::Null).await;
        let pending = json!({ "login": ADA, "password": "an entirely different passphrase" });
        let answer = app.anon().from("198.51.100.1").post("/api/auth/token", pending).await.summary();
        assert!(["403 verification_required", "429 rate_limited"].contains(&answer.as_str()), "{answer}");
    }
    assert!(evaluated <= 5, "{evaluated}");
    app.run_workers().await;
}

#[tokio::test]
async fn a_success_does_not_clear_the_count_of_its_address() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let mut evaluated = 0;
    for n in 0..20 {
        evaluated +=
            u32::from(guess(&app, "192.0.2.1", &format!("victim{n}@example.com"), &Value::Null).await.status == 401);
        sign_in(&app, "192.0.2.1", ADA, &ada.answer["device_token"]).await;
    }
    assert_eq!(evaluated, 5, "each of them needs one of the ten sign-ins of the address");
}

#[tokio::test]
async fn waiting_a_little_after_each_lock() {
    let (app, _ada) = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]).with_account(ADA).await;
    let (mut evaluated, mut waits) = (0, Vec::new());
    let begin = app.now();
    while app.now().since(begin) < SignedDuration::from_hours(24) {
        let answer = guess(&app, "198.51.100.1", ADA, &Value::Null).await;
        if answer.status == 401 {
            evaluated += 1;
            continue;
        }
        let seconds: i64 = answer.header("retry-after").parse().unwrap();
        waits.push(seconds);
        app.advance(SignedDuration::from_secs(seconds));
    }
    assert!(evaluated <= 50, "{evaluated} guesses in a day");
    assert!(waits[0] <= 360 && waits.iter().any(|wait| *wait > 1200) && waits.last() > Some(&3600), "{waits:?}");
}

#[tokio::test]
async fn a_person_who_mistypes_and_then_signs_in_is_not_held_up() {
    let (app, _ada) = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]).with_account(ADA).await;
    for _ in 0..4 {
        assert_eq!(guess(&app, "192.0.2.1", ADA, &Value::Null).await.summary(), "401 invalid_credentials");
    }
    // Right passwords are given back: there may be as many as one likes.
    for _ in 0..8 {
        sign_in(&app, "192.0.2.1", ADA, &Value::Null).await.success();
    }
    assert_eq!(guess(&app, "192.0.2.1", ADA, &Value::Null).await.summary(), "401 invalid_credentials");
    assert_eq!(sign_in(&app, "192.0.2.1", ADA, &Value::Null).await.summary(), "429 rate_limited");
    app.run_workers().await;
}

#[tokio::test]
async fn who_is_refused_for_the_address_uses_up_nobodys_guesses() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    for n in 0..10 {
        guess(&app, "198.51.100.1", &format!("person{n}@example.com"), &Value::Null).await;
    }
    for _ in 0..20 {
        assert_eq!(guess(&app, "198.51.100.1", ADA, &Value::Null).await.summary(), "429 rate_limited");
    }
    sign_in(&app, "192.0.2.1", ADA, &Value::Null).await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn after_a_reset_nobody_waits_for_the_guesses_at_the_old_password() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    ada.calling(&app).patch("/api/auth/me", json!({ "username": "ada" })).await.success();
    guess_from_many(&app, ADA, 8).await;
    guess_from_many(&app, "ada", 8).await;
    let sign_in = async |login: &str, password: &str| {
        let body = json!({ "login": login, "password": password });
        app.anon().from("192.0.2.1").post("/api/auth/token", body).await.summary()
    };
    for login in [ADA, "ada"] {
        assert_eq!(sign_in(login, PASSWORD).await, "429 rate_limited");
    }
    app.run_workers().await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await.success();
    for login in [ADA, "ada"] {
        assert_eq!(sign_in(login, NEW_PASSWORD).await, "200", "{login}");
    }
    // From then on guesses count as ever.
    guess_from_many(&app, ADA, 8).await;
    assert_eq!(sign_in(ADA, NEW_PASSWORD).await, "429 rate_limited");
    app.run_workers().await;
}

#[tokio::test]
async fn a_locked_login_tells_nobody_whether_it_has_an_account() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let mut traces = Vec::new();
    for login in [ADA, "nobody@example.com"] {
        let mut trace = Vec::new();
        for n in 0..8 {
            app.engine.take_calls();
            let answer = guess(&app, &format!("198.51.100.{n}"), login, &Value::Null).await;
            let mut calls: Vec<_> =
                app.engine.take_calls().into_iter().map(|call| (call.operation, call.items)).collect();
            calls.sort_unstable();
            trace.push((answer.summary(), answer.header("retry-after").to_owned(), calls));
        }
        traces.push(trace);
    }
    assert_eq!(traces[0], traces[1]);
    assert_eq!(traces[0].iter().filter(|(answer, ..)| answer == "429 rate_limited").count(), 3);
}
