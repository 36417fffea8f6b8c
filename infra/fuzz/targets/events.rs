//! Events of the gateway: whatever method, path, query, headers and body somebody sends, the answer is one of ours, and
//! never a 5xx.
//!
//! An input that is JSON is handed over as the payload that it is, and may be no event at all. Any other is cut at its zero
//! bytes into method, path, query, body (after `base64:`, one that claims to be Base64), and then names and values of
//! headers. All of it goes through the reader of events, the gate, `lambda_http`, the layers, the router of the function that
//! the gateway would choose, and a real store.

#![no_main]

use latchkey_tests::TestApp;
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

thread_local! {
    static RUNTIME: tokio::runtime::Runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    static APP: TestApp = {
        // So many requests of one address as the fuzzer sends meet no handler otherwise.
        let app = TestApp::with_config(&[("RATE_FACTOR", "1000000")]);
        app.leave_mail_unsent();
        app
    };
}

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    if let Ok(payload) = serde_json::from_str::<&RawValue>(&text) {
        let answer = RUNTIME.with(|runtime| APP.with(|app| runtime.block_on(app.hand_over("front", &payload))));
        let Ok(answer) = answer else { return };
        let answer: Value = serde_json::from_str(answer.get()).expect("an answer is JSON");
        assert!(answer["statusCode"].as_u64().is_some_and(|status| status < 500), "{answer} for {text}");
        return;
    }
    let mut parts = text.split('\0');
    let mut next = || parts.next().unwrap_or_default();
    let (method, path, query, body) = (next(), next(), next(), next());
    // The gateway lets only these through, and paths that begin so.
    let method = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("POST");
    let (body, is_base64) = body.strip_prefix("base64:").map_or((body, false), |body| (body, true));
    let path = format!("/{}", path.trim_start_matches('/'));
    let mut headers = Map::new();
    headers.insert("content-type".to_owned(), Value::from("application/json"));
    while let Some(name) = parts.next() {
        headers.insert(name.to_ascii_lowercase(), Value::from(parts.next().unwrap_or_default()));
    }
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "api-id", "domainName": "id.example.com", "domainPrefix": "id",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "fuzz",
            },
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": "$default", "stage": "$default",
            "time": "02/Mar/2026:09:30:00 +0000", "timeEpoch": 1_772_443_800_000_i64,
        },
        "body": body, "isBase64Encoded": is_base64,
    });
    let status = RUNTIME.with(|runtime| {
        APP.with(|app| {
            let chosen = app.route_of(&method.parse().expect("a method"), &path);
            runtime.block_on(app.invoke(&chosen.function, event)).status.as_u16()
        })
    });
    assert!(status < 500, "{status} for {method} {path}?{query}");
});
