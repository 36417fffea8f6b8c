//! `POST /api/auth/verify-email`

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::json;

#[tokio::test]
async fn the_right_code_creates_the_account_and_signs_its_owner_in() {
    let app = TestApp::new();
    let body = json!({
        "email": "Ada@Example.com", "name": " Ada Lovelace ", "password": PASSWORD, "username": "Ada", "marketing_consent": true,
    });
    let token = app.anon().post("/api/auth/register", body).await.text_of("registration_token");
    app.run_workers().await;
    let answer = app.verify_email(&token, &app.code_to("Ada@example.com")).await;
    assert_eq!(answer.status, 201);
    let json = answer.json();
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["expires_in"], 900);
    assert_eq!(json["refresh_expires_in"], 30 * 24 * 3600);
    let user = &json["user"];
    assert_eq!(user["email"], "Ada@Example.com");
    assert_eq!(user["name"], "Ada Lovelace");
    assert_eq!(user["username"], "Ada");
    assert_eq!(user["has_password"], true);
    assert_eq!(user["roles"], json!([]));
    assert_eq!(user["confirmed_at"], "2026-03-02T09:30:00.000Z");
    app.run_workers().await;
    assert_eq!(app.mail_to("Ada@example.com").subject, "Welcome to Acme, Ada Lovelace");
    let events: Vec<_> = audit_events(&app);
    assert_eq!(events, ["ACCOUNT_CREATED", "EMAIL_CONFIRMED", "LOGIN"]);
}

fn audit_events(app: &TestApp) -> Vec<String> {
    let rows = app.engine.scan("MainTable");
    let mut events: Vec<_> = rows.iter().filter_map(|item| item["event"]["S"].as_str().map(str::to_owned)).collect();
    events.sort_unstable();
    events
}

#[tokio::test]
async fn of_the_registration_only_what_a_sign_in_finds_stays_until_it_expires() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    let left = app.engine.scan("EphemeralTable");
    let left: Vec<_> = left.iter().map(|item| &item["entity"]["S"]).filter(|entity| *entity != "RateCounter").collect();
    assert_eq!(left, ["PendingLogin"]);
}

#[tokio::test]
async fn a_code_works_once_even_when_fifty_requests_race() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let code = app.code_to("ada@example.com");
    let answers = join_all((0..50).map(|_| app.verify_email(&token, &code))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.summary() == "400 code_invalid").count();
    let busy = answers.iter().filter(|answer| answer.summary() == "503 unavailable").count();
    assert_eq!((created, refused + busy), (1, 49));
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@example.com").len(), 2, "one code, one welcome");
}

#[tokio::test]
async fn five_wrong_codes_spend_the_code_even_for_the_right_one() {
    let app = TestApp::new();
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let code = app.code_to("ada@example.com");
    let wrong = if code == "00000000" { "00000001" } else { "00000000" };
    for _ in 0..5 {
        assert_eq!(app.verify_email(&token, wrong).await.summary(), "400 code_invalid");
    }
    assert_eq!(app.verify_email(&token, &code).await.summary(), "400 code_invalid");
    let link = app.link_to("ada@example.com");
    let form = format!("token={}&password=correct+horse+battery+staple", link.split_once("token=").unwrap().1);
    assert_eq!(app.anon().post_form("/confirm-email", &form).await.status, 303, "wrong codes never spend the link");
    app.run_workers().await;
}

#[tokio::test]
async fn parallel_guesses_are_worth_five_tries_together() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let guesses: Vec<_> = (0..60).map(|n| format!("{n:08}")).collect();
    join_all(guesses.iter().map(|guess| app.verify_email(&token, guess))).await;
    let pending = app.engine.scan("EphemeralTable");
    let pending = pending.iter().find(|item| item["entity"]["S"] == "PendingRegistration");
    assert_eq!(pending.unwrap()["code_tries"]["N"], "5");
}

#[tokio::test]
async fn a_code_expires_after_ten_minutes_and_a_registration_after_a_day() {
    let app = TestApp::new();
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let code = app.code_to("ada@example.com");
    app.advance(SignedDuration::from_mins(10));
    assert_eq!(app.verify_email(&token, &code).await.summary(), "400 code_invalid");
    app.advance(SignedDuration::from_hours(24));
    let resent = app.anon().post("/api/auth/verify-email/resend", json!({ "registration_token": token })).await;
    assert_eq!(resent.summary(), "400 code_invalid");
}

#[tokio::test]
async fn two_people_who_register_one_address_cannot_open_each_others_registration() {
    let app = TestApp::new();
    let attacker = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let attackers_code = app.code_to("ada@example.com");
    let owner = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let owners_code = app.code_to("ada@example.com");

    assert_eq!(app.verify_email(&attacker, &owners_code).await.summary(), "400 code_invalid");
    assert_eq!(app.verify_email(&owner, &attackers_code).await.summary(), "400 code_invalid");
    let ada = Person::of(app.verify_email(&owner, &owners_code).await.success());
    app.run_workers().await;
    assert_eq!(app.verify_email(&attacker, &attackers_code).await.summary(), "400 code_invalid");
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200);
}

#[tokio::test]
async fn a_username_that_is_taken_meanwhile_leaves_the_code_good_for_another() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let register = async |email: &str| {
        let body = json!({ "email": email, "name": "A", "password": PASSWORD, "username": "ada" });
        app.anon().post("/api/auth/register", body).await.text_of("registration_token")
    };
    let (first, second) = (register("first@example.com").await, register("second@example.com").await);
    app.run_workers().await;
    app.verify_email(&first, &app.code_to("first@example.com")).await.success();
    let code = app.code_to("second@example.com");
    for _ in 0..8 {
        assert_eq!(app.verify_email(&second, &code).await.summary(), "409 username_taken");
    }
    let body = json!({ "registration_token": second, "code": code, "username": "bea", "device_name": "phone" });
    let answer = app.anon().post("/api/auth/verify-email", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.json()["user"]["username"], "bea");
    app.run_workers().await;
}

#[tokio::test]
async fn tokens_of_another_kind_and_malformed_codes_open_nothing() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let token = app.register("bea@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let code = app.code_to("bea@example.com");
    let link = app.link_to("bea@example.com");
    let link_token = link.split_once("token=").unwrap().1;
    for (token, code) in [
        (link_token, code.as_str()),
        (&ada.refresh, &code),
        (&ada.access, &code),
        ("", &code),
        (&token, ""),
        (&token, "1234567"),
        (&token, "abcdefgh"),
        (&format!("{token}A"), &code),
    ] {
        assert_eq!(app.verify_email(token, code).await.summary(), "400 code_invalid");
    }
    assert_eq!(app.verify_email(&token, &code).await.status, 201);
    app.run_workers().await;
}

#[tokio::test]
async fn the_thirty_first_confirmation_of_an_hour_from_one_address_waits() {
    let app = TestApp::new();
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    for _ in 0..30 {
        assert_eq!(app.verify_email(&token, "00000000").await.summary(), "400 code_invalid");
    }
    assert_eq!(app.verify_email(&token, "00000000").await.summary(), "429 rate_limited");
}
