//! `POST /api/auth/token`

use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::json;

#[tokio::test]
async fn an_address_or_a_username_signs_in_under_any_of_the_three_names() {
    let app = TestApp::new();
    let body = json!({ "email": "ada@example.com", "name": "Ada", "password": PASSWORD, "username": "Ada" });
    let token = app.anon().post("/api/auth/register", body).await.text_of("registration_token");
    app.run_workers().await;
    app.verify_email(&token, &app.code_to("ada@example.com")).await.success();
    app.run_workers().await;
    for login in [
        json!({ "login": "ADA@example.com" }),
        json!({ "email": " ada@Example.com" }),
        json!({ "login": "aDa" }),
        json!({ "username": "ada", "device_name": "Ada's laptop" }),
    ] {
        let mut body = login.clone();
        body["password"] = json!(PASSWORD);
        assert_eq!(app.anon().post("/api/auth/token", body).await.status, 200, "{login}");
    }
}

#[tokio::test]
async fn a_sign_in_is_counted_and_noted_with_its_address_and_device() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    app.advance(SignedDuration::from_hours(1));
    let caller = app.anon().from("2001:db8::7");
    let body = json!({ "login": "ada@example.com", "password": PASSWORD, "device_name": "phone" });
    let person = Person::of(caller.post("/api/auth/token", body).await.success());
    let me = person.calling(&app).get("/api/auth/me").await.success();
    assert_eq!(me["login_count"], 2);
    assert_eq!(me["last_login_at"], "2026-03-02T10:30:00.000Z");
    assert_eq!(me["last_login_ip"], "2001:db8::7");
    let sessions = app.engine.scan("MainTable");
    let session = sessions.iter().find(|item| item["device_name"]["S"] == "phone").unwrap();
    assert_eq!(session["address"]["S"], "2001:db8::7");
    assert_eq!(session["address_kind"]["S"], "public");
    assert!(session["user_agent"]["S"].as_str().unwrap().contains("Firefox"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_login_get_the_same_answer() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    for login in ["ada@example.com", "bea@example.com", "ada", "", "?", "ada@", "ada@example.com\u{0}"] {
        let body = json!({ "login": login, "password": "not the password" });
        assert_eq!(app.anon().post("/api/auth/token", body).await.summary(), "401 invalid_credentials", "{login:?}");
    }
}

#[tokio::test]
async fn failed_sign_ins_are_noted_without_what_was_typed() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    for login in ["ada@example.com", "my secret typed into the wrong field"] {
        app.anon().post("/api/auth/token", json!({ "login": login, "password": "not the password" })).await;
    }
    let rows = app.engine.scan("MainTable");
    let failed: Vec<_> = rows.iter().filter(|item| item["event"]["S"] == "LOGIN_FAILED").collect();
    assert_eq!(failed.len(), 2);
    assert_eq!(failed.iter().filter(|row| row["account_id"].is_object()).count(), 1);
    assert!(!format!("{failed:?}").contains("wrong field"));
}

#[tokio::test]
async fn a_pending_registration_says_so_only_to_its_right_password() {
    let app = TestApp::new();
    app.register("ada@example.com").await;
    app.run_workers().await;
    assert_eq!(app.sign_in("ada@example.com").await.summary(), "403 verification_required");
    let wrong = json!({ "login": "ada@example.com", "password": "not the password" });
    assert_eq!(app.anon().post("/api/auth/token", wrong).await.summary(), "401 invalid_credentials");
    app.advance(SignedDuration::from_hours(24));
    assert_eq!(app.sign_in("ada@example.com").await.summary(), "401 invalid_credentials");
}

#[tokio::test]
async fn composed_and_decomposed_letters_are_the_same_password() {
    let app = TestApp::new();
    let body = json!({ "email": "ada@example.com", "name": "A", "password": "tr\u{e8}s longue phrase secr\u{e8}te" });
    let token = app.anon().post("/api/auth/register", body).await.text_of("registration_token");
    app.run_workers().await;
    app.verify_email(&token, &app.code_to("ada@example.com")).await.success();
    app.run_workers().await;
    let body = json!({ "login": "ada@example.com", "password": "tre\u{300}s longue phrase secre\u{300}te" });
    assert_eq!(app.anon().post("/api/auth/token", body).await.status, 200);
}

#[tokio::test]
async fn exactly_one_login_and_a_possible_password_are_needed() {
    let app = TestApp::new();
    let long = "x".repeat(10_000);
    for (body, expected) in [
        (json!({ "password": PASSWORD }), "422 validation_failed /login invalid"),
        (
            json!({ "login": "a", "email": "b@example.com", "password": PASSWORD }),
            "422 validation_failed /login invalid",
        ),
        (json!({ "login": long, "password": PASSWORD }), "422 validation_failed /login invalid"),
        (json!({ "login": "ada", "password": long }), "422 validation_failed /password invalid"),
        (json!({ "login": "ada", "password": "a\u{0}b" }), "422 validation_failed /password invalid"),
        (json!({ "login": "ada" }), "422 invalid_body /password missing"),
        (
            json!({ "login": "ada", "password": PASSWORD, "device_name": "a\nb" }),
            "422 validation_failed /device_name invalid",
        ),
    ] {
        assert_eq!(app.anon().post("/api/auth/token", body).await.details(), expected);
    }
    assert_eq!(app.hashes(), 0);
}

#[tokio::test]
async fn the_eleventh_sign_in_of_a_minute_from_one_network_waits() {
    let app = TestApp::new();
    let body = |n: usize| json!({ "login": format!("person{n}@example.com"), "password": "not the password" });
    for n in 0..10 {
        let caller = app.anon().from(&format!("2001:db8:1:2::{n}"));
        assert_eq!(caller.post("/api/auth/token", body(n)).await.summary(), "401 invalid_credentials");
    }
    let hashes = app.hashes();
    let same_network = app.anon().from("2001:db8:1:2:ffff::1");
    let refused = same_network.post("/api/auth/token", body(10)).await;
    assert_eq!(refused.summary(), "429 rate_limited");
    assert_eq!(app.hashes(), hashes);
    let spoofed = same_network.clone().with("x-forwarded-for", "198.51.100.1").with("forwarded", "for=198.51.100.2");
    assert_eq!(spoofed.post("/api/auth/token", body(10)).await.summary(), "429 rate_limited");
    let other_network = app.anon().from("2001:db8:1:3::1");
    assert_eq!(other_network.post("/api/auth/token", body(10)).await.summary(), "401 invalid_credentials");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=71).contains(&wait), "{wait}");
}
