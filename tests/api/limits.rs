//! Rate limits: the primary ones, the headers, and what a refusal says.

use futures_util::future::join_all;
use http::Method;
use jiff::SignedDuration;
use latchkey_kernel::dynamo::Update;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::rate;
use latchkey_tests::{Answer, PASSWORD, TestApp};
use serde_json::json;

/// A page: it counts as a visit, and nothing stands behind it.
async fn visit(app: &TestApp, from: &str) -> Answer {
    app.anon().from(from).get("/password-changed").await
}

#[tokio::test]
async fn an_answer_tells_which_limits_it_met_and_what_is_left() {
    let app = TestApp::new();
    let body = json!({ "login": "ada@example.com", "password": "not the password" });
    let first = app.anon().post("/api/auth/token", body.clone()).await;
    assert_eq!(first.header("ratelimit-policy"), r#""anonymous";q=5000;w=3600, "sign_in";q=10;w=60"#);
    assert_eq!(first.header("ratelimit"), r#""anonymous";r=4999;t=4201, "sign_in";r=9;t=71"#);
    for _ in 0..4 {
        app.anon().post("/api/auth/token", body.clone()).await;
    }
    assert!(app.anon().post("/api/auth/token", body.clone()).await.header("ratelimit").contains(r#""sign_in";r=4;"#));
    // Another address has its own.
    let other = app.anon().from("192.0.2.1").post("/api/auth/token", body).await;
    assert!(other.header("ratelimit").contains(r#""sign_in";r=9;"#));
    assert_eq!(app.anon().get("/api/health").await.header("ratelimit-policy"), "");
}

#[tokio::test]
async fn a_refusal_is_a_page_or_a_problem_with_the_seconds_to_wait() {
    let app = TestApp::with_config(&[("RATE_ANON", "3/min")]);
    for left in ["2", "1", "0"] {
        let answer = visit(&app, "192.0.2.1").await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("ratelimit").starts_with(&format!(r#""anonymous";r={left};"#)), "{left}");
        assert_eq!(answer.header("retry-after"), "");
    }
    let refused = visit(&app, "192.0.2.1").await;
    assert_eq!((refused.status.as_u16(), refused.header("content-type")), (429, "text/html; charset=utf-8"));
    assert!(refused.text.contains("Please try again in "), "{}", refused.text);
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert_eq!(refused.header("ratelimit"), format!(r#""anonymous";r=0;t={seconds}"#));
    let body = json!({ "email": "ada@example.com" });
    let refused = app.anon().from("192.0.2.1").post("/api/auth/password-reset", body).await;
    assert_eq!(refused.summary(), "429 rate_limited");
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.header("retry-after"), seconds.to_string());
    app.advance(SignedDuration::from_secs(seconds));
    assert_eq!(visit(&app, "192.0.2.1").await.status, 200);
}

#[tokio::test]
async fn what_others_did_to_a_mailbox_or_a_login_is_not_told() {
    let app = TestApp::new();
    let answer = app.register("ada@example.com").await;
    assert_eq!(answer.header("ratelimit-policy"), r#""anonymous";q=5000;w=3600, "register";q=15;w=3600"#);
    assert!(!app.sign_in("ada@example.com").await.header("ratelimit-policy").contains("failures"));
    app.run_workers().await;
}

#[tokio::test]
async fn a_hundred_a_day_for_strangers_and_a_thousand_for_persons() {
    let rates = [("RATE_ANON", "100/day"), ("RATE_USER", "1000/day")];
    let (app, ada) = TestApp::with_config(&rates).with_account("ada@example.com").await;
    let visits = join_all((0..150).map(|_| visit(&app, "192.0.2.1"))).await;
    let admitted = visits.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(admitted, 100);
    assert_eq!(visit(&app, "192.0.2.1").await.status, 429);
    // Signed in, the same address is another matter.
    let mut admitted = 0;
    while ada.calling(&app).from("192.0.2.1").get("/api/auth/me").await.status == 200 {
        admitted += 1;
        // Sessions' access tokens live for minutes; the limit for a day.
        assert!(admitted <= 1000);
    }
    assert_eq!(admitted, 1000);
    // It is the person's, from wherever.
    let elsewhere = ada.calling(&app).from("192.0.2.2").get("/api/auth/me").await;
    assert_eq!(
        (elsewhere.summary().as_str(), elsewhere.header("ratelimit-policy")),
        ("429 rate_limited", r#""person";q=1000;w=86400"#)
    );
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "429 rate_limited");
    app.advance(SignedDuration::from_hours(28));
    assert_eq!(visit(&app, "192.0.2.1").await.status, 200);
    app.refresh(&ada.refresh).await.success();
}

#[tokio::test]
async fn five_thousand_an_hour_for_strangers_at_a_hundredth_of_the_writes() {
    let app = TestApp::new();
    let mut admitted = 0;
    while visit(&app, "192.0.2.1").await.status == 200 {
        admitted += 1;
        assert!(admitted <= 5000);
    }
    assert_eq!(admitted, 5000, "one environment loses nothing");
    let updates = app.engine.take_calls().len();
    assert!(updates <= 120, "{updates} updates");
    // What is known to be used up is not asked again.
    for _ in 0..20 {
        assert_eq!(visit(&app, "192.0.2.1").await.status, 429);
    }
    assert_eq!(app.engine.take_calls().len(), 0);
    assert_eq!(visit(&app, "192.0.2.2").await.status, 200);
}

#[tokio::test]
async fn health_keys_and_discovery_count_for_nobody() {
    let app = TestApp::with_config(&[("RATE_ANON", "1/day")]);
    for _ in 0..3 {
        for path in [
            "/api/health",
            "/api/health/ready",
            "/.well-known/jwks.json",
            "/.well-known/openid-configuration",
            "/.well-known/passkey-endpoints",
        ] {
            assert_eq!(app.anon().get(path).await.status, 200, "{path}");
        }
    }
    assert_eq!(visit(&app, "203.0.113.9").await.status, 200);
    assert_eq!(visit(&app, "203.0.113.9").await.status, 429);
}

#[tokio::test]
async fn an_answer_that_is_told_again_counts_as_well() {
    let app = TestApp::with_config(&[("RATE_ANON", "5/hour")]);
    let body = json!({ "email": "ada@example.com", "name": "Ada", "password": PASSWORD });
    let keyed = app.anon().with("idempotency-key", "one");
    for _ in 0..5 {
        assert_eq!(keyed.post("/api/auth/register", body.clone()).await.status, 202);
    }
    assert_eq!(keyed.post("/api/auth/register", body).await.summary(), "429 rate_limited");
    app.run_workers().await;
}

#[tokio::test]
async fn a_request_counts_once_however_many_limits_it_meets() {
    let (app, ada) = TestApp::with_config(&[("RATE_USER", "4/hour")]).with_account("ada@example.com").await;
    for _ in 0..4 {
        ada.calling(&app).get("/api/auth/sessions").await.success();
    }
    assert_eq!(ada.calling(&app).get("/api/auth/sessions").await.summary(), "429 rate_limited");
}

#[tokio::test]
async fn two_hundred_requests_at_once_are_admitted_up_to_the_limit() {
    let (app, ada) = TestApp::with_config(&[("RATE_SESSIONS", "50/hour")]).with_account("ada@example.com").await;
    let caller = ada.calling(&app);
    let answers = join_all((0..200).map(|_| caller.get("/api/auth/sessions"))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 50);
    assert_eq!(answers.iter().filter(|answer| answer.summary() == "429 rate_limited").count(), 150);
}

#[tokio::test]
async fn the_document_and_its_page_count_as_visits() {
    for path in ["/api/openapi.json", "/api/docs"] {
        let app = TestApp::with_config(&[("RATE_ANON", "2/day")]);
        for _ in 0..2 {
            assert_eq!(app.anon().get(path).await.status, 200, "{path}");
        }
        assert_eq!(app.anon().get(path).await.summary(), "429 rate_limited", "{path}");
        assert_eq!(app.anon().from("192.0.2.1").get(path).await.status, 200, "{path}");
    }
}

/// What never gets as far as a rule: its name, and how it is sent.
async fn refused_early(app: &TestApp, name: &str, from: &str) -> Answer {
    let caller = app.anon().from(from);
    let json = Some("application/json");
    let token = "/api/auth/token";
    match name {
        "no JSON" => caller.request(Method::POST, token, json, b"{".to_vec()).await,
        "no such field" => caller.post(token, json!({ "role": "admin" })).await,
        "another media type" => caller.request(Method::POST, token, Some("text/plain"), b"{}".to_vec()).await,
        "too large" => caller.request(Method::POST, token, json, vec![b' '; 70_000]).await,
        "a field that is not valid" => caller.post("/api/auth/password-reset", json!({ "email": "nobody" })).await,
        "no token" => caller.get("/api/auth/me").await,
        "a forged token" => caller.bearing("a.b.c").get("/api/auth/me").await,
        "a forged cookie" => caller.with("cookie", "__Host-access=a.b.c").get("/api/auth/me").await,
        "a forged refresh token" => caller.post("/api/auth/token/refresh", json!({ "refresh": "lkr_AAAA" })).await,
        "a forged registration token" => {
            let body = json!({ "registration_token": "invented", "code": "12345678" });
            caller.post("/api/auth/verify-email", body).await
        }
        "an unknown path" => caller.get("/api/nothing").await,
        "an unknown page" => caller.get("/nothing").await,
        "another method" => caller.delete(token).await,
        "a form that is none" => caller.post_form("/confirm-email", "nothing").await,
        "an odd target" => caller.get("/api/auth/me?a=%zz").await,
        "an idempotency key that is none" => {
            caller.with("idempotency-key", "").post("/api/auth/register", json!({})).await
        }
        other => panic!("nothing is called {other}"),
    }
}

#[tokio::test]
async fn what_is_refused_before_any_rule_counts_for_its_address() {
    let app = TestApp::with_config(&[("RATE_ANON", "3/day")]);
    let kinds = [
        "no JSON",
        "no such field",
        "another media type",
        "too large",
        "a field that is not valid",
        "no token",
        "a forged token",
        "a forged cookie",
        "a forged refresh token",
        "a forged registration token",
        "an unknown path",
        "an unknown page",
        "another method",
        "a form that is none",
        "an odd target",
        "an idempotency key that is none",
    ];
    for (n, kind) in kinds.into_iter().enumerate() {
        let from = format!("198.51.100.{n}");
        for _ in 0..3 {
            let answer = refused_early(&app, kind, &from).await;
            assert!(answer.status.is_client_error() && answer.status != 429, "{kind}: {}", answer.summary());
            assert!(answer.header("ratelimit").starts_with(r#""anonymous";r="#), "{kind}: {:?}", answer.headers);
        }
        let refused = refused_early(&app, kind, &from).await;
        assert_eq!(refused.status, 429, "{kind}");
        assert!(!refused.header("retry-after").is_empty(), "{kind}");
        assert_eq!(app.anon().from(&from).get("/api/health").await.status, 200, "{kind}");
    }
}

#[tokio::test]
async fn what_is_refused_before_any_rule_costs_a_hundredth_of_a_write() {
    let app = TestApp::new();
    for _ in 0..1000 {
        assert_eq!(app.anon().get("/api/auth/me").await.summary(), "401 token_missing");
    }
    let updates = app.engine.take_calls().len();
    assert!((1..=40).contains(&updates), "{updates} updates");
}

#[tokio::test]
async fn what_cannot_be_counted_is_refused_as_ever() {
    let app = TestApp::new();
    app.engine.fail_always(latchkey_tests::Fault::Unreachable);
    assert_eq!(app.anon().get("/api/auth/me").await.summary(), "401 token_missing");
    assert_eq!(app.anon().get("/api/nothing").await.summary(), "404 not_found");
    assert_eq!(app.anon().get("/api/auth/me?a=%zz").await.summary(), "400 malformed_target");
}

#[tokio::test]
async fn after_the_wait_that_a_refusal_names_the_next_request_is_admitted() {
    let body = json!({ "login": "ada@example.com", "password": "not the password" });
    let sets: [&[(&str, &str)]; 4] = [
        &[("RATE_ANON", "7/hour"), ("RATE_SIGN_IN", "3/5min"), ("RATE_SIGN_IN_FAILURES", "2/5min")],
        &[("RATE_ANON", "9/day"), ("RATE_SIGN_IN", "4/hour"), ("RATE_SIGN_IN_FAILURES", "100/min")],
        &[("RATE_ANON", "3/min"), ("RATE_SIGN_IN", "11/day"), ("RATE_SIGN_IN_FAILURES", "3/5min")],
        &[("RATE_ANON", "5/5min"), ("RATE_SIGN_IN", "5/day"), ("RATE_SIGN_IN_FAILURES", "5/5min")],
    ];
    for (seed, rates) in sets.into_iter().enumerate() {
        let app = TestApp::with_config(rates);
        let mut random = 17 + seed as u64;
        let mut draw = |bound: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % bound
        };
        let mut refusals = 0;
        while refusals < 25 {
            let answer = app.anon().post("/api/auth/token", body.clone()).await;
            if answer.status == 429 {
                refusals += 1;
                let seconds: i64 = answer.header("retry-after").parse().unwrap();
                app.advance(SignedDuration::from_secs(seconds));
                let after = app.anon().post("/api/auth/token", body.clone()).await;
                assert_eq!(after.summary(), "401 invalid_credentials", "{rates:?}: after {seconds} seconds");
            }
            if draw(3) == 0 {
                app.advance(SignedDuration::from_secs(i64::try_from(draw(400)).unwrap()));
            }
        }
        app.run_workers().await;
    }
}

#[tokio::test]
async fn a_counter_with_thousands_of_stale_names_recovers() {
    let app = TestApp::with_config(&[("RATE_ANON", "500/hour")]);
    let key = rate::keys::rate_counter("address", "2001:db8:1::/48");
    let now = app.now().as_millisecond() / 600_000;
    let stale: Vec<String> = (0..3_000).map(|n| format!("anonymous@{}.{}", n % 64, now - 20 - n / 64)).collect();
    for names in stale.chunks(100) {
        let update = names.iter().fold(Update::of(key.clone()), |update, name| update.set(name, 7_u32));
        app.store().transaction::<Fault>().update(&update).commit().await.unwrap();
    }
    let names = || {
        let items = app.engine.scan("EphemeralTable");
        let item = items.iter().find(|item| item["pk"]["S"] == "RATE#address#2001:db8:1::/48").unwrap();
        let names = item.as_object().unwrap().keys().filter(|name| name.starts_with("anonymous@"));
        names.cloned().collect::<Vec<_>>()
    };
    assert_eq!(names().len(), 3_000);
    assert_eq!(visit(&app, "2001:db8:1:2::1").await.status, 200);
    let left = names();
    assert!((2_750..=2_850).contains(&left.len()), "{}", left.len());
    let oldest = now - 20 - 2_999 / 64;
    assert!(!left.iter().any(|name| name.ends_with(&format!(".{oldest}"))), "the oldest go first");
    for n in 0..20 {
        assert_eq!(visit(&app, &format!("2001:db8:1:{n:x}::1")).await.status, 200);
    }
    assert!(names().len() < 100, "{}", names().len());
}

#[tokio::test]
async fn wrong_codes_are_one_metric_over_all_accounts_and_ways() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator("ada@example.com").await;
    let token = app.register("bea@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let wrong = |code: String| if code == "00000000" { "00000001" } else { "00000000" };
    let code = wrong(app.code_to("bea@example.com"));
    assert_eq!(app.verify_email(&token, code).await.summary(), "400 code_invalid");
    assert_eq!(app.counted("CodeWrong"), 1);
    let token = app.first_step("ada@example.com").await;
    let code = if authenticator.next_code(&app) == "000000" { "000001" } else { "000000" };
    assert_eq!(app.second_step(&token, code).await.summary(), "401 code_invalid");
    assert_eq!(app.counted("CodeWrong"), 2);
    app.run_workers().await;
}
