//! Between a browser and its provider: visits that are swapped, stolen, replayed, or begun for somebody else.

use latchkey_tests::{BACK, TestApp, ada_at_acme, ada_at_google, answered};
use serde_json::json;

const CALLBACK_FAILED: &str = "oauth_callback";

#[tokio::test]
async fn coming_back_in_another_browser() {
    let app = TestApp::with_providers();
    let victim = app.browser();
    let login = victim.get("/api/oauth/google/login").await;
    let target = app.providers.allow(login.header("location"), &ada_at_google());
    let thief = app.browser();
    for prepared in [false, true] {
        if prepared {
            // A visit of one's own gives a cookie, but not that one.
            thief.get("/api/oauth/google/login").await;
        }
        let back = thief.get(&target).await;
        assert_eq!(answered(&back, "error_code").as_deref(), Some(CALLBACK_FAILED));
    }
    let back = victim.get(&target).await;
    assert!(answered(&back, "exchange_code").is_some(), "the visit is not spent by it");
}

#[tokio::test]
async fn coming_back_with_two_cookies() {
    let app = TestApp::with_providers();
    let browser = app.browser();
    let login = browser.get("/api/oauth/google/login").await;
    let target = app.providers.allow(login.header("location"), &ada_at_google());
    let right = browser.cookie("__Host-oauth").unwrap();
    let twice = app.anon().with("cookie", &format!("__Host-oauth=lkb_planted; __Host-oauth={right}"));
    assert_eq!(answered(&twice.get(&target).await, "error_code").as_deref(), Some(CALLBACK_FAILED));
}

#[tokio::test]
async fn coming_back_to_another_provider() {
    let app = TestApp::with_providers();
    let browser = app.browser();
    let login = browser.get("/api/oauth/google/login").await;
    let target = app.providers.allow(login.header("location"), &ada_at_google());
    for provider in ["github", "acme", "facebook", "nobody"] {
        let mixed_up = target.replace("/google/", &format!("/{provider}/"));
        let back = browser.get(&mixed_up).await;
        assert_eq!(answered(&back, "error_code").as_deref(), Some(CALLBACK_FAILED), "{provider}");
    }
    let calls = app.providers.take_calls();
    assert!(calls.iter().all(|call| !call.address.contains("token")), "no code went to anybody: {calls:?}");
}

#[tokio::test]
async fn answering_in_the_name_of_another_issuer() {
    let app = TestApp::with_providers();
    let right = "&iss=https%3A%2F%2Flogin.acme.test";
    for wrong in
        ["&iss=https%3A%2F%2Fevil.example", "&iss=", "&x=y", &format!("{right}&iss=https%3A%2F%2Fevil.example")]
    {
        let browser = app.browser();
        let login = browser.get("/api/oauth/acme/login").await;
        let target = app.providers.allow(login.header("location"), &ada_at_acme());
        let back = browser.get(&target.replace(right, wrong)).await;
        assert_eq!(answered(&back, "error_code").as_deref(), Some(CALLBACK_FAILED), "{wrong}");
    }
}

#[tokio::test]
async fn replaying_a_callback() {
    let app = TestApp::with_providers();
    app.providers.let_codes_work_again();
    let browser = app.browser();
    let login = browser.get("/api/oauth/google/login").await;
    let target = app.providers.allow(login.header("location"), &ada_at_google());
    assert!(answered(&browser.get(&target).await, "exchange_code").is_some());
    for _ in 0..2 {
        assert_eq!(answered(&browser.get(&target).await, "error_code").as_deref(), Some(CALLBACK_FAILED));
    }
}

#[tokio::test]
async fn changing_anything_about_a_callback() {
    let app = TestApp::with_providers();
    let browser = app.browser();
    let login = browser.get("/api/oauth/google/login").await;
    let target = app.providers.allow(login.header("location"), &ada_at_google());
    let state = answered(&login, "state").unwrap();
    let code = target.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    for query in [
        String::new(),
        format!("state={state}&state={state}&code={code}"),
        format!("code={code}"),
        format!("state=&code={code}"),
        format!("state=lks_AAAA&code={code}"),
        format!("state={}&code={code}", state.replace("lks_", "lkx_")),
    ] {
        let back = browser.get(&format!("/api/oauth/google/callback?{query}")).await;
        assert_eq!(back.header("location"), format!("{BACK}?error_code={CALLBACK_FAILED}"), "{query}");
    }
    let error_too = browser.get(&format!("{target}&error=server_error")).await;
    assert_eq!(answered(&error_too, "error_code").as_deref(), Some(CALLBACK_FAILED));
}

#[tokio::test]
async fn two_tabs_of_one_browser_come_back_in_any_order() {
    let app = TestApp::with_providers();
    let browser = app.browser();
    let first = browser.get("/api/oauth/google/login").await;
    let second = browser.get("/api/oauth/acme/login").await;
    for (login, person) in [(second, ada_at_acme()), (first, ada_at_google())] {
        let back = browser.get(&app.providers.allow(login.header("location"), &person)).await;
        assert!(answered(&back, "exchange_code").is_some(), "{}", back.header("location"));
    }
}

#[tokio::test]
async fn signing_a_visitor_in_to_an_account_of_ones_own() {
    let app = TestApp::with_providers();
    let attacker = app.browser();
    let back = app.visit(&attacker, "google", &ada_at_google()).await;
    let code = answered(&back, "exchange_code").unwrap();
    let victim = app.browser();
    app.visit(&victim, "acme", &ada_at_acme()).await;
    let body = json!({ "exchange_code": code, "cookie": true });
    let answer = victim.post("/api/oauth/exchange", body.clone()).await;
    assert_eq!(answer.summary(), "400 code_invalid", "the code is of another browser");
    assert!(victim.cookie("__Host-access").is_none());
    let elsewhere = app.browser().at("https://evil.example");
    assert_eq!(elsewhere.post("/api/oauth/exchange", body.clone()).await.summary(), "403 csrf_failed");
    // A page that keeps its tokens itself is told by the cookie as well, where the browser sends one.
    let kept_by_the_page = json!({ "exchange_code": body["exchange_code"] });
    let answer = victim.post("/api/oauth/exchange", kept_by_the_page).await;
    assert_eq!(answer.summary(), "400 code_invalid");
    attacker.post("/api/oauth/exchange", body).await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn answering_for_google_in_the_name_of_two_issuers() {
    let app = TestApp::with_providers();
    let browser = app.browser();
    let login = browser.get("/api/oauth/google/login").await;
    let target = app.providers.allow(login.header("location"), &ada_at_google());
    let twice = format!("{target}&iss=https%3A%2F%2Faccounts.google.com&iss=https%3A%2F%2Fevil.example");
    assert_eq!(answered(&browser.get(&twice).await, "error_code").as_deref(), Some(CALLBACK_FAILED));
}

#[tokio::test]
async fn losing_the_cookie_before_the_exchange() {
    let app = TestApp::with_providers();
    let login = app.anon().get("/api/oauth/google/login").await;
    let cookie = login.header("set-cookie");
    // Ten minutes at the provider, and one for the page that the browser comes back to.
    assert!(cookie.starts_with("__Host-oauth=lkb_") && cookie.contains("; Max-Age=660;"), "{cookie}");
    assert!(cookie.contains("HttpOnly") && cookie.contains("Secure") && cookie.contains("Path=/"), "{cookie}");
}

#[tokio::test]
async fn having_a_victim_connect_their_provider_to_an_account_of_ones_own() {
    let app = TestApp::with_providers();
    app.new_account("eve@example.com").await;
    let eve = app.signed_in_browser("eve@example.com").await;
    let url = eve.post("/api/auth/social/accounts/google/connect", json!({})).await.text_of("authorize_url");
    let victim = app.browser();
    victim.get("/api/oauth/google/login").await;
    let back = victim.get(&app.providers.allow(&url, &ada_at_google())).await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some(CALLBACK_FAILED));
    let status = eve.get("/api/auth/social/accounts/status").await.success();
    assert_eq!(status["social_accounts"]["google"]["connected"], false);
    app.run_workers().await;
}

#[tokio::test]
async fn connecting_by_a_page_of_somebody_elses() {
    let app = TestApp::with_providers();
    app.new_account("ada@example.com").await;
    let browser = app.signed_in_browser("ada@example.com").await.at("https://evil.example");
    for act in ["connect", "disconnect"] {
        let answer = browser.post(&format!("/api/auth/social/accounts/google/{act}"), json!({})).await;
        assert_eq!(answer.summary(), "403 csrf_failed", "{act}");
    }
    app.run_workers().await;
}
