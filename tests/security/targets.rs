//! Paths, queries, hosts and headers that try to reach another route, another host, or a panic.

use latchkey_kernel::telemetry::log_to;
use latchkey_tests::{Log, TestApp};
use serde_json::{Value, json};

/// An event as the gateway would make it, for paths that no URL parser would let through on the way.
fn event(path: &str, query: &str, headers: &Value) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": headers,
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "id.example.com", "domainPrefix": "id", "stage": "$default",
            "routeKey": "$default", "requestId": "r", "time": "02/Mar/2026:09:30:00 +0000", "timeEpoch": 1_772_443_800_000_i64,
            "http": { "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "x" },
        },
        "isBase64Encoded": false,
    })
}

#[tokio::test]
async fn raw_paths_that_mean_another_path() {
    let app = TestApp::new();
    for path in [
        "/api/auth/../health",
        "/api/./health",
        "//api/health",
        "/api//health",
        "/api\\health",
        "/api/health%2f",
        "/api%2Fhealth",
        "/api/%2e%2e/health",
        "/api/health?x=1",
        "/api/health#x",
        "/api/he alth",
        "/api/health\u{0}",
        "/api/health\r\nx: y",
        "/api/health%00",
        "/api/%",
        "/api/%zz",
        "api/health",
        "",
        "/api/h\u{e9}alth",
        "/api/%5c",
        "http://evil.example/api/health",
        "/..",
        "/.",
    ] {
        let answer = app.invoke("front", event(path, "", &json!({}))).await;
        assert_eq!(answer.summary(), "400 malformed_target", "{path:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path:?}");
    }
}

#[tokio::test]
async fn queries_that_a_url_cannot_hold() {
    let app = TestApp::new();
    for query in ["a b", "<", ">", "\"", "a=\u{1}", "a=%", "a=%x1", "\u{e9}", "a#b", "\\"] {
        let answer = app.invoke("front", event("/api/health", query, &json!({}))).await;
        assert_eq!(answer.summary(), "400 malformed_target", "{query:?}");
    }
    let answer = app.invoke("front", event("/api/health", "a=%C3%A9&b[]=1&c=x+y", &json!({}))).await;
    assert_eq!(answer.summary(), "200");
}

#[tokio::test]
async fn odd_hosts_and_protocols_are_not_even_looked_at() {
    let app = TestApp::new();
    for (name, value) in [
        ("host", ""),
        ("host", "bad host"),
        ("host", "evil.example"),
        ("host", "id.example.com:99999"),
        ("host", "[::1"),
        ("x-forwarded-proto", ""),
        ("x-forwarded-proto", "http://evil/?"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
        ("x-original-url", "/api/auth/me"),
        ("x-rewrite-url", "/api/auth/me"),
        ("x-http-method-override", "DELETE"),
    ] {
        let answer = app.invoke("front", event("/api/health", "", &json!({ name: value }))).await;
        assert_eq!(answer.summary(), "200", "{name}: {value:?}");
    }
}

#[tokio::test]
async fn headers_that_no_request_can_have() {
    let app = TestApp::new();
    let sent = |headers: Value, cookies: Value| {
        let mut event = event("/api/health", "", &headers);
        event["cookies"] = cookies;
        event
    };
    for (name, value) in [
        ("x-odd", "\u{7f}"),
        ("x-odd", "\u{0}"),
        ("x-odd", "a\r\nb: c"),
        ("authorization", "Bearer \u{1b}[31m"),
        ("", "nothing"),
        ("two words", "x"),
        ("x\r\ny", "x"),
        ("\u{e9}", "x"),
    ] {
        let answer = app.invoke("front", sent(json!({ name: value }), json!([]))).await;
        assert_eq!(answer.summary(), "400 malformed_headers", "{name:?}: {value:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{name:?}: {value:?}");
        assert_eq!(answer.header("x-request-id"), "r", "{name:?}: {value:?}");
    }
    let answer = app.invoke("front", sent(json!({}), json!(["__Host-access=a\nb"]))).await;
    assert_eq!(answer.summary(), "400 malformed_headers");
    // What lies above ASCII is allowed, if anything but wise (RFC 9110, section 5.5).
    let answer = app.invoke("front", sent(json!({ "x-odd": "\u{e9}\t\u{2028}" }), json!(["theme=\u{e9}"]))).await;
    assert_eq!(answer.summary(), "200");
}

#[tokio::test]
async fn names_of_headers_are_read_in_any_case() {
    let app = TestApp::new();
    let headers = json!({ "X-Request-Id": "front-end.8e03978e", "HOST": "evil.example" });
    let answer = app.invoke("front", event("/api/health", "", &headers)).await;
    assert_eq!((answer.summary().as_str(), answer.header("x-request-id")), ("200", "front-end.8e03978e"));
}

#[tokio::test]
async fn methods_that_no_route_has() {
    let app = TestApp::new();
    for (method, expected) in [
        ("PURGE", "405 method_not_allowed"),
        ("get", "405 method_not_allowed"),
        ("G T", "400 malformed_target"),
        // The gateway always names a method; AWS's own type takes none for GET.
        ("", "200"),
    ] {
        let mut asked = event("/api/health", "", &json!({}));
        asked["requestContext"]["http"]["method"] = json!(method);
        assert_eq!(app.invoke("front", asked).await.summary(), expected, "{method:?}");
    }
}

#[tokio::test]
async fn what_is_no_event_of_an_http_api_is_not_answered_and_not_quoted() {
    let app = TestApp::new();
    let whole = event("/api/health", "", &json!({}));
    let without = |pointer: &str, field: &str| {
        let mut event = whole.clone();
        event.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(field);
        event
    };
    let mut odd = vec![
        json!({}),
        json!([]),
        json!("secret"),
        json!({ "Records": [] }),
        json!({ "rawPath": { "secret": 1 }, "requestContext": "secret" }),
        without("", "rawPath"),
        without("", "requestContext"),
        without("/requestContext", "timeEpoch"),
        without("/requestContext/http", "sourceIp"),
    ];
    for (field, value) in
        [("timeEpoch", json!(i64::MAX)), ("timeEpoch", json!("secret")), ("requestId", json!(["secret"]))]
    {
        let mut event = whole.clone();
        event["requestContext"][field] = value;
        odd.push(event);
    }
    for event in odd {
        let refusal = app.hand_over("front", &event).await.unwrap_err().to_string();
        assert_eq!(refusal, "only events of an HTTP API are served", "{event}");
    }
    assert!(app.hand_over("front", &whole).await.is_ok());
}

#[tokio::test]
async fn events_that_cannot_be_read_are_refused_and_not_quoted_in_the_log() {
    let (log, app) = (Log::default(), TestApp::new());
    let _guard = tracing::subscriber::set_default(log_to(log.clone(), "info", None));
    let many: Value = (0..40_000).map(|n| (format!("secret-{n}"), json!("secret"))).collect();
    let cases = [
        ("/headers", json!({ "authorization": "Bearer secret\n" }), "400 malformed_headers"),
        ("/headers", json!({ "secret name": "secret" }), "400 malformed_headers"),
        ("/headers", many, "431 headers_too_large"),
        ("/headers", json!({ "authorization": 7, "cookie": "secret" }), "not served"),
        ("/headers", json!({ "authorization": ["secret\n"] }), "not served"),
        ("/headers", json!(["secret"]), "not served"),
        ("/cookies", json!(["secret=\u{0}"]), "400 malformed_headers"),
        ("/cookies", json!("secret"), "not served"),
        ("/rawPath", json!("/secret path"), "400 malformed_target"),
        ("/rawPath", json!(format!("/{}", "secret/".repeat(3_000))), "400 malformed_target"),
        ("/rawQueryString", json!("a=secret&".repeat(2_250)), "400 malformed_target"),
        ("/rawQueryString", json!(format!("a={}", "secret".repeat(3_400))), "400 malformed_target"),
        ("/queryStringParameters", json!({ "a": { "secret": 1 } }), "not served"),
        ("/body", json!("secret%"), "400 malformed_body"),
        ("/body", json!({ "password": "secret" }), "not served"),
        ("/isBase64Encoded", json!("secret"), "not served"),
        ("/requestContext/http/method", json!("secret method"), "400 malformed_target"),
        ("/requestContext/http/sourceIp", json!("secret"), "not served"),
        ("/requestContext/timeEpoch", json!(0), "not served"),
        ("/requestContext", json!("secret"), "not served"),
        ("", json!({ "Records": [{ "body": "secret" }] }), "not served"),
        ("", json!("secret"), "not served"),
    ];
    for (pointer, value, expected) in &cases {
        let mut asked = event("/api/health", "", &json!({ "content-type": "application/json" }));
        asked["isBase64Encoded"] = json!(true);
        for absent in ["body", "cookies", "queryStringParameters"] {
            asked[absent] = Value::Null;
        }
        *asked.pointer_mut(pointer).unwrap() = value.clone();
        let answered = match app.hand_over("front", &asked).await {
            Ok(_) => app.invoke("front", asked).await.summary(),
            Err(refusal) => refusal.to_string().replace("only events of an HTTP API are served", "not served"),
        };
        assert_eq!(answered, *expected, "{pointer}: {:.99}", value.to_string());
    }
    assert!(!log.text().contains("secret"), "{}", log.text());
    let refused = log.lines().iter().filter(|line| line["level"] == "ERROR").count();
    assert_eq!(refused, cases.iter().filter(|(.., expected)| *expected == "not served").count());
}

#[tokio::test]
async fn a_body_that_claims_to_be_base64_and_is_not() {
    let app = TestApp::new();
    let mut broken = event("/api/auth/token", "", &json!({ "content-type": "application/json" }));
    broken["isBase64Encoded"] = json!(true);
    broken["body"] = json!("%%%");
    assert_eq!(app.invoke("front", broken).await.summary(), "400 malformed_body");
}

#[tokio::test]
async fn slash_variants_and_other_cases_meet_the_same_gate_and_the_same_limit() {
    let app = TestApp::new();
    let wrong = |n: usize| json!({ "login": format!("person{n}@example.com"), "password": "not the password" });
    for n in 0..10 {
        let path = if n % 2 == 0 { "/api/auth/token/" } else { "/api/auth/token" };
        assert_eq!(app.anon().post(path, wrong(n)).await.summary(), "401 invalid_credentials");
    }
    for path in ["/api/auth/token", "/api/auth/token/"] {
        assert_eq!(app.anon().post(path, wrong(10)).await.summary(), "429 rate_limited");
    }
    assert_eq!(app.anon().post("/API/auth/token", wrong(10)).await.summary(), "404 not_found");
    assert_eq!(app.anon().post("//api/auth/token", wrong(10)).await.summary(), "400 malformed_target");
    assert_eq!(app.anon().get("/api/auth/me/").await.summary(), "401 token_missing");
}

#[tokio::test]
async fn an_unknown_path_with_a_slash_at_its_end_leads_to_the_same_path_and_to_no_other_host() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    for path in ["/nothing", "/evil.example", "/@evil.example", "/http:evil.example", "/a;b=c,d", "/api/oauth"] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let method: http::Method = method.parse().unwrap();
            for query in ["", "?next=//evil.example/&a=%2F"] {
                let target = format!("{path}/{query}");
                let answer = app.anon().request(method.clone(), &target, None, Vec::new()).await;
                assert_eq!((answer.summary().as_str(), answer.text.as_str()), ("308", ""), "{method} {target}");
                assert_eq!(answer.header("location"), format!("{path}{query}"), "{method} {target}");
                assert_eq!(answer.header("cache-control"), "no-store", "{method} {target}");
            }
        }
        assert_eq!(app.anon().get(path).await.summary(), "404 not_found", "{path}");
    }
    // Which paths other functions have is not told.
    for (function, path) in [("account", "/api/auth/token"), ("social", "/api/auth/me"), ("pages", "/api/nothing")] {
        let answer = app.invoke(function, event(&format!("{path}/"), "", &json!({}))).await;
        assert_eq!((answer.summary().as_str(), answer.header("location")), ("308", path));
    }
    for path in [
        "//evil.example/",
        "///evil.example/",
        "/%2f/",
        "/%2Fevil.example/",
        "/%5cevil.example/",
        "/\\evil.example/",
        "/.//evil.example/",
        "/..//evil.example/",
        "/\t/evil.example/",
        "https://evil.example/",
        "evil.example/",
        "//",
    ] {
        let answer = app.invoke("front", event(path, "", &json!({}))).await;
        assert_eq!((answer.summary().as_str(), answer.header("location")), ("400 malformed_target", ""), "{path:?}");
    }
    assert_eq!(app.anon().get("/").await.summary(), "404 not_found");
}

#[tokio::test]
async fn unknown_paths_with_a_slash_at_their_end_count_as_those_without_it() {
    let app = TestApp::with_config(&[("RATE_ANON", "4/min")]);
    let expected = ["308", "404 not_found", "308", "404 not_found", "429 rate_limited", "429 rate_limited"];
    for (path, expected) in ["/nothing/", "/nothing"].into_iter().cycle().zip(expected) {
        let answer = app.anon().get(path).await;
        assert_eq!(answer.summary(), expected, "{path}");
        assert_eq!(answer.header("retry-after").is_empty(), !expected.starts_with("429"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_wears_the_headers() {
    let app = TestApp::new();
    for target in
        ["/api/health", "/api/auth/me", "/nothing", "//api/health", "/confirm-email?token=x", "/.well-known/jwks.json"]
    {
        let answer = app.anon().get(target).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{target}");
        // Other hosts below the domain are not ours to speak for.
        assert_eq!(answer.header("strict-transport-security"), "max-age=63072000", "{target}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{target}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{target}");
        assert!(answer.header("x-request-id").starts_with("request-"), "{target}");
        let public = target.starts_with("/.well-known");
        assert_eq!(answer.header("cache-control") == "no-store", !public, "{target}");
    }
}
