//! Cookie mode: a person who is signed in by a browser's cookies.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_kernel::secret::MacsMaterial;
use latchkey_tests::{Browser, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

async fn app() -> TestApp {
    TestApp::new().with_account(ADA).await.0
}

fn cookies_of(browser: &Browser<'_>) -> [bool; 3] {
    ["__Host-access", "__Host-refresh", "XSRF-TOKEN"].map(|name| browser.cookie(name).is_some())
}

#[tokio::test]
async fn a_browser_gets_its_tokens_in_cookies_and_none_in_the_body() {
    let app = app().await;
    let browser = app.browser();
    let answer = browser.sign_in(ADA).await;
    let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let shapes: Vec<_> =
        lines.map(|line| (line.split_once('=').unwrap().0, line.split_once("; ").unwrap().1)).collect();
    let expected = [
        ("__Host-access", "Path=/; Max-Age=900; Secure; SameSite=Lax; HttpOnly"),
        ("__Host-refresh", "Path=/; Max-Age=2592000; Secure; SameSite=Lax; HttpOnly"),
        ("XSRF-TOKEN", "Path=/; Max-Age=2592000; Secure; SameSite=Lax"),
        ("__Host-device", "Path=/; Max-Age=15552000; Secure; SameSite=Lax; HttpOnly"),
    ];
    assert_eq!(shapes, expected);
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.success();
    let fields: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["csrf_token", "expires_in", "refresh_expires_in", "token_type", "user"]);
    assert_eq!(body["csrf_token"].as_str(), browser.cookie("XSRF-TOKEN").as_deref());
    assert_eq!(browser.get("/api/auth/me").await.success()["email"], ADA);
}

#[tokio::test]
async fn confirming_a_registration_signs_a_browser_in() {
    let app = TestApp::new();
    let token = app.register(ADA).await.text_of("registration_token");
    app.run_workers().await;
    let browser = app.browser();
    let body = json!({ "registration_token": token, "code": app.code_to(ADA), "cookie": true });
    let answer = browser.post("/api/auth/verify-email", body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["access"], Value::Null);
    assert_eq!(browser.get("/api/auth/me").await.success()["email"], ADA);
    app.run_workers().await;
}

#[tokio::test]
async fn refreshing_changes_the_cookies_and_the_token_stays_that_of_the_session() {
    let app = app().await;
    let browser = app.signed_in_browser(ADA).await;
    let (access, refresh, shown) =
        (browser.cookie("__Host-access"), browser.cookie("__Host-refresh"), browser.csrf_token());
    app.advance(SignedDuration::from_mins(20));
    assert_eq!(browser.get("/api/auth/me").await.summary(), "401 token_invalid");
    let body = browser.refresh().await.success();
    assert_eq!((&body["access"], &body["refresh"]), (&Value::Null, &Value::Null));
    assert_ne!(browser.cookie("__Host-access"), access);
    assert_ne!(browser.cookie("__Host-refresh"), refresh);
    assert_eq!(browser.csrf_token(), shown);
    assert_eq!(browser.get("/api/auth/me").await.status, 200);
}

#[tokio::test]
async fn the_body_of_a_refresh_by_cookie_may_be_empty() {
    let app = app().await;
    let browser = app.signed_in_browser(ADA).await;
    let answer = browser.caller().request(http::Method::POST, "/api/auth/token/refresh", None, Vec::new()).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn tabs_that_refresh_at_once_get_the_same_successor() {
    let app = app().await;
    let browser = app.signed_in_browser(ADA).await;
    // Every tab asks with what the browser held before the first was answered.
    let tabs: Vec<_> = (0..8).map(|_| browser.caller()).collect();
    let answers = join_all(tabs.iter().map(|tab| tab.post("/api/auth/token/refresh", json!({})))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let successor = |answer: &latchkey_tests::Answer| {
        let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
        lines.filter(|line| line.starts_with("__Host-refresh")).collect::<Vec<_>>()
    };
    assert!(answers.iter().all(|answer| successor(answer) == successor(&answers[0])));
    assert_eq!(successor(&browser.refresh().await), successor(&answers[0]));
    assert_eq!(browser.refresh().await.status, 200);
}

#[tokio::test]
async fn a_browser_whose_session_is_over_forgets_its_cookies() {
    let app = app().await;
    let browser = app.signed_in_browser(ADA).await;
    let old = browser.cookie("__Host-refresh").unwrap();
    browser.refresh().await.success();
    app.advance(SignedDuration::from_mins(1));
    browser.set_cookie("__Host-refresh", Some(&old));
    assert_eq!(browser.refresh().await.summary(), "401 token_reused");
    assert_eq!(cookies_of(&browser), [false; 3]);
    app.run_workers().await;

    let browser = app.signed_in_browser(ADA).await;
    browser.set_cookie("__Host-refresh", Some("lkr_AAAA"));
    assert_eq!(browser.refresh().await.summary(), "401 token_invalid");
    assert_eq!(cookies_of(&browser), [false; 3]);
}

#[tokio::test]
async fn a_browser_whose_refresh_was_not_judged_keeps_its_cookies() {
    let app = TestApp::with_config(&[("RATE_REFRESH", "1/hour")]);
    app.new_account(ADA).await;
    let browser = app.signed_in_browser(ADA).await;
    browser.refresh().await.success();
    assert_eq!(browser.refresh().await.summary(), "429 rate_limited");
    app.engine.fail_always(latchkey_tests::Fault::Unreachable);
    assert_eq!(browser.refresh().await.summary(), "503 unavailable");
    app.engine.heal();
    assert_eq!(browser.caller().with("x-forwarded-for", "1.2.3.4").get("/api/auth/me").await.status, 200);
    assert_eq!(cookies_of(&browser), [true; 3]);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_clears_the_cookies() {
    let app = app().await;
    let browser = app.signed_in_browser(ADA).await;
    let copy = browser.cookie("__Host-refresh").unwrap();
    assert_eq!(browser.post("/api/auth/logout", json!({})).await.status, 204);
    assert_eq!(cookies_of(&browser), [false; 3]);
    assert_eq!(app.refresh(&copy).await.summary(), "401 token_invalid");
    assert_eq!(browser.post("/api/auth/logout", json!({})).await.summary(), "401 token_missing");
}

#[tokio::test]
async fn signing_out_works_when_the_access_cookie_has_gone() {
    let app = app().await;
    let browser = app.signed_in_browser(ADA).await;
    app.advance(SignedDuration::from_mins(20));
    browser.set_cookie("__Host-access", None);
    assert_eq!(browser.post("/api/auth/logout", json!({ "remember_session": false })).await.status, 204);
    assert_eq!(cookies_of(&browser), [false; 3]);

    let browser = app.signed_in_browser(ADA).await;
    app.advance(SignedDuration::from_mins(20));
    assert_eq!(
        browser.post("/api/auth/logout", json!({})).await.status,
        204,
        "an expired access cookie is no obstacle"
    );
}

#[tokio::test]
async fn a_browser_that_signs_out_twice_forgets_its_cookies_all_the_same() {
    let app = app().await;
    let (one, two) = (app.signed_in_browser(ADA).await, app.browser());
    for name in ["__Host-access", "__Host-refresh", "XSRF-TOKEN"] {
        two.set_cookie(name, one.cookie(name).as_deref());
    }
    let two = two.showing(Some(&one.csrf_token()));
    assert_eq!(one.post("/api/auth/logout", json!({})).await.status, 204);
    assert_eq!(two.post("/api/auth/logout", json!({})).await.summary(), "401 token_invalid");
    assert_eq!(cookies_of(&two), [false; 3]);
}

#[tokio::test]
async fn a_front_end_on_another_site_asks_for_cookies_that_are_sent_from_there() {
    let origin = "https://app.example.net";
    let config =
        [("ALLOWED_ORIGINS", "https://www.example.net, https://app.example.net"), ("COOKIE_SAME_SITE", "None")];
    let app = TestApp::with_config(&config);
    app.new_account(ADA).await;
    let browser = app.browser().at(origin);
    let answer = browser.sign_in(ADA).await;
    let lines: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert!(lines.len() == 4 && lines.iter().all(|line| line.contains("; Secure; SameSite=None")), "{lines:?}");
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.post("/api/auth/logout", json!({})).await.status, 204);
}

#[tokio::test]
async fn a_session_outlives_a_rotation_of_the_keys_behind_its_token() {
    let app = app().await;
    let browser = app.signed_in_browser(ADA).await;
    for _ in 0..2 {
        let mut macs: MacsMaterial = app.vault.get("macs");
        macs.ring.rotate(app.entropy(), app.now());
        app.vault.put("macs", &macs);
        app.advance(SignedDuration::from_mins(11));
    }
    let shown = browser.csrf_token();
    assert_eq!(browser.refresh().await.status, 200);
    assert_ne!(browser.csrf_token(), shown, "the newer key makes the next one");
    assert_eq!(browser.showing(Some(&shown)).refresh().await.status, 200);
}

#[tokio::test]
async fn at_http_localhost_alone_cookies_have_plain_names_and_need_no_tls() {
    const PAGE: &str = "http://localhost:8000";
    for (same_site, attribute) in [("Lax", "Lax"), ("None", "Lax")] {
        let app = TestApp::with_config(&[("PUBLIC_URL", PAGE), ("COOKIE_SAME_SITE", same_site)]);
        app.leave_mail_unsent();
        let ada = latchkey_tests::Person::of(confirmed(&app).await);
        let browser = app.browser().at(PAGE);
        let answer = browser.sign_in(&ada.email).await;
        let lines: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
        let names: Vec<_> = lines.iter().map(|line| line.split_once('=').unwrap().0).collect();
        assert_eq!(names, ["access", "refresh", "XSRF-TOKEN", "device"]);
        for line in &lines {
            assert!(!line.contains("Secure") && line.contains(&format!("SameSite={attribute}")), "{line}");
            assert_eq!(line.contains("; HttpOnly"), !line.starts_with("XSRF"), "{line}");
        }
        answer.success();
        assert_eq!(browser.get("/api/auth/me").await.success()["email"], "ada@example.com");
        assert_eq!(browser.refresh().await.status, 200);
        let secure = app.anon().with("cookie", &format!("__Host-access={}", browser.cookie("access").unwrap()));
        assert_eq!(secure.get("/api/auth/me").await.summary(), "401 token_missing", "a cookie of another name");
        assert_eq!(browser.post("/api/auth/logout", json!({})).await.status, 204);
        assert_eq!(["access", "refresh", "XSRF-TOKEN"].map(|name| browser.cookie(name)), [None, None, None]);
        assert!(browser.cookie("device").is_some());
    }
}

/// Confirms the newest registration, whose mail names another host than those of other tests.
async fn confirmed(app: &TestApp) -> serde_json::Value {
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    app.verify_email(&token, &app.code_to("ada@example.com")).await.success()
}
