//! Using up what is the owner's with a credential that was revoked, or was never good.

use futures_util::future::join_all;
use http::Method;
use jiff::SignedDuration;
use latchkey_tests::{Answer, Caller, NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const THIEF: &str = "198.51.100.66";

/// Limits of a user that are asked for each request: no lease hides a count.
fn app() -> TestApp {
    TestApp::with_config(&[("RATE_USER", "30/hour"), ("RATE_REFRESH", "30/hour")])
}

/// Everything that is counted of users, their sessions, devices and logins.
fn counts_of_users(app: &TestApp) -> Vec<String> {
    let items = app.engine.scan("EphemeralTable").into_iter();
    let mut counts: Vec<String> = items
        .filter(|item| item["pk"]["S"].as_str().is_some_and(|key| key.starts_with("RATE#") && !key.contains("address")))
        .map(|item| item.to_string())
        .collect();
    counts.sort();
    counts
}

/// A request with one kind of credential.
struct Attempt<'a> {
    name: &'static str,
    caller: Caller<'a>,
    method: Method,
    path: &'static str,
    body: Value,
}

impl Attempt<'_> {
    async fn send(&self) -> Answer {
        let (method, body) = (self.method.clone(), self.body.to_string().into_bytes());
        match self.method {
            Method::GET => self.caller.request(method, self.path, None, Vec::new()).await,
            _ => self.caller.request(method, self.path, Some("application/json"), body).await,
        }
    }
}

/// Every kind of credential that somebody holds of a session: the tokens, and the cookies of a browser.
fn attempts<'a>(app: &'a TestApp, stolen: &Person, cookies: &Caller<'a>) -> Vec<Attempt<'a>> {
    let bearing = || app.anon().from(THIEF).bearing(&stolen.access);
    let anyone = || app.anon().from(THIEF);
    let cookies = || cookies.clone().from(THIEF);
    let attempt = |name, caller, method, path, body| Attempt { name, caller, method, path, body };
    vec![
        attempt("access token", bearing(), Method::GET, "/api/auth/me", Value::Null),
        attempt("access token at auth", bearing(), Method::GET, "/api/auth/mfa", Value::Null),
        attempt("access token for sessions", bearing(), Method::GET, "/api/auth/sessions", Value::Null),
        attempt("password", bearing(), Method::POST, "/api/auth/step-up", json!({ "password": "wrong" })),
        attempt(
            "idempotency key",
            bearing().with("idempotency-key", "one"),
            Method::POST,
            "/api/auth/data-requests",
            json!({ "request_type": "EXPORT" }),
        ),
        attempt("access cookie", cookies(), Method::GET, "/api/auth/me", Value::Null),
        attempt("access cookie that acts", cookies(), Method::PATCH, "/api/auth/me", json!({ "name": "Eve" })),
        attempt("logout by cookie", cookies(), Method::POST, "/api/auth/logout", json!({})),
        attempt("logout by access token", bearing(), Method::POST, "/api/auth/logout", json!({})),
        attempt(
            "logout by refresh token",
            anyone(),
            Method::POST,
            "/api/auth/logout",
            json!({ "refresh": stolen.refresh }),
        ),
        attempt("refresh cookie", cookies(), Method::POST, "/api/auth/token/refresh", json!({})),
        attempt(
            "refresh token",
            anyone(),
            Method::POST,
            "/api/auth/token/refresh",
            json!({ "refresh": stolen.refresh }),
        ),
        attempt(
            "verify access token",
            anyone(),
            Method::POST,
            "/api/auth/token/verify",
            json!({ "token": stolen.access }),
        ),
        attempt(
            "verify refresh token",
            anyone(),
            Method::POST,
            "/api/auth/token/verify",
            json!({ "token": stolen.refresh }),
        ),
    ]
}

/// How the owner ends what was stolen.
async fn revoke(app: &TestApp, owner: &Person, how: &str) -> Person {
    let calling = owner.calling(app);
    match how {
        "all others ended" => {
            calling.delete("/api/auth/sessions").await.success();
            owner.clone()
        }
        "new password" => {
            let body = json!({
                "current_password": PASSWORD, "new_password": NEW_PASSWORD, "keep_me_signed_in": true,
            });
            Person::of(calling.post("/api/auth/password", body).await.success())
        }
        "deletion asked for" => {
            calling.delete("/api/auth/me").await.success();
            Person::of(app.sign_in(ADA).await.success())
        }
        other => panic!("no way is called {other}"),
    }
}

#[tokio::test]
async fn no_kind_of_dead_credential_counts_for_its_owner_or_tells_what_the_owner_has_left() {
    for how in ["all others ended", "new password", "deletion asked for"] {
        let (app, ada) = app().with_account(ADA).await;
        let stolen = Person::of(app.sign_in(ADA).await.success());
        let browser = app.signed_in_browser(ADA).await;
        let cookies = browser.caller();
        let owner = revoke(&app, &ada, how).await;
        app.run_workers().await;
        let before = counts_of_users(&app);
        for attempt in attempts(&app, &stolen, &cookies) {
            let name = format!("{}, {how}", attempt.name);
            for answer in join_all((0..10).map(|_| attempt.send())).await {
                assert_eq!(answer.summary(), "401 token_invalid", "{name}");
                let met = answer.header("ratelimit-policy");
                assert_eq!(met, r#""anonymous";q=5000;w=3600"#, "{name}");
                assert!(!answer.header("ratelimit").contains("person"), "{name}");
            }
            assert_eq!(counts_of_users(&app), before, "{name}");
        }
        owner.calling(&app).get("/api/auth/data-requests").await.success();
        app.refresh(&owner.refresh).await.success();
        app.run_workers().await;
    }
}

#[tokio::test]
async fn keeping_the_owner_out_with_a_dead_refresh_token() {
    let (app, ada) = app().with_account(ADA).await;
    let stolen = Person::of(app.sign_in(ADA).await.success());
    let owner = revoke(&app, &ada, "new password").await;
    app.run_workers().await;
    for _ in 0..40 {
        assert_eq!(
            app.anon().from(THIEF).post("/api/auth/token/refresh", json!({ "refresh": stolen.refresh })).await.status,
            401
        );
    }
    owner.calling(&app).get("/api/auth/me").await.success();
    let body = json!({ "login": ADA, "password": NEW_PASSWORD });
    let again = Person::of(app.anon().post("/api/auth/token", body).await.success());
    again.calling(&app).get("/api/auth/me").await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn keeping_the_owner_out_at_the_very_moment_with_many_dead_tokens_at_once() {
    let (app, ada) = app().with_account(ADA).await;
    let stolen = Person::of(app.sign_in(ADA).await.success());
    ada.calling(&app).delete("/api/auth/sessions").await.success();
    let dead = async || {
        app.anon().from(THIEF).bearing(&stolen.access).get("/api/auth/me").await;
        app.anon().from(THIEF).post("/api/auth/token/refresh", json!({ "refresh": stolen.refresh })).await;
        app.anon().from(THIEF).post("/api/auth/logout", json!({ "refresh": stolen.refresh })).await
    };
    let own = async || ada.calling(&app).get("/api/auth/me").await;
    let (_, answers) = tokio::join!(join_all((0..60).map(|_| dead())), join_all((0..25).map(|_| own())));
    assert!(answers.iter().all(|answer| answer.status == 200), "of its 30 an hour the owner has used a few");
}

#[tokio::test]
async fn asking_without_end_with_a_dead_token_uses_up_the_own_address() {
    let rates = [("RATE_ANON", "6/hour"), ("RATE_USER", "30/hour")];
    let (app, ada) = TestApp::with_config(&rates).with_account(ADA).await;
    let stolen = Person::of(app.sign_in(ADA).await.success());
    ada.calling(&app).delete("/api/auth/sessions").await.success();
    let dead = app.anon().from(THIEF).bearing(&stolen.access);
    for _ in 0..6 {
        assert_eq!(dead.get("/api/auth/me").await.summary(), "401 token_invalid");
    }
    let refused = dead.get("/api/auth/me").await;
    assert_eq!(refused.summary(), "429 rate_limited");
    assert!(!refused.header("retry-after").is_empty());
    let refresh = app.anon().from(THIEF).post("/api/auth/token/refresh", json!({ "refresh": stolen.refresh })).await;
    assert_eq!(refresh.summary(), "429 rate_limited");
    // Who is signed in is not held up by what others of the network do.
    ada.calling(&app).from(THIEF).get("/api/auth/me").await.success();
    app.anon().from(THIEF).post("/api/auth/token/refresh", json!({ "refresh": ada.refresh })).await.success();
}

#[tokio::test]
async fn an_old_refresh_token_ends_its_session_and_counts_for_who_showed_it() {
    let (app, _ada) = app().with_account(ADA).await;
    let copied = Person::of(app.sign_in(ADA).await.success());
    app.refresh(&copied.refresh).await.success();
    app.advance(SignedDuration::from_mins(1));
    let before = counts_of_users(&app);
    let answer = app.anon().from(THIEF).post("/api/auth/token/refresh", json!({ "refresh": copied.refresh })).await;
    assert_eq!(answer.summary(), "401 token_reused");
    assert_eq!(answer.header("ratelimit-policy"), r#""anonymous";q=5000;w=3600"#);
    assert_eq!(counts_of_users(&app), before);
    app.run_workers().await;
}
