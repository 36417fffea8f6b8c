//! Odd things in every place that takes something: names of providers, bodies, tokens, keys, addresses, answers.

use latchkey_tests::{BACK, CLIENT_ID, TestApp, ada_at_acme, ada_at_google, answered};
use serde_json::{Value, json};

#[tokio::test]
async fn naming_a_provider_that_cannot_be() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let long = "g".repeat(3000);
    for name in [
        "Google",
        "google%20",
        "google%00",
        "google%0d%0ax:y",
        "google%2f..",
        "%2e%2e",
        "%67oogle%2525",
        "g%D0%BEogle",
        "google;x",
        "google%3Fx=1",
        "google%23x",
        "%3Cscript%3E",
        "__proto__",
        "accounts",
        "status",
        "exchange",
        long.as_str(),
    ] {
        for path in [format!("/api/oauth/{name}/login"), format!("/api/oauth/{name}/callback?code=x&state=y&iss=z")] {
            let answer = app.anon().get(&path).await;
            let led_back = answer.header("location") == format!("{BACK}?error_code=oauth_callback");
            assert!(answer.status.is_client_error() || led_back, "{path}: {}", answer.summary());
        }
        let direct = app.anon().post(&format!("/api/auth/social/{name}"), json!({ "access_token": "x" })).await;
        assert!(direct.status.is_client_error(), "{name}: {}", direct.summary());
        assert_eq!(app.providers.take_calls().iter().map(|call| &call.address).collect::<Vec<_>>(), [""; 0], "{name}");
        for act in ["connect", "disconnect"] {
            let path = format!("/api/auth/social/accounts/{name}/{act}");
            let answer = ada.calling(&app).post(&path, json!({})).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.summary());
        }
    }
    assert_eq!(app.providers.take_calls().len(), 0, "nobody was asked for them");
    app.run_workers().await;
}

#[tokio::test]
async fn sending_more_than_anybody_reads() {
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@example.com").await;
    let large = "x".repeat(70 * 1024);
    let connect = "/api/auth/social/accounts/google/connect";
    for field in ["access_token", "code_verifier", "redirect_uri", "nonce"] {
        let direct = app.anon().post("/api/auth/social/google", json!({ field: large })).await;
        assert_eq!(direct.summary(), "413 body_too_large", "{field}");
        assert_eq!(ada.calling(&app).post(connect, json!({ field: large })).await.summary(), "413 body_too_large");
    }
    let exchange = app.anon().post("/api/oauth/exchange", json!({ "exchange_code": large })).await;
    assert_eq!(exchange.summary(), "413 body_too_large");
    assert_eq!(app.providers.take_calls().len(), 0);
}

#[tokio::test]
async fn refusing_in_markup_and_line_ends() {
    for odd in ["%0d%0aset-cookie:%20a=b", "%3Cscript%3Ealert(1)%3C/script%3E", "%00", "access_denied&error=x", ""] {
        let app = TestApp::with_providers();
        let browser = app.browser();
        let login = browser.get("/api/oauth/google/login").await;
        let state = answered(&login, "state").unwrap();
        let code = app.providers.allow(login.header("location"), &ada_at_google());
        let code = code.split_once("code=").unwrap().1.split('&').next().unwrap();
        let query = format!("state={state}&code={code}&error={odd}&error_description={odd}&error_uri={odd}");
        let back = browser.get(&format!("/api/oauth/google/callback?{query}")).await;
        let refused = back.status == 400 || back.header("location") == format!("{BACK}?error_code=oauth_callback");
        assert!(refused, "{odd}: {} {}", back.summary(), back.header("location"));
        assert!(back.headers.get("set-cookie").is_none() && !back.text.contains("<script"), "{odd}");
        assert_eq!(app.providers.calls_to("/token"), 0, "{odd}: the code went nowhere");
    }
}

#[tokio::test]
async fn signing_with_one_of_thousands_of_keys() {
    for (place, signs_in) in [(0, true), (63, true), (64, false), (2999, false)] {
        let app = TestApp::with_providers();
        let right = app.providers.keys()["keys"][0].clone();
        let keys = (0..3000).map(|at| {
            let mut key = right.clone();
            if at != place {
                key["kid"] = json!(format!("other-{at}"));
            }
            key
        });
        let keys: Vec<Value> = keys.collect();
        app.providers.answer("/jwks", 200, &json!({ "keys": keys }));
        let back = app.visit(&app.browser(), "acme", &ada_at_acme()).await;
        assert_eq!(answered(&back, "exchange_code").is_some(), signs_in, "{place}");
    }
}

#[tokio::test]
async fn claiming_more_than_anybody_reads() {
    let deep = (0..500).fold(json!(1), |deep, _| json!([deep]));
    for (what, claim) in [("long", json!("x".repeat(20_000))), ("deep", deep), ("many", json!(vec![0; 20_000]))] {
        let app = TestApp::with_providers();
        app.providers.claim("more", claim);
        let back = app.visit(&app.browser(), "acme", &ada_at_acme()).await;
        assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_callback"), "{what}");
    }
    // What stands in an account is bounded, whatever a provider tells.
    let app = TestApp::with_providers();
    let mut large = ada_at_google();
    large["name"] = json!("Ada ".repeat(1000));
    large["picture"] = json!(format!("https://example.com/{}", "p".repeat(4000)));
    let ada = app.new_account_by("google", &large).await;
    assert_eq!(ada.answer["user"]["name"].as_str().unwrap().trim_end().len(), 255);
    let listed = ada.calling(&app).get("/api/auth/social/accounts").await.success();
    assert!(listed["items"][0]["avatar_url"].is_null());
}

#[tokio::test]
async fn having_an_address_that_is_written_in_another_way() {
    let verified = |address: &str| json!({ "sub": "9", "email": address, "email_verified": true, "name": "Ada" });
    // The same mailbox: its account is found, and given only by who gives mailboxes out.
    for (provider, address, error) in [
        ("google", "Ada@GMAIL.com", None),
        ("google", " ada@gmail.com ", None),
        ("acme", "ADA@gmail.COM", Some("oauth_account_not_linked")),
    ] {
        let app = TestApp::with_providers();
        app.new_account("ada@gmail.com").await;
        let back = app.visit(&app.browser(), provider, &verified(address)).await;
        assert_eq!(answered(&back, "error_code").as_deref(), error, "{provider} {address}");
    }
    // No mailbox that a mail of ours would reach: it opens nothing and makes nothing.
    for address in [
        "\u{430}da@gmail.com",
        "ada\u{200b}@gmail.com",
        "\u{ff41}da@gmail.com",
        "ada@gmail.com\r\nbcc: eve@evil.example",
        "ada@gmail.com,eve@evil.example",
        "Ada <ada@gmail.com>",
        "ada@gmail.com@evil.example",
        "ada@[127.0.0.1]",
        "ada@",
        "",
    ] {
        let app = TestApp::with_providers();
        app.new_account("ada@gmail.com").await;
        let next = app.come_by("google", &verified(address)).await.success();
        assert_eq!(next["status"], "email_verification_required", "{address:?}");
        assert!(next["email"].is_null(), "{address:?}: the user is to name one");
    }
    // Another mailbox, as far as anybody but Google knows: an account of its own.
    let app = TestApp::with_providers();
    let ada = app.new_account("ada@gmail.com").await;
    let tagged = app.new_account_by("google", &verified("ada+news@gmail.com")).await;
    assert_ne!(tagged.id(), ada.id());
    assert_eq!(tagged.email, "ada+news@gmail.com");
}

#[tokio::test]
async fn asking_for_a_factor_no_more_because_a_provider_or_a_device_is_known() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    app.enrol_totp(&ada).await;
    app.run_workers().await;
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    let body = json!({ "access_token": token, "device_token": ada.answer["device_token"] });
    let next = app.anon().post("/api/auth/social/google", body).await.success();
    assert_eq!(next["status"], "mfa_required");
    assert!(next["access"].is_null() && next["refresh"].is_null() && next["device_token"].is_null());
    let browser = app.browser();
    let back = app.visit(&browser, "google", &ada_at_google()).await;
    let body = json!({ "exchange_code": answered(&back, "exchange_code").unwrap(), "cookie": true });
    assert_eq!(browser.post("/api/oauth/exchange", body).await.success()["status"], "mfa_required");
    assert!(browser.cookie("__Host-access").is_none() && browser.cookie("__Host-refresh").is_none());
}
