//! A browser visits a provider and comes back.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{BACK, Person, TestApp, ada_at_acme, ada_at_github, ada_at_google, answered};
use serde_json::{Value, json};

#[tokio::test]
async fn a_person_who_comes_by_google_gets_an_account_and_a_welcome() {
    let app = TestApp::with_providers();
    let signed_in = app.come_by("google", &ada_at_google()).await.success();
    let user = &signed_in["user"];
    assert_eq!(user["email"], "ada@gmail.com");
    assert_eq!((&user["name"], &user["username"]), (&json!("Ada Lovelace"), &Value::Null));
    assert_eq!((&user["has_password"], &user["mfa_enabled"]), (&json!(false), &json!(false)));
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@gmail.com"), ["Welcome to Acme, Ada Lovelace"]);
    let ada = Person::of(signed_in);
    let log = ada.calling(&app).get("/api/auth/security-log").await.success();
    let events: Vec<&str> = log["items"].as_array().unwrap().iter().map(|row| row["event"].as_str().unwrap()).collect();
    for event in ["ACCOUNT_CREATED", "SOCIAL_ACCOUNT_CONNECTED", "LOGIN"] {
        assert!(events.contains(&event), "{events:?}");
    }
}

#[tokio::test]
async fn each_provider_names_its_people() {
    for (provider, person) in [("google", ada_at_google()), ("github", ada_at_github()), ("acme", ada_at_acme())] {
        let app = TestApp::with_providers();
        let ada = app.new_account_by(provider, &person).await;
        assert_eq!(ada.email, "ada@gmail.com", "{provider}");
        assert_eq!(ada.answer["user"]["name"], "Ada Lovelace", "{provider}");
        let again = Person::of(app.come_by(provider, &person).await.success());
        assert_eq!(ada.id(), again.id(), "{provider}");
    }
}

#[tokio::test]
async fn who_comes_back_is_the_same_person_whatever_the_address_is_by_then() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    let mut moved = ada_at_google();
    moved["email"] = json!("ada.king@gmail.com");
    let again = Person::of(app.come_by("google", &moved).await.success());
    assert_eq!(again.id(), ada.id());
    assert_eq!(again.email, "ada@gmail.com", "the account's address is its own");
    let listed = again.calling(&app).get("/api/auth/social/accounts").await.success();
    assert!(listed["items"][0]["last_login_at"].is_string());
}

/// Usernames are public, and a real name is not.
#[tokio::test]
async fn only_a_public_name_at_the_provider_becomes_a_username() {
    let mut acme = ada_at_acme();
    acme["preferred_username"] = json!("ada.lovelace@acme.test");
    for (provider, person, username) in [
        ("google", ada_at_google(), Value::Null),
        ("acme", acme, Value::Null),
        ("github", ada_at_github(), json!("ada")),
    ] {
        let app = TestApp::with_providers();
        let ada = app.new_account_by(provider, &person).await;
        assert_eq!(ada.answer["user"]["username"], username, "{provider}");
        let seen = ada.calling(&app).get(&format!("/api/users/{}", ada.id())).await.success();
        assert!(!seen.to_string().contains("Lovelace"), "{provider}: {seen}");
    }
}

#[tokio::test]
async fn a_username_that_is_taken_gets_four_characters_more() {
    let app = TestApp::with_providers();
    app.new_account_by("github", &ada_at_github()).await;
    let mut other = ada_at_github();
    (other["id"], other["login"]) = (json!(43), json!("Ada"));
    other["emails"][1]["email"] = json!("other@gmail.com");
    let other = app.new_account_by("github", &other).await;
    let username = other.answer["user"]["username"].as_str().unwrap();
    assert!(username.starts_with("Ada_") && username.len() == "Ada_".len() + 4, "{username}");
}

#[tokio::test]
async fn who_tells_no_name_gets_no_account() {
    let app = TestApp::with_providers();
    let nameless = json!({ "sub": "1", "email": "ada@gmail.com", "email_verified": true });
    let unproven = json!({ "id": "1", "email": "ada@gmail.com" });
    for (provider, person) in [("google", &nameless), ("facebook", &unproven)] {
        let back = app.visit(&app.browser(), provider, person).await;
        assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_account_create"), "{provider} {person}");
        let token = app.providers.access_token(person, latchkey_tests::CLIENT_ID);
        let direct = app.anon().post(&format!("/api/auth/social/{provider}"), json!({ "access_token": token })).await;
        assert_eq!(direct.summary(), "409 provider_tells_too_little", "{provider}");
    }
    assert!(app.engine.scan("MainTable").iter().all(|item| item["entity"]["S"] != "Account"));
}

#[tokio::test]
async fn people_are_led_back_to_the_page_that_they_set_out_for() {
    let allowed = "https://app.example.com/in?from=provider";
    let app = TestApp::with_providers_and(&[("OAUTH_REDIRECTS", allowed)]);
    let browser = app.browser();
    let login =
        browser.get("/api/oauth/google/login?redirect_to=https%3A%2F%2Fapp.example.com%2Fin%3Ffrom%3Dprovider").await;
    let back = browser.get(&app.providers.allow(login.header("location"), &ada_at_google())).await;
    assert_eq!(back.status, 303);
    assert!(
        back.header("location").starts_with(&format!("{allowed}&exchange_code=lkx_")),
        "{}",
        back.header("location")
    );
    let without = TestApp::with_config(&[("OAUTH_REDIRECTS", allowed)]);
    without.has_providers();
    assert_eq!(
        without.anon().get("/api/oauth/google/login").await.details(),
        "422 validation_failed /redirect_to not_allowed"
    );
}

#[tokio::test]
async fn who_refuses_at_the_provider_is_led_back() {
    let app = TestApp::with_providers();
    let browser = app.browser();
    let login = browser.get("/api/oauth/google/login").await;
    let state = answered(&login, "state").unwrap();
    let refused = format!("/api/oauth/google/callback?error=access_denied&state={state}");
    let back = browser.get(&refused).await;
    assert_eq!(back.header("location"), format!("{BACK}?error_code=oauth_callback"));
    let target = app.providers.allow(login.header("location"), &ada_at_google());
    let back = browser.get(&target).await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_callback"), "the visit is over");
}

#[tokio::test]
async fn a_visit_and_its_code_are_late_after_a_while() {
    let app = TestApp::with_providers();
    for (away, waiting, good) in [(9, 59, true), (10, 0, false), (0, 60, false)] {
        let browser = app.browser();
        let login = browser.get("/api/oauth/google/login").await;
        app.advance(SignedDuration::from_mins(away));
        let back = browser.get(&app.providers.allow(login.header("location"), &ada_at_google())).await;
        app.advance(SignedDuration::from_secs(waiting));
        let summary = match answered(&back, "exchange_code") {
            Some(code) => app.exchange(&code).await.summary(),
            None => answered(&back, "error_code").unwrap(),
        };
        assert_eq!(summary == "200", good, "{away} min, {waiting} s: {summary}");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn of_fifty_who_exchange_one_code_at_once_one_is_signed_in() {
    for new in [true, false] {
        let app = TestApp::with_providers();
        if !new {
            app.new_account_by("google", &ada_at_google()).await;
        }
        let back = app.visit(&app.browser(), "google", &ada_at_google()).await;
        let code = answered(&back, "exchange_code").unwrap();
        let answers = join_all((0..50).map(|_| app.exchange(&code))).await;
        let good = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(good, 1);
        assert!(
            answers.iter().all(|answer| ["200", "400 code_invalid", "503 unavailable"].contains(&&*answer.summary()))
        );
        assert_eq!(app.exchange(&code).await.summary(), "400 code_invalid");
        app.run_workers().await;
    }
}

#[tokio::test]
async fn of_many_callbacks_of_one_visit_at_once_one_hands_out_a_code() {
    let app = TestApp::with_providers();
    app.providers.let_codes_work_again();
    let browser = app.browser();
    let login = browser.get("/api/oauth/google/login").await;
    let target = app.providers.allow(login.header("location"), &ada_at_google());
    let answers = join_all((0..20).map(|_| browser.get(&target))).await;
    let codes = answers.iter().filter(|answer| answered(answer, "exchange_code").is_some()).count();
    assert_eq!(codes, 1);
}

#[tokio::test]
async fn of_many_who_come_for_the_first_time_at_once_one_account_is_made() {
    let app = TestApp::with_providers();
    let token = app.providers.access_token(&ada_at_google(), latchkey_tests::CLIENT_ID);
    let body = json!({ "access_token": token });
    let anybody = app.anon();
    let answers = join_all((0..20).map(|_| anybody.post("/api/auth/social/google", body.clone()))).await;
    assert!(answers.iter().any(|answer| answer.status == 200));
    for answer in answers {
        assert!(["200", "503 unavailable"].contains(&&*answer.summary()), "{}", answer.summary());
    }
    let accounts: Vec<Value> =
        app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == "Account").collect();
    assert_eq!(accounts.len(), 1);
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@gmail.com").iter().filter(|subject| subject.starts_with("Welcome")).count(), 1);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_all_the_same() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    let authenticator = app.enrol_totp(&ada).await;
    let next = app.come_by("google", &ada_at_google()).await.success();
    assert_eq!(next["status"], "mfa_required");
    assert!(next["access"].is_null());
    let code = authenticator.next_code(&app);
    let token = next["mfa_token"].as_str().unwrap();
    assert_eq!(app.second_step(token, &code).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn who_must_have_a_second_factor_is_sent_to_enrol_one() {
    let app = TestApp::with_providers_and(&[("MFA_REQUIRED", "everybody")]);
    for _ in 0..2 {
        let next = app.come_by("google", &ada_at_google()).await.success();
        assert_eq!(next["status"], "mfa_enrolment_required");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn a_browser_keeps_its_tokens_in_cookies_if_it_wants() {
    let app = TestApp::with_providers();
    let browser = app.browser();
    let back = app.visit(&browser, "google", &ada_at_google()).await;
    let body = json!({ "exchange_code": answered(&back, "exchange_code").unwrap(), "cookie": true });
    let answer = browser.post("/api/oauth/exchange", body).await.success();
    assert!(answer["access"].is_null() && answer["csrf_token"].is_string());
    browser.get("/api/auth/me").await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn a_device_that_is_known_is_known_by_a_provider_too() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    let back = app.visit(&app.browser(), "google", &ada_at_google()).await;
    let code = answered(&back, "exchange_code").unwrap();
    let body = json!({ "exchange_code": code, "device_token": ada.answer["device_token"], "device_name": "Mine" });
    app.anon().post("/api/oauth/exchange", body).await.success();
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@gmail.com").len(), 1, "the welcome alone");
    app.come_by("google", &ada_at_google()).await.success();
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@gmail.com").len(), 2, "and word of a stranger");
}

#[tokio::test]
async fn an_account_that_is_going_to_be_deleted_is_signed_in_to_take_that_back() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    ada.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    let leaving = Person::of(app.come_by("google", &ada_at_google()).await.success());
    assert_eq!(leaving.calling(&app).get("/api/auth/social/accounts").await.summary(), "403 deletion_pending");
    app.advance(SignedDuration::from_hours(24 * 15));
    let back = app.visit(&app.browser(), "google", &ada_at_google()).await;
    let gone = app.exchange(&answered(&back, "exchange_code").unwrap()).await;
    assert_eq!(gone.summary(), "409 account_not_linked");
    app.run_workers().await;
}

#[tokio::test]
async fn five_sign_ins_by_a_provider_a_minute_are_enough() {
    let app = TestApp::with_config(&[("OAUTH_DEFAULT_REDIRECT", BACK)]);
    app.has_providers();
    for _ in 0..5 {
        assert_eq!(app.anon().get("/api/oauth/google/login").await.status, 303);
    }
    assert_eq!(app.anon().get("/api/oauth/google/login").await.summary(), "429 rate_limited");
    let direct = app.anon().post("/api/auth/social/google", json!({ "access_token": "x" })).await;
    assert_eq!(direct.summary(), "429 rate_limited");
    assert_eq!(app.anon().from("198.51.100.7").get("/api/oauth/google/login").await.status, 303);
}
