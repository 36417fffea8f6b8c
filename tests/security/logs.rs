//! Writing into the log what one is not asked for, and hiding from it.

use std::collections::BTreeMap;

use http::Method;
use latchkey_kernel::telemetry::log_to;
use latchkey_tests::{Facts, Fault, JsonBody, Log, Person, TRACE, TestApp, anonymous_json, json_bodies, operation};
use serde_json::{Value, json};

/// What would begin a line of its own, forge one, or act on the terminal of who reads it.
const ODD: &[&str] = &[
    "x\n{\"level\":\"INFO\",\"message\":\"forged\"}",
    "x\r\nforged",
    "\u{1b}[2Jforged\u{7}",
    "x\u{0}forged",
    "x\u{85}forged",
    "x\u{9b}31mforged",
    "x\u{2028}forged\u{2029}",
    "\u{202e}forged\u{2066}",
    "\",\"level\":\"forged",
];

/// The bodies that everybody may send, each with every field that it may have.
fn bodies() -> Vec<(String, Value)> {
    let fields: BTreeMap<String, JsonBody> = json_bodies().into_iter().collect();
    let bodies = anonymous_json().into_iter().map(|(id, path, mut body)| {
        for field in fields.get(id).into_iter().flat_map(|body| &body.optional) {
            body.as_object_mut().unwrap().entry(field).or_insert_with(|| json!("x"));
        }
        (path, body)
    });
    bodies.collect()
}

fn is_of_a_request(line: &Value) -> bool {
    line["message"].as_str().unwrap().starts_with("request ")
}

/// Each line is one of ours: JSON, of printable characters, of a known level, with nothing in it that a caller sent.
fn are_ours(log: &Log, requests: usize) {
    for character in log.text().chars() {
        assert!(matches!(character, '\n' | ' '..='~'), "{character:?} is in the log");
    }
    let lines = log.lines();
    let answered = lines.iter().filter(|line| is_of_a_request(line)).count();
    assert_eq!(answered, requests, "one line for each request");
    for line in lines {
        assert!(["INFO", "WARN", "ERROR"].contains(&line["level"].as_str().unwrap()), "{line}");
        assert!(!line.to_string().contains("forged"), "{line}");
    }
}

#[tokio::test]
async fn forging_lines_in_every_field_of_every_body() {
    let (log, app) = (Log::default(), TestApp::with_config(&[("RATE_FACTOR", "10000")]));
    let _guard = tracing::subscriber::set_default(log_to(log.clone(), "info", None));
    let mut requests = 0;
    for (path, body) in bodies() {
        for field in body.as_object().unwrap().keys() {
            for odd in ODD {
                let mut body = body.clone();
                body[field] = json!(odd);
                assert!(app.anon().post(&path, body).await.status.as_u16() < 500, "{path} {field} {odd:?}");
                requests += 1;
            }
        }
        for odd in ODD {
            app.anon().post(&path, json!({ (*odd): "forged" })).await;
            app.anon().request(Method::POST, &path, Some("application/json"), odd.as_bytes().to_vec()).await;
            requests += 2;
        }
    }
    app.run_workers().await;
    are_ours(&log, requests);
}

#[tokio::test]
async fn forging_lines_in_every_header_and_in_path_and_query() {
    let (log, app) = (Log::default(), TestApp::with_config(&[("RATE_FACTOR", "10000")]));
    let _guard = tracing::subscriber::set_default(log_to(log.clone(), "info", None));
    let (_, recorded) = operation("sign_in").request(&Facts::specimen()).event(&app);
    let headers = [
        "accept",
        "accept-language",
        "authorization",
        "content-type",
        "cookie",
        "forwarded",
        "host",
        "idempotency-key",
        "origin",
        "referer",
        "traceparent",
        "user-agent",
        "x-amzn-trace-id",
        "x-csrf-token",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-http-method-override",
        "x-original-url",
        "x-real-ip",
        "x-request-id",
        "x-xsrf-token",
        "x-forged",
    ];
    let mut requests = 0;
    for odd in ODD {
        // The gate refuses control characters of ASCII in a header; the rest goes to whoever reads it.
        let rest: String = odd.chars().filter(|c| !c.is_ascii_control()).collect();
        for (header, sent) in headers.iter().flat_map(|header| [(header, *odd), (header, &rest)]) {
            let mut event = recorded.clone();
            event["headers"][header] = json!(sent);
            assert!(app.invoke("auth", event).await.status.as_u16() < 500, "{header} {sent:?}");
            requests += 1;
        }
        for (field, value) in [("rawPath", format!("/api/{odd}")), ("rawQueryString", format!("x={odd}"))] {
            let mut event = recorded.clone();
            event[field] = json!(value);
            assert_eq!(app.invoke("auth", event).await.summary(), "400 malformed_target", "{field} {odd:?}");
            requests += 1;
        }
    }
    app.run_workers().await;
    are_ours(&log, requests);
}

#[tokio::test]
async fn every_request_is_one_line_that_says_who_did_what_from_where_and_how_it_ended() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log_to(log.clone(), "info", None));
    let bad = json!({ "login": "ada@example.com", "password": "wrong" });
    app.anon().from("198.51.100.7").post("/api/auth/token", bad).await;
    let again = Person::of(app.sign_in("ada@example.com").await.success());
    again.calling(&app).get("/api/users/00000000-0000-7000-8000-000000000000?token=lkx_secret").await;
    app.anon().get("/nowhere/lkx_secret").await;
    app.refresh(&again.refresh).await.success();
    let fields = ["method", "route", "status", "code", "account", "address", "factor", "events"];
    let requests: Vec<Value> = log.lines().into_iter().filter(is_of_a_request).collect();
    let told: Vec<Value> =
        requests.iter().map(|line| fields.iter().map(|field| line[field].clone()).collect()).collect();
    let (id, here) = (ada.id(), "203.0.113.9");
    assert_eq!(
        json!(told),
        json!([
            ["POST", "/api/auth/token", 401, "invalid_credentials", id, "198.51.100.7", "password", "LOGIN_FAILED"],
            ["POST", "/api/auth/token", 200, null, id, here, "password", "LOGIN"],
            ["GET", "/api/users/{id}", 404, "not_found", id, here, null, null],
            ["GET", "none", 404, "not_found", null, here, null, null],
            ["POST", "/api/auth/token/refresh", 200, null, id, here, null, null],
        ])
    );
    for line in log.lines().iter().filter(|line| is_of_a_request(line)) {
        assert!(line["latency_ms"].is_u64() && line["request_id"] == line["span"]["request_id"], "{line}");
        assert_eq!(line["span"]["trace_id"], TRACE);
    }
    app.run_workers().await;
}

#[tokio::test]
async fn a_request_that_its_caller_named_is_logged_under_the_gateways_name_as_well() {
    let (log, app) = (Log::default(), TestApp::new());
    let _guard = tracing::subscriber::set_default(log_to(log.clone(), "info", None));
    let caller = app.anon().with("x-gateway-request-id", "forged");
    caller.get("/api/health").await;
    caller.with("x-request-id", "front-end.8e03978e").get("/api/health").await;
    let ids = log.lines().into_iter().map(|line| json!([line["request_id"], line["gateway_request_id"]]));
    let expected = [json!(["request-0", null]), json!(["front-end.8e03978e", "request-1"])];
    assert_eq!(ids.collect::<Vec<_>>(), expected);
    assert!(!log.text().contains("forged"));
}

#[tokio::test]
async fn every_line_of_a_request_that_fails_names_the_request_and_its_trace() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log_to(log.clone(), "error", None));
    app.engine.fail_always(Fault::Unreachable);
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 503);
    app.engine.heal();
    assert!(!log.lines().is_empty());
    for line in log.lines() {
        assert_eq!((&line["level"], &line["span"]["trace_id"]), (&json!("ERROR"), &json!(TRACE)), "{line}");
        assert!(line["span"]["request_id"].is_string() && line["cause"].is_string(), "{line}");
    }
}

#[tokio::test]
async fn what_happens_in_requests_is_counted_and_what_failed_is_not() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "3/min")]);
    let ada = app.new_account("ada@example.com").await;
    app.sign_in("ada@example.com").await.success();
    for login in ["ada@example.com", "nobody"] {
        app.anon().post("/api/auth/token", json!({ "login": login, "password": "wrong" })).await;
    }
    assert_eq!(app.sign_in("ada@example.com").await.status, 429);
    app.engine.fail_always(Fault::Unreachable);
    app.advance(jiff::SignedDuration::from_mins(2));
    assert_eq!(app.sign_in("ada@example.com").await.status, 503);
    app.engine.heal();
    ada.calling(&app).get("/api/auth/me").await.success();
    let counted = |metric: &str| app.counted(metric);
    assert_eq!((counted("AccountCreated"), counted("SignInFailed"), counted("RateLimited")), (1, 2, 1));
    assert_eq!(counted("SignIn"), 2, "the one that confirming the registration began, and one");
    let lines: Vec<Value> = app.metrics().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let latencies = lines.iter().filter(|line| line["Latency"].is_u64()).count();
    assert_eq!(latencies, 8, "one for each request");
    for line in &lines {
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{line}");
        }
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Latchkey");
        assert!(!line.to_string().contains("example.com"), "{line}");
    }
    app.run_workers().await;
}
