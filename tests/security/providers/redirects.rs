//! Being led to a page of an attacker's.

use latchkey_tests::{BACK, TestApp, ada_everywhere, answered};

/// A query's text of any bytes.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |escaped, byte| format!("{escaped}%{byte:02x}"))
}

#[tokio::test]
async fn leading_people_anywhere_but_to_the_allowed_pages() {
    let app = TestApp::with_providers_and(&[("OAUTH_REDIRECTS", "https://app.example.com/in")]);
    let odd = [
        "",
        "/",
        "/welcome",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https://evil.example",
        "http://app.example.com/in",
        "https://app.example.com",
        "https://app.example.com/",
        "https://app.example.com/in/",
        "https://app.example.com/in?x=1",
        "https://app.example.com/in#fragment",
        "https://app.example.com/in#@evil.example",
        "https://app.example.com/in/../../evil",
        "https://app.example.com/in%2f..",
        "https://app.example.com:443/in",
        "https://app.example.com:8443/in",
        "https://APP.example.com/in",
        "HTTPS://app.example.com/in",
        "https://app.example.com./in",
        "https://user@app.example.com/in",
        "https://app.example.com@evil.example/in",
        "https://app.example.com:x@evil.example/in",
        "https://app.example.com.evil.example/in",
        "https://app.example.com\\.evil.example/in",
        "https://evil.example/https://app.example.com/in",
        "https://app.example.com/in\r\nset-cookie: a=b",
        "https://app.example.com/in\n",
        "\thttps://app.example.com/in",
        " https://app.example.com/in",
        "https://app.example.com/in\u{0}",
        "https://app.example.com/in\u{2028}",
        "https://аpp.example.com/in",
        "javascript:alert(1)",
        "data:text/html,x",
        "%2f%2fevil.example",
        "https%3a%2f%2fapp.example.com%2fin",
        "null",
    ];
    for target in odd {
        let answer = app.anon().get(&format!("/api/oauth/google/login?redirect_to={}", escaped(target))).await;
        assert_eq!(answer.details(), "422 validation_failed /redirect_to not_allowed", "{target:?}");
        assert!(answer.headers.get("location").is_none() && answer.headers.get("set-cookie").is_none());
    }
    assert!(app.engine.scan("EphemeralTable").iter().all(|item| item["entity"]["S"] != "ProviderVisit"));
    let twice =
        format!("redirect_to={}&redirect_to={}", escaped("https://app.example.com/in"), escaped("//evil.example"));
    for query in [twice, "redirect_to=%5C%5Cevil.example&redirect_to=".to_owned()] {
        let answer = app.anon().get(&format!("/api/oauth/google/login?{query}")).await;
        assert_eq!(answer.details(), "422 validation_failed /redirect_to not_allowed", "{query}");
    }
}

#[tokio::test]
async fn leading_people_elsewhere_from_the_callback() {
    let app = TestApp::with_providers();
    let browser = app.browser();
    let login = browser.get("/api/oauth/google/login").await;
    let state = answered(&login, "state").unwrap();
    for query in [
        format!("error=access_denied&state={state}&redirect_to=https%3A%2F%2Fevil.example"),
        "redirect_to=https%3A%2F%2Fevil.example&error_uri=https%3A%2F%2Fevil.example".to_owned(),
        "error=%0d%0alocation:%20https://evil.example&error_description=%3Cscript%3E".to_owned(),
    ] {
        let back = browser.get(&format!("/api/oauth/google/callback?{query}")).await;
        assert_eq!(back.header("location"), format!("{BACK}?error_code=oauth_callback"), "{query}");
    }
}

#[tokio::test]
async fn being_led_back_with_a_token_in_the_address() {
    let app = TestApp::with_providers();
    for (provider, person) in ada_everywhere() {
        let back = app.visit(&app.browser(), provider, &person).await;
        let location = back.header("location");
        let (page, query) = location.split_once('?').unwrap();
        let names: Vec<_> = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()).collect();
        assert_eq!(page, BACK, "{provider}");
        assert!([["exchange_code"], ["error_code"]].iter().any(|one| names == *one), "{provider}: {location}");
        for secret in app.providers.handed_out() {
            assert!(!location.contains(&secret), "{provider}: {location}");
        }
        assert_eq!((back.header("cache-control"), back.text.as_str()), ("no-store", ""), "{provider}");
    }
}
