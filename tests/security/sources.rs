//! Pretending to ask from elsewhere, and asking from many places at once.

use http::HeaderMap;
use latchkey_tests::{Answer, TestApp, operations};
use serde_json::json;

async fn guess(app: &TestApp, from: &str, header: Option<(&str, &str)>, n: usize) -> Answer {
    let caller = app.anon().from(from);
    let caller = header.iter().fold(caller, |caller, (name, value)| caller.with(name, value));
    let body = json!({ "login": format!("person{n}@example.com"), "password": "not the password" });
    caller.post("/api/auth/token", body).await
}

#[tokio::test]
async fn headers_that_claim_another_source_address() {
    for name in [
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "x-client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "x-cluster-client-ip",
        "x-originating-ip",
        "x-remote-addr",
        "x-local-source-address",
    ] {
        let app = TestApp::new();
        let mut admitted = 0;
        for n in 0..12 {
            let claimed = if name == "forwarded" { format!("for=198.51.100.{n}") } else { format!("198.51.100.{n}") };
            admitted += u32::from(guess(&app, "192.0.2.1", Some((name, &claimed)), n).await.status == 401);
        }
        assert_eq!(admitted, 10, "{name}");
    }
}

#[tokio::test]
async fn a_session_does_not_show_an_address_that_somebody_claimed() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    let body = json!({ "login": "ada@example.com", "password": latchkey_tests::PASSWORD });
    let claiming = app.anon().with("x-forwarded-for", "198.51.100.7").with("x-real-ip", "198.51.100.7");
    claiming.post("/api/auth/token", body).await.success();
    app.run_workers().await;
    assert!(app.engine.scan("MainTable").iter().all(|item| !item.to_string().contains("198.51.100.7")));
}

/// What the owner's CDN is configured to show, and its digest.
const PROXY_KEY: (&str, &str) =
    ("a-key-of-the-cdn", "a664527f049226012ee261c9171f0a2f82710a8c6bf339f19cdc16f9ae824afc");
const PROXIES: &[(&str, &str)] =
    &[("TRUSTED_PROXIES", "192.0.2.0/24, 2001:db8:cd::/48"), ("TRUSTED_PROXY_KEYS", PROXY_KEY.1)];

#[tokio::test]
async fn a_list_of_addresses_sent_through_somebody_elses_part_of_the_same_cdn() {
    let app = TestApp::with_config(PROXIES);
    for key in [None, Some("a guess"), Some("")] {
        let mut admitted = 0;
        for n in 0..12 {
            let list = format!("203.0.113.{n}");
            let from = if key.is_none() { "192.0.2.1" } else { "192.0.2.2" };
            let caller = app.anon().from(from).with("x-forwarded-for", &list);
            let caller = key.iter().fold(caller, |caller, key| caller.with("x-proxy-key", key));
            let body = json!({ "login": format!("person{n}@example.com"), "password": "not the password" });
            admitted += u32::from(caller.post("/api/auth/token", body).await.status == 401);
        }
        assert!(admitted <= 10, "{admitted} addresses were believed without the key ({key:?})");
    }
}

#[tokio::test]
async fn a_list_of_addresses_sent_through_a_trusted_proxy() {
    let app = TestApp::with_config(PROXIES);
    let guess = async |app: &TestApp, from: &str, header: Option<(&str, &str)>, n: usize| {
        let caller = app.anon().from(from).with("x-proxy-key", PROXY_KEY.0);
        let caller = header.iter().fold(caller, |caller, (name, value)| caller.with(name, value));
        let body = json!({ "login": format!("person{n}@example.com"), "password": "not the password" });
        caller.post("/api/auth/token", body).await
    };
    // The proxy adds the one who connected to it; what that one sent stands before.
    let mut admitted = 0;
    for n in 0..12 {
        let list = format!("203.0.113.{n}, 198.51.100.1");
        admitted += u32::from(guess(&app, "192.0.2.1", Some(("x-forwarded-for", &list)), n).await.status == 401);
    }
    assert_eq!(admitted, 10, "all of them come from 198.51.100.1");
    // Another person behind the same proxy is not slowed by it.
    assert_eq!(guess(&app, "192.0.2.1", Some(("x-forwarded-for", "198.51.100.2")), 1).await.status, 401);
    // Who reaches the API without the proxy is not believed.
    let mut admitted = 0;
    for n in 0..12 {
        let claimed = format!("203.0.113.{n}, 192.0.2.1");
        admitted += u32::from(guess(&app, "198.51.100.99", Some(("x-forwarded-for", &claimed)), n).await.status == 401);
    }
    assert_eq!(admitted, 10);
}

#[tokio::test]
async fn a_thousand_addresses_of_one_ipv6_network() {
    let app = TestApp::new();
    let mut admitted = 0;
    for n in 0..1000 {
        let from = format!("2001:db8:1:2:{n:x}::{n:x}");
        // Nothing is hashed for who is refused, so most of these are cheap.
        admitted += u32::from(guess(&app, &from, None, n).await.status == 401);
    }
    assert_eq!(admitted, 10);
    assert_eq!(guess(&app, "2001:db8:1:3::1", None, 1).await.status, 401, "the neighbour's network");
}

#[tokio::test]
async fn all_networks_of_one_48() {
    let app = TestApp::with_config(&[("RATE_ANON", "2/day")]);
    let mut admitted = 0;
    for n in 0..400 {
        let answer = app.anon().from(&format!("2001:db8:1:{n:x}::1")).get("/password-changed").await;
        admitted += u32::from(answer.status == 200);
    }
    assert_eq!(admitted, 128, "sixty-four times the limit and no more");
    assert_eq!(app.anon().from("2001:db8:2:1::1").get("/password-changed").await.status, 200);
}

#[tokio::test]
async fn poisoned_headers_change_nothing_in_an_answer() {
    let app = TestApp::new();
    let plain = |headers: &HeaderMap| {
        let mut lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        lines.retain(|line| !line.starts_with("x-request-id") && !line.starts_with("ratelimit:"));
        lines
    };
    let expected = plain(&app.anon().get("/.well-known/openid-configuration").await.headers);
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-server", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-original-url", "/api/auth/me"),
        ("x-rewrite-url", "/api/auth/me"),
        ("x-http-method-override", "DELETE"),
        ("x-amzn-trace-id", "Root=1-evil"),
        ("origin", "https://evil.example"),
        ("accept-language", "evil"),
    ] {
        let answer = app.anon().with(name, value).get("/.well-known/openid-configuration").await;
        assert_eq!(plain(&answer.headers), expected, "{name}");
        assert!(!answer.text.contains("evil") && !format!("{:?}", answer.headers).contains("evil"), "{name}");
    }
}

#[tokio::test]
async fn poisoning_the_host_of_every_operation() {
    let mut links = 0;
    for (operation, _) in operations() {
        let (app, ready) = TestApp::ready_for(&operation).await;
        let before = app.inbox.mails(None).len();
        let poisoned = app
            .anon()
            .with("host", "evil.example")
            .with("x-host", "evil.example")
            .with("x-forwarded-host", "evil.example")
            .with("x-forwarded-proto", "http")
            .with("x-forwarded-prefix", "/evil")
            .with("forwarded", "host=evil.example;proto=http")
            .with("x-original-url", "https://evil.example/")
            .with("x-rewrite-url", "https://evil.example/");
        let answer = ready.send_from(poisoned).await;
        assert!(answer.status.is_success() || answer.status.is_redirection(), "{operation}: {}", answer.text);
        assert!(!answer.text.contains("evil") && !format!("{:?}", answer.headers).contains("evil"), "{operation}");
        app.run_workers().await;
        let mails = app.inbox.mails(None);
        for mail in mails.iter().take(mails.len() - before) {
            assert!(!mail.text.contains("evil") && !mail.html.contains("evil"), "{operation}: {}", mail.text);
            links += usize::from(mail.text.contains("https://id.example.com/"));
        }
    }
    assert!(links > 5, "{links} mails with links");
}

#[tokio::test]
async fn request_ids_that_would_forge_a_line_or_a_header() {
    let app = TestApp::new();
    let own = app.anon().with("x-request-id", "front-end.8e03978e").get("/api/auth/me").await;
    assert_eq!(
        (own.header("x-request-id"), own.text_of("request_id").as_str()),
        ("front-end.8e03978e", "front-end.8e03978e")
    );
    for odd in [
        "short",
        "two ids",
        "a, b, c, d, e",
        "{\"level\":\"INFO\"}",
        "<script>alert(1)</script>",
        "é-é-é-é-é-é",
        &"x".repeat(65),
    ] {
        let answer = app.anon().with("x-request-id", odd).get("/api/auth/me").await;
        assert!(answer.header("x-request-id").starts_with("request-"), "{odd}");
        assert!(answer.text_of("request_id").starts_with("request-"), "{odd}");
    }
    let twice = app.anon().with("x-request-id", "front-end.one").with("x-request-id", "front-end.two");
    assert!(twice.get("/api/auth/me").await.header("x-request-id").starts_with("request-"));
}

#[tokio::test]
async fn headers_and_queries_that_are_too_large() {
    let app = TestApp::new();
    let cookies = (0..40).map(|n| format!("c{n}={}", "x".repeat(400))).collect::<Vec<_>>().join("; ");
    for (name, value) in [
        ("x-padding", "x".repeat(10_300)),
        ("authorization", format!("Bearer {}", "x".repeat(10_300))),
        ("cookie", cookies),
    ] {
        let answer = app.anon().with(name, &value).get("/api/auth/me").await;
        assert_eq!(answer.summary(), "431 headers_too_large", "{name}");
        assert!(!answer.text.contains("xxx"));
    }
    let many = "a=1&".repeat(65);
    assert_eq!(app.anon().get(&format!("/api/health?{many}")).await.summary(), "400 malformed_target");
    let long = format!("/api/health?a={}", "x".repeat(11_000));
    assert_eq!(app.anon().get(&long).await.summary(), "400 malformed_target");
    assert!(app.engine.take_calls_of_rules().is_empty());
}
