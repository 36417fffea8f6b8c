//! What a page of somebody else's can make a signed-in browser do: nothing.

use http::Method;
use latchkey_tests::{Browser, OWN_ORIGIN, PASSWORD, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";
const BEA: &str = "bea@example.com";
const LOGOUT: &str = "/api/auth/logout";
const REFRESH: &str = "/api/auth/token/refresh";

async fn app() -> TestApp {
    let app = TestApp::with_config(&[("ALLOWED_ORIGINS", "https://app.example.com")]);
    app.new_account(ADA).await;
    app.new_account(BEA).await;
    app
}

/// A browser with the cookies of another, so that what one attempt changes does not help the next.
fn copy<'a>(app: &'a TestApp, of: &Browser<'_>) -> Browser<'a> {
    let copy = app.browser().showing(Some(&of.csrf_token()));
    for name in ["__Host-access", "__Host-refresh", "XSRF-TOKEN"] {
        copy.set_cookie(name, of.cookie(name).as_deref());
    }
    copy
}

/// Nothing was spent, nothing ended: the browser goes on as before.
async fn is_unharmed(browser: &Browser<'_>) {
    assert_eq!(browser.get("/api/auth/me").await.status, 200);
    assert_eq!(browser.refresh().await.status, 200);
}

#[tokio::test]
async fn a_form_on_another_site() {
    let app = app().await;
    let ada = app.signed_in_browser(ADA).await;
    for origin in ["https://evil.example", "null"] {
        for path in [LOGOUT, REFRESH] {
            // What a form can send: its three media types, no header of its own, and with SameSite=None the cookies.
            for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"] {
                let form = copy(&app, &ada).showing(None).at(origin);
                let answer = form.caller().request(Method::POST, path, Some(kind), b"{\"refresh\":1}".to_vec()).await;
                assert_eq!(answer.summary(), "415 unsupported_media_type", "{origin} {path} {kind}");
                let answer = form.caller().request(Method::POST, path, Some(kind), Vec::new()).await;
                assert_eq!(answer.summary(), "403 csrf_failed", "{origin} {path} {kind}");
                assert_eq!(answer.header("set-cookie"), "", "{origin} {path} {kind}");
            }
        }
    }
    is_unharmed(&ada).await;
}

#[tokio::test]
async fn a_page_of_another_origin_even_with_the_right_token() {
    let app = app().await;
    let ada = app.signed_in_browser(ADA).await;
    for origin in [
        "https://evil.example",
        "https://id.example.com.evil.example",
        "https://evilid.example.com",
        "http://id.example.com",
        "https://id.example.com:8443",
        "https://id.example.com/",
        "https://app.example.com, https://evil.example",
        "null",
        "",
    ] {
        for path in [LOGOUT, REFRESH] {
            let answer = copy(&app, &ada).at(origin).post(path, json!({})).await;
            assert_eq!(answer.summary(), "403 csrf_failed", "{origin:?} {path}");
        }
    }
    for path in [LOGOUT, REFRESH] {
        assert_eq!(copy(&app, &ada).at_no_origin().post(path, json!({})).await.summary(), "403 csrf_failed", "{path}");
        let twice = copy(&app, &ada).caller().with("origin", "https://evil.example").post(path, json!({})).await;
        assert_eq!(twice.summary(), "403 csrf_failed", "{path}");
    }
    is_unharmed(&ada).await;
}

#[tokio::test]
async fn a_request_without_the_token_of_its_session() {
    let app = app().await;
    let ada = app.signed_in_browser(ADA).await;
    let (second, bea) = (app.signed_in_browser(ADA).await, app.signed_in_browser(BEA).await);
    let (own, second, bea) = (ada.csrf_token(), second.csrf_token(), bea.csrf_token());
    let longer = format!("{own}A");
    let wrong = [None, Some(""), Some("x"), Some(&own[1..]), Some(&longer), Some(&second), Some(&bea)];
    for token in wrong {
        for path in [LOGOUT, REFRESH] {
            let answer = copy(&app, &ada).showing(token).post(path, json!({})).await;
            assert_eq!(answer.summary(), "403 csrf_failed", "{token:?} {path}");
            assert_eq!(answer.header("set-cookie"), "", "{token:?} {path}");
        }
    }
    is_unharmed(&ada).await;
}

#[tokio::test]
async fn the_token_of_the_session_counts_in_either_header_beside_whatever_else_is_shown() {
    let app = app().await;
    let (ada, bea) = (app.signed_in_browser(ADA).await, app.signed_in_browser(BEA).await);
    let foreign = bea.csrf_token();
    for (name, other) in [("x-xsrf-token", "x-csrf-token"), ("x-csrf-token", "x-xsrf-token")] {
        for beside in ["", &foreign, "null", "undefined"] {
            for (first, second) in [(name, other), (other, name), (name, name)] {
                let silent = copy(&app, &ada).showing(None);
                let caller = silent.caller().with(first, beside).with(second, &ada.csrf_token());
                let answer = ada.keep(caller.post(REFRESH, json!({})).await);
                assert_eq!(answer.status, 200, "{first}: {beside}, {second}: the session's");
            }
        }
        let silent = copy(&app, &ada).showing(None);
        let wrong = silent.caller().with(name, &foreign).with(other, "").with(name, "undefined");
        assert_eq!(wrong.post(REFRESH, json!({})).await.summary(), "403 csrf_failed");
    }
}

#[tokio::test]
async fn a_token_that_a_subdomain_planted() {
    let app = app().await;
    let (ada, evil) = (app.signed_in_browser(ADA).await, app.signed_in_browser(BEA).await);
    // A subdomain may plant XSRF-TOKEN, its own session's for example, and then send a request that shows the same.
    let tossed = copy(&app, &ada).showing(Some(&evil.csrf_token()));
    tossed.set_cookie("XSRF-TOKEN", Some(&evil.csrf_token()));
    assert_eq!(tossed.post(LOGOUT, json!({})).await.summary(), "403 csrf_failed");
    // Nor does the plant keep the person's own page, which was told its token in the body, from working.
    let own = tossed.showing(Some(&ada.csrf_token()));
    let both = own.caller().with("cookie", &format!("XSRF-TOKEN={}", ada.csrf_token()));
    assert_eq!(both.post(REFRESH, json!({})).await.status, 200);
}

#[tokio::test]
async fn a_second_cookie_of_the_same_name() {
    let app = app().await;
    let (ada, evil) = (app.signed_in_browser(ADA).await, app.signed_in_browser(BEA).await);
    for name in ["__Host-access", "__Host-refresh"] {
        let twice = ada.caller().with("cookie", &format!("{name}={}", evil.cookie(name).unwrap()));
        let answer = if name == "__Host-access" {
            twice.get("/api/auth/me").await
        } else {
            twice.post(REFRESH, json!({})).await
        };
        assert_eq!(answer.summary(), "401 token_invalid", "{name}");
    }
    is_unharmed(&ada).await;
}

#[tokio::test]
async fn the_cookies_of_two_sessions_mixed() {
    let app = app().await;
    let (ada, bea) = (app.signed_in_browser(ADA).await, app.signed_in_browser(BEA).await);
    let mixed = copy(&app, &ada);
    mixed.set_cookie("__Host-refresh", bea.cookie("__Host-refresh").as_deref());
    assert_eq!(mixed.post(REFRESH, json!({})).await.summary(), "403 csrf_failed");
    is_unharmed(&bea).await;
}

#[tokio::test]
async fn signing_a_visitor_in_to_another_account() {
    let app = app().await;
    let body = json!({ "login": BEA, "password": PASSWORD, "cookie": true });
    for browser in [app.browser().at("https://evil.example"), app.browser().at("null"), app.browser().at_no_origin()] {
        let answer = browser.post("/api/auth/token", body.clone()).await;
        assert_eq!(answer.summary(), "403 csrf_failed");
        assert_eq!(answer.header("set-cookie"), "");
    }
    let plain = app.browser().at("https://evil.example");
    let kind = Some("text/plain");
    let answer = plain.caller().request(Method::POST, "/api/auth/token", kind, body.to_string().into_bytes()).await;
    assert_eq!(answer.summary(), "415 unsupported_media_type");
    assert_eq!(app.hashes(), 2, "only the registrations were hashed");
    let confirm = json!({ "registration_token": "lkg_AAAA", "code": "12345678", "cookie": true });
    let answer = app.browser().at("https://evil.example").post("/api/auth/verify-email", confirm).await;
    assert_eq!(answer.summary(), "403 csrf_failed");
    assert_eq!(app.browser().at("https://app.example.com").sign_in(BEA).await.status, 200);
}

#[tokio::test]
async fn a_header_decides_alone_and_the_cookies_beside_it_are_not_looked_at() {
    let app = app().await;
    let (ada, bea) = (app.signed_in_browser(ADA).await, app.sign_in(BEA).await.text_of("access"));
    let both = copy(&app, &ada).at("https://evil.example").showing(None);
    let me = both.caller().bearing(&bea).get("/api/auth/me").await.success();
    assert_eq!(me["email"], BEA);
    for wrong in ["Bearer nonsense", "Basic YTpi", "Bearer", ""] {
        let answer = ada.caller().with("authorization", wrong).get("/api/auth/me").await;
        assert_eq!(answer.summary(), "401 token_invalid", "{wrong:?}");
    }
    assert_eq!(ada.caller().bearing(&bea).post(REFRESH, json!({})).await.summary(), "401 token_missing");
    // The header's own session ends: no cookie speaks for the request, so no page's word is needed.
    assert_eq!(both.caller().bearing(&bea).post(LOGOUT, json!({})).await.status, 204);
    is_unharmed(&ada).await;
}

#[tokio::test]
async fn a_token_of_one_kind_in_the_cookie_of_the_other() {
    let app = app().await;
    let ada = app.signed_in_browser(ADA).await;
    let swapped = copy(&app, &ada);
    swapped.set_cookie("__Host-access", ada.cookie("__Host-refresh").as_deref());
    assert_eq!(swapped.get("/api/auth/me").await.summary(), "401 token_invalid");
    swapped.set_cookie("__Host-refresh", ada.cookie("__Host-access").as_deref());
    assert_eq!(swapped.post(REFRESH, json!({})).await.summary(), "401 token_invalid");
    is_unharmed(&ada).await;
}

#[tokio::test]
async fn the_refresh_cookie_opens_nothing_but_refreshing_and_signing_out() {
    let app = app().await;
    let ada = app.signed_in_browser(ADA).await;
    let half = copy(&app, &ada);
    half.set_cookie("__Host-access", None);
    assert_eq!(half.get("/api/auth/me").await.summary(), "401 token_missing");
    let bearer = app.anon().bearing(&ada.cookie("__Host-refresh").unwrap());
    assert_eq!(bearer.get("/api/auth/me").await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn a_cookie_of_a_session_that_has_ended() {
    let app = app().await;
    let ada = app.signed_in_browser(ADA).await;
    let thief = copy(&app, &ada);
    assert_eq!(ada.post(LOGOUT, json!({})).await.status, 204);
    assert_eq!(thief.get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(thief.refresh().await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn answers_with_cookies_are_kept_by_nobody() {
    let app = app().await;
    let ada = app.browser();
    for answer in [ada.sign_in(ADA).await, ada.refresh().await] {
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("access-control-allow-origin"), "", "CORS is the gateway's");
    }
    assert_eq!(app.browser().at(OWN_ORIGIN).refresh().await.summary(), "401 token_missing");
}
