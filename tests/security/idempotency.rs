//! Using `Idempotency-Key` to hear what somebody else was told, to be told tokens twice, or to outlive a session.

use axum::response::IntoResponse;
use http::StatusCode;
use latchkey_identity::sessions::codes::VERIFICATION_REQUIRED;
use latchkey_identity::sessions::{EvenLeaving, SignedIn};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::routes::{Routes as _, Served};
use latchkey_kernel::routes;
use latchkey_tests::{Answer, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const KEY: &str = "8e03978e-40d5-43e8-bc93-6894a57f9324";

/// A route of a signed-in person in the place of the real one: it tells whose session asked, and when it began.
#[utoipa::path(post, path = "/api/auth/me", security(("bearer" = [])), responses((status = 201)))]
async fn whose(SignedIn { account, session, .. }: SignedIn, body: String) -> Result<impl IntoResponse, Problem> {
    if body.contains("step up") && session.created_at == account.created_at {
        return Err(Problem::new(VERIFICATION_REQUIRED));
    }
    let created: Timestamp = session.created_at;
    Ok((StatusCode::CREATED, format!("{} {} {created}", account.id, session.id)))
}

fn app() -> TestApp {
    let mut app = TestApp::new();
    app.serve("account", Served::new().routes(routes!(self::whose).accepts_key::<EvenLeaving>()));
    app
}

async fn ask(app: &TestApp, person: &Person) -> Answer {
    person.calling(app).with("idempotency-key", KEY).post("/api/auth/me", json!({})).await
}

#[tokio::test]
async fn hearing_another_persons_answer_by_using_their_key() {
    let app = app();
    let (ada, eve) = (app.new_account("ada@example.com").await, app.new_account("eve@example.com").await);
    let hers = ask(&app, &ada).await;
    let mine = ask(&app, &eve).await;
    assert_eq!((hers.status, mine.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert!(mine.text.contains(eve.answer["user"]["id"].as_str().unwrap()), "{}", mine.text);
    assert_eq!((mine.header("idempotency-replayed"), ask(&app, &ada).await.text), ("", hers.text));
}

#[tokio::test]
async fn hearing_a_kept_answer_with_a_session_that_has_ended_or_without_one() {
    let app = app();
    let ada = app.new_account("ada@example.com").await;
    ask(&app, &ada).await.success();
    let second = Person::of(app.sign_in("ada@example.com").await.success());
    assert_eq!(ask(&app, &second).await.header("idempotency-replayed"), "true", "the key is the account's");
    ada.calling(&app).post("/api/auth/logout", json!({})).await.success();
    assert_eq!(ask(&app, &ada).await.summary(), "401 token_invalid");
    let nobody = app.anon().with("idempotency-key", KEY).post("/api/auth/me", json!({})).await;
    assert_eq!(nobody.summary(), "401 token_missing");
}

#[tokio::test]
async fn a_refusal_that_a_further_proof_lifts_is_not_kept() {
    let app = app();
    let ada = app.new_account("ada@example.com").await;
    let post = async |person: &Person| {
        let caller = person.calling(&app).with("idempotency-key", KEY);
        caller.request(http::Method::POST, "/api/auth/me", None, b"step up".to_vec()).await.status.as_u16()
    };
    assert_eq!(post(&ada).await, 403);
    app.advance(jiff::SignedDuration::from_mins(1));
    assert_eq!(post(&Person::of(app.sign_in("ada@example.com").await.success())).await, 201);
}

#[tokio::test]
async fn hearing_a_registrations_token_from_the_same_or_another_network() {
    let app = TestApp::new();
    let body = json!({ "email": "ada@example.com", "name": "Ada", "password": PASSWORD });
    let register = async |address: &str, body: &Value| {
        let caller = app.anon().from(address).with("idempotency-key", KEY);
        caller.post("/api/auth/register", body.clone()).await
    };
    let hers = register("203.0.113.9", &body).await;
    // From the same network: who does not know the password cannot send the body.
    let mut guessed = body.clone();
    guessed["password"] = json!("another long passphrase");
    let answer = register("203.0.113.9", &guessed).await;
    assert_eq!(answer.summary(), "422 idempotency_key_reused");
    assert!(!answer.text.contains("lkg_"));
    // From another one it is another request.
    assert_ne!(register("198.51.100.7", &body).await.text, hers.text);
    app.run_workers().await;
}

#[tokio::test]
async fn reading_key_body_or_answer_in_the_table() {
    let app = TestApp::new();
    let body = json!({ "email": "ada@example.com", "name": "Ada", "password": PASSWORD });
    let answer = app.anon().with("idempotency-key", KEY).post("/api/auth/register", body).await;
    app.run_workers().await;
    let items = app.engine.scan("EphemeralTable");
    let record = items.iter().find(|item| item["entity"]["S"] == "IdempotencyRecord").unwrap().to_string();
    for secret in [KEY, PASSWORD, "ada@example.com", &answer.text_of("registration_token")] {
        assert!(!record.contains(secret), "{record}");
    }
}

#[tokio::test]
async fn moving_one_records_answer_to_another() {
    let app = TestApp::new();
    let register = async |key: &str, email: &str| {
        let body = json!({ "email": email, "name": "A", "password": PASSWORD });
        app.anon().with("idempotency-key", key).post("/api/auth/register", body).await
    };
    register("one", "ada@example.com").await.success();
    register("two", "eve@example.com").await.success();
    app.run_workers().await;
    let is_record = |item: &Value| item["entity"]["S"] == "IdempotencyRecord";
    let records: Vec<Value> = app.engine.scan("EphemeralTable").into_iter().filter(is_record).collect();
    for (from, to) in [(0, 1), (1, 0)] {
        let moved = json!({
            "TableName": "EphemeralTable", "Key": { "pk": records[to]["pk"], "sk": records[to]["sk"] },
            "UpdateExpression": "SET answer = :a", "ExpressionAttributeValues": { ":a": records[from]["answer"] },
        });
        app.engine.update(moved);
    }
    assert_eq!(register("one", "ada@example.com").await.summary(), "500 internal_error");
}

#[tokio::test]
async fn being_told_tokens_twice() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let keyed = app.anon().with("idempotency-key", KEY);
    for (path, body) in [
        ("/api/auth/token", json!({ "login": "ada@example.com", "password": PASSWORD })),
        ("/api/auth/token/refresh", json!({ "refresh": ada.refresh })),
        ("/api/auth/verify-email", json!({ "registration_token": "lkg_AAAA", "code": "12345678" })),
    ] {
        assert_eq!(keyed.post(path, body).await.summary(), "400 idempotency_key_refused", "{path}");
    }
    app.refresh(&ada.refresh).await.success();
}

#[tokio::test]
async fn telling_a_known_from_an_unknown_address_by_what_is_replayed() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    let mut traces = Vec::new();
    for email in ["ada@example.com", "nobody@example.com"] {
        let body = json!({ "email": email, "name": "A", "password": PASSWORD });
        let mut trace = Vec::new();
        for _ in 0..2 {
            app.engine.take_calls();
            let answer = app.anon().with("idempotency-key", email).post("/api/auth/register", body.clone()).await;
            let mut calls: Vec<_> =
                app.engine.take_calls().into_iter().map(|call| (call.operation, call.items)).collect();
            calls.sort_unstable();
            trace.push((
                answer.status.as_u16(),
                answer.text.len(),
                answer.header("idempotency-replayed").to_owned(),
                calls,
            ));
        }
        traces.push(trace);
    }
    assert_eq!(traces[0], traces[1]);
    app.run_workers().await;
}
