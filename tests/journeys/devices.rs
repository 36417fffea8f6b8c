//! A person with several devices, one of which is not theirs.

use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const THIEF: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

async fn sign_in(app: &TestApp, agent: &str, address: &str, device_token: Value) -> Person {
    app.advance(SignedDuration::from_mins(1));
    let caller = app.anon().without("user-agent").with("user-agent", agent).from(address);
    let body = json!({ "login": ADA, "password": PASSWORD, "device_token": device_token });
    let person = Person::of(caller.post("/api/auth/token", body).await.success());
    app.run_workers().await;
    person
}

fn summary(listed: &Value) -> Vec<(String, bool, bool)> {
    let rows = listed["items"].as_array().unwrap().iter();
    let row = |row: &Value| {
        let device = format!("{} {}", row["device"].as_str().unwrap(), row["ip_kind"].as_str().unwrap());
        (device, row["logged_out_at"].is_null(), row["current"] == true)
    };
    rows.map(row).collect()
}

#[tokio::test]
async fn a_person_finds_a_device_that_is_not_theirs_and_throws_it_out() {
    let (app, laptop) = TestApp::new().with_account(ADA).await;
    let phone = sign_in(&app, PHONE, "192.168.0.7", Value::Null).await;
    assert_eq!(app.notice_to(ADA).subject, "New sign-in to your Acme account from Safari on iPhone");
    assert!(app.notice_to(ADA).text.contains("192.168.0.7 (a private network)"), "{}", app.notice_to(ADA).text);

    phone.calling(&app).post("/api/auth/logout", json!({})).await.success();
    let phone = sign_in(&app, PHONE, "192.168.0.7", phone.answer["device_token"].clone()).await;
    let told = app.subjects_to(ADA).len();

    let thief = sign_in(&app, THIEF, "198.51.100.66", Value::Null).await;
    assert_eq!(app.subjects_to(ADA).len(), told + 1, "only the thief is news");
    assert_eq!(app.notice_to(ADA).subject, "New sign-in to your Acme account from Chrome on Windows");
    let listed = laptop.calling(&app).get("/api/auth/sessions").await.success();
    assert_eq!(
        summary(&listed),
        [
            ("Chrome on Windows public".to_owned(), true, false),
            ("Safari on iPhone private".to_owned(), true, false),
            ("Safari on iPhone private".to_owned(), false, false),
            ("Firefox on Linux public".to_owned(), true, true),
        ]
    );

    let link = app.end_link_to(ADA);
    assert!(app.anon().get(&link).await.text.contains("Sign this device out"));
    let ended = app.anon().post_form("/end-session", link.split_once('?').unwrap().1).await;
    let told = app.anon().get(ended.header("location")).await;
    assert!(told.text.contains("Change it now"), "{}", told.text);
    assert_eq!(thief.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(phone.calling(&app).get("/api/auth/me").await.status, 200);

    assert_eq!(laptop.calling(&app).delete("/api/auth/sessions").await.status, 204);
    assert_eq!(phone.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    let listed = laptop.calling(&app).get("/api/auth/sessions").await.success();
    assert_eq!(summary(&listed).iter().filter(|(_, alive, _)| *alive).count(), 1);
}
