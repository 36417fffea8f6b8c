//! Bodies that no honest client sends. Each is a problem with its code; nothing is written, nothing is quoted.

use http::Method;
use latchkey_tests::{PASSWORD, TestApp, anonymous_json};
use serde_json::{Value, json};

/// Every route where everybody may send JSON, with a body that fits it and has a field.
fn routes() -> Vec<(String, Value)> {
    let all = anonymous_json().into_iter().map(|(_, path, body)| (path, body));
    all.filter(|(_, body)| body.as_object().is_some_and(|fields| !fields.is_empty())).collect()
}

async fn post_raw(app: &TestApp, path: &str, kind: Option<&str>, body: Vec<u8>) -> String {
    app.anon().request(Method::POST, path, kind, body).await.summary()
}

#[tokio::test]
async fn what_is_no_json() {
    let app = TestApp::new();
    let json = Some("application/json");
    for (path, fitting) in routes() {
        for body in ["", "x", "{", "{\"a\":", "null x", "{\"a\":1}{}", "\u{0}", "\u{feff}\u{feff}{}"] {
            let summary = post_raw(&app, &path, json, body.as_bytes().to_vec()).await;
            let refused = ["400 malformed_body", "422 invalid_body"].contains(&summary.as_str());
            // Signing out and refreshing need no body: a browser's cookie may say it all.
            let needs_none = ["/api/auth/logout", "/api/auth/token/refresh"].contains(&path.as_str());
            let left_out = body.is_empty() && needs_none && summary == "401 token_missing";
            assert!(refused || left_out, "{path} {body:?}: {summary}");
        }
        let field = fitting.as_object().unwrap().keys().next().unwrap();
        let invalid = [b"{\"", field.as_bytes(), b"\":\"\xff\xfe\"}"].concat();
        assert_eq!(post_raw(&app, &path, json, invalid).await, "400 malformed_body", "{path}");
        for body in ["null", "[]", "1", "\"x\"", "true", "{\"\":1}"] {
            assert_eq!(
                post_raw(&app, &path, json, body.as_bytes().to_vec()).await,
                "422 invalid_body",
                "{path} {body}"
            );
        }
    }
    assert!(app.engine.take_calls_of_rules().is_empty());
}

#[tokio::test]
async fn a_body_of_65_kilobytes_and_one_that_is_5000_levels_deep() {
    let app = TestApp::new();
    for (path, _) in routes() {
        let large = format!("{{\"email\":\"{}\"}}", "x".repeat(65 * 1024));
        assert_eq!(
            post_raw(&app, &path, Some("application/json"), large.into_bytes()).await,
            "413 body_too_large",
            "{path}"
        );
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000)).into_bytes();
        let summary = post_raw(&app, &path, Some("application/json"), deep).await;
        assert!(summary.starts_with('4'), "{path}: {summary}");
        let deep = format!("{{\"email\":{}{}}}", "{\"a\":".repeat(5000), "}".repeat(5000)).into_bytes();
        let summary = post_raw(&app, &path, Some("application/json"), deep).await;
        assert!(summary.starts_with('4'), "{path}: {summary}");
    }
}

#[tokio::test]
async fn other_content_types_and_none() {
    let app = TestApp::new();
    for (path, body) in routes() {
        for kind in
            [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonx"), Some("")]
        {
            let summary = post_raw(&app, &path, kind, body.to_string().into_bytes()).await;
            assert_eq!(summary, "415 unsupported_media_type", "{path} {kind:?}");
        }
    }
    let kind = Some("Application/JSON; charset=utf-8");
    let body = json!({ "token": "x" }).to_string().into_bytes();
    assert_eq!(post_raw(&app, "/api/auth/token/verify", kind, body).await, "401 token_invalid");
}

#[tokio::test]
async fn fields_of_another_type_and_fields_that_stand_twice() {
    let app = TestApp::new();
    for (path, body) in routes() {
        // What a browser made is an object with fields of its own, which its own tests tamper with.
        for name in body.as_object().unwrap().keys().filter(|name| !body[*name].is_object()) {
            for value in [json!(1), json!(true), json!([]), json!({}), json!([body[name]])] {
                let mut other = body.clone();
                other[name] = value;
                let details = app.anon().post(&path, other).await.details();
                assert_eq!(details, format!("422 invalid_body /{name} wrong_type"), "{path}");
            }
            let doubled = body.to_string().replacen('{', &format!("{{\"{name}\":\"x\","), 1);
            let answer = app.anon().request(Method::POST, &path, Some("application/json"), doubled.into_bytes()).await;
            assert_eq!(answer.details(), format!("422 invalid_body /{name} duplicate"), "{path}");
        }
    }
}

#[tokio::test]
async fn addresses_that_are_none_or_somebody_elses() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let long = format!("{}@example.com", "a".repeat(300));
    for email in [
        "a\u{0}@example.com",
        "a\r\nBcc: b@example.com",
        "a@b@example.com",
        "a＠example.com",
        "a@exam\nple.com",
        "@",
        "a@",
        &long,
        "a@exa mple.com",
        "\"a b\"@example.com",
        "a@[::1]",
        "a@xn--.example",
        "ａ@example.com",
        "a@example.com,b@example.com",
        "<a@example.com>",
    ] {
        let body = json!({ "email": email, "name": "A", "password": PASSWORD });
        let answer = app.anon().post("/api/auth/register", body).await;
        assert_eq!(answer.details(), "422 validation_failed /email invalid", "{email:?}");
        assert!(!answer.text.contains("Bcc"), "the answer quotes the address");
    }
    assert!(app.engine.take_calls_of_rules().is_empty());
}

#[tokio::test]
async fn names_that_would_add_a_header_or_a_line() {
    let app = TestApp::new();
    for name in ["A\r\nBcc: eve@example.com", "A\u{0}", "A\u{2028}B", &"x".repeat(256), ""] {
        let body = json!({ "email": "ada@example.com", "name": name, "password": PASSWORD });
        assert_eq!(app.anon().post("/api/auth/register", body).await.details(), "422 validation_failed /name invalid");
    }
}

#[tokio::test]
async fn a_name_with_markup_stays_text_in_the_mail() {
    let app = TestApp::new();
    let name = "<img onerror=a()> {{ 7*7 }} {% raw %}";
    let body = json!({ "email": "ada@example.com", "name": name, "password": PASSWORD });
    app.anon().post("/api/auth/register", body).await.success();
    app.run_workers().await;
    let body = json!({ "email": "ada@example.com", "name": name, "password": PASSWORD });
    let token = app.anon().post("/api/auth/register", body).await.text_of("registration_token");
    app.run_workers().await;
    app.verify_email(&token, &app.code_to("ada@example.com")).await.success();
    app.run_workers().await;
    let mail = app.mail_to("ada@example.com");
    assert!(!mail.html.contains("<img") && mail.html.contains("&lt;img"), "{}", mail.html);
    assert!(mail.text.contains(name), "{}", mail.text);
}

#[tokio::test]
async fn passwords_with_a_nul_or_ten_thousand_characters() {
    let app = TestApp::new();
    for password in ["correct\u{0}horse battery", &"x".repeat(10_000), &"é".repeat(129)] {
        let register = json!({ "email": "ada@example.com", "name": "A", "password": password });
        let answer = app.anon().post("/api/auth/register", register).await;
        assert_eq!(answer.details(), "422 validation_failed /password invalid");
    }
    assert_eq!(app.hashes(), 0);
}

#[tokio::test]
async fn passwords_that_differ_only_in_their_last_byte() {
    let app = TestApp::new();
    let (one, other) = (
        format!("{}1", "correct horse battery staple ".repeat(4)),
        format!("{}2", "correct horse battery staple ".repeat(4)),
    );
    let register = json!({ "email": "ada@example.com", "name": "A", "password": one });
    let token = app.anon().post("/api/auth/register", register).await.text_of("registration_token");
    app.run_workers().await;
    app.verify_email(&token, &app.code_to("ada@example.com")).await.success();
    app.run_workers().await;
    for (password, expected) in [(one, "200"), (other, "401 invalid_credentials")] {
        let body = json!({ "login": "ada@example.com", "password": password });
        assert_eq!(app.anon().post("/api/auth/token", body).await.summary(), expected);
    }
}
