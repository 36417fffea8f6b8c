//! Where people sign in from: the database of places, as functions read it between their requests.

use jiff::SignedDuration;
use latchkey_kernel::geo::KEY;
use latchkey_tests::{PASSWORD, PLACES, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const LINKOPING: &str = "Linköping, Östergötland County (SE)";

/// Lets `auth` answer, after which it may read.
async fn let_it_read(app: &TestApp) {
    app.anon().get("/api/health").await.success();
}

/// Where a sign-in from this address is told to be, in the list of sessions.
async fn told(app: &TestApp, address: &str) -> Value {
    app.advance(SignedDuration::from_secs(1));
    let body = json!({ "login": ADA, "password": PASSWORD });
    let person = Person::of(app.anon().from(address).post("/api/auth/token", body).await.success());
    app.run_workers().await;
    let listed = person.calling(app).get("/api/auth/sessions").await.success();
    listed["items"][0]["location"].clone()
}

async fn app_of_ada() -> TestApp {
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    app
}

/// An hour later a function that found no database looks again.
async fn given(app: &TestApp, database: &[u8]) {
    app.shelf.put(KEY, database);
    app.advance(SignedDuration::from_hours(1));
    let_it_read(app).await;
}

#[tokio::test]
async fn starting_reads_nothing_and_neither_does_what_comes_before_an_answer() {
    let app = app_of_ada().await;
    app.shelf.put(KEY, PLACES);
    app.warm_up().await;
    assert_eq!(app.shelf.permissions().len(), 1, "only `auth` has answered");
    app.advance(SignedDuration::from_hours(1));
    assert_eq!(told(&app, "203.0.113.9").await, Value::Null, "it is read after this answer");
    assert_eq!(told(&app, "203.0.113.9").await, json!(LINKOPING));
}

#[tokio::test]
async fn a_session_that_began_before_keeps_no_place() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    given(&app, PLACES).await;
    let ada = Person::of(app.refresh(&ada.refresh).await.success());
    let listed = ada.calling(&app).get("/api/auth/sessions").await.success();
    assert_eq!(listed["items"][0]["location"], Value::Null);
}

#[tokio::test]
async fn a_place_is_told_as_far_as_it_is_known() {
    let app = app_of_ada().await;
    assert_eq!(told(&app, "203.0.113.9").await, Value::Null);
    given(&app, PLACES).await;
    for (address, place) in [
        ("203.0.113.9", json!(LINKOPING)),
        ("198.51.100.130", json!("Singapore (SG)")),
        ("192.0.2.9", json!("Japan (JP)")),
        ("2001:db8:1::9", json!("Évora, Évora District (PT)")),
        ("192.0.2.130", Value::Null),
        ("10.1.2.3", Value::Null),
    ] {
        assert_eq!(told(&app, address).await, place, "{address}");
    }
}

#[tokio::test]
async fn mails_name_the_place_in_both_forms() {
    let app = app_of_ada().await;
    given(&app, PLACES).await;
    app.sign_in_elsewhere(ADA).await.success();
    app.run_workers().await;
    let notice = app.notice_to(ADA);
    assert!(notice.text.contains(LINKOPING), "{}", notice.text);
    assert!(notice.html.contains(LINKOPING), "{}", notice.html);

    let ada = Person::of(app.sign_in(ADA).await.success());
    // `change_password` is answered by `auth`, which has read it.
    let body = json!({ "current_password": PASSWORD, "new_password": latchkey_tests::NEW_PASSWORD });
    ada.calling(&app).post("/api/auth/password", body).await.success();
    app.run_workers().await;
    assert!(app.mail_to(ADA).text.contains(LINKOPING), "{}", app.mail_to(ADA).text);
}

#[tokio::test]
async fn every_function_that_tells_of_places_reads_the_database_and_no_other_does() {
    let app = TestApp::new();
    app.shelf.put(KEY, PLACES);
    let targets = ["/api/health", "/api/health/", "/api/auth/me", "/api/auth/data-requests", "/password-changed"];
    for target in targets.into_iter().chain(["/api/auth/social/accounts"]) {
        app.anon().get(target).await;
    }
    let readers: Vec<_> = app.shelf.permissions().into_keys().collect();
    assert_eq!(readers, ["account", "auth", "front", "pages", "privacy", "social"]);
}

#[tokio::test]
async fn a_database_is_looked_at_once_a_day_and_followed_when_it_changes() {
    let app = app_of_ada().await;
    given(&app, PLACES).await;
    app.shelf.take_requests_of("auth");
    for _ in 0..23 {
        app.advance(SignedDuration::from_hours(1));
        let_it_read(&app).await;
    }
    assert_eq!(app.shelf.take_requests_of("auth"), 0);
    app.advance(SignedDuration::from_hours(1));
    let_it_read(&app).await;
    assert_eq!(app.shelf.take_requests_of("auth"), 1, "the same one, which is not read again");
    assert_eq!(told(&app, "203.0.113.9").await, json!(LINKOPING));

    // Another one, in which everybody lives in another city.
    let at = PLACES.windows(7).position(|name| name == b"Boxford").unwrap();
    let mut other = PLACES.to_vec();
    other[at..at + 7].copy_from_slice(b"Oxbridg");
    app.shelf.put(KEY, &other);
    assert_eq!(told(&app, "198.51.100.9").await, json!("Boxford, England (GB)"), "not yet");
    app.advance(SignedDuration::from_hours(24));
    let_it_read(&app).await;
    assert_eq!(told(&app, "198.51.100.9").await, json!("Oxbridg, England (GB)"));
}

#[tokio::test]
async fn a_database_that_was_taken_away_is_no_longer_used() {
    let app = app_of_ada().await;
    given(&app, PLACES).await;
    app.shelf.remove(KEY);
    app.advance(SignedDuration::from_hours(24));
    let_it_read(&app).await;
    assert_eq!(told(&app, "203.0.113.9").await, Value::Null);
}

#[tokio::test]
async fn a_signature_that_grew_old_in_the_freeze_takes_no_database_away() {
    let app = app_of_ada().await;
    given(&app, PLACES).await;
    app.shelf.refuse(Some(403));
    app.advance(SignedDuration::from_hours(24));
    let_it_read(&app).await;
    assert_eq!(told(&app, "203.0.113.9").await, json!(LINKOPING));
}

#[tokio::test]
async fn reading_goes_on_where_a_connection_broke() {
    let app = app_of_ada().await;
    for after in [0, 700, 700] {
        app.shelf.break_next(after);
    }
    given(&app, PLACES).await;
    assert_eq!(told(&app, "203.0.113.9").await, Value::Null, "nothing has arrived");
    // Two more tries bring 700 bytes each, and a last one the rest.
    for _ in 0..3 {
        app.advance(SignedDuration::from_secs(4));
        let_it_read(&app).await;
    }
    assert_eq!(told(&app, "203.0.113.9").await, json!(LINKOPING));
    assert_eq!(app.counted("PlacesDamaged"), 0);
}

#[tokio::test]
async fn a_database_that_is_replaced_in_the_middle_is_read_anew() {
    let app = app_of_ada().await;
    app.shelf.break_next(700);
    app.shelf.put(KEY, &[b'x'; 5000]);
    app.advance(SignedDuration::from_hours(1));
    let_it_read(&app).await;
    app.shelf.put(KEY, PLACES);
    app.advance(SignedDuration::from_secs(2));
    let_it_read(&app).await;
    assert_eq!(told(&app, "203.0.113.9").await, json!(LINKOPING));
}

#[tokio::test]
async fn a_bucket_that_fails_is_asked_less_and_less_often() {
    let app = app_of_ada().await;
    app.shelf.put(KEY, PLACES);
    app.shelf.refuse(Some(503));
    app.advance(SignedDuration::from_hours(1));
    app.shelf.take_requests_of("auth");
    for _ in 0..600 {
        let_it_read(&app).await;
        app.advance(SignedDuration::from_secs(1));
    }
    let asked = app.shelf.take_requests_of("auth");
    assert!((5..=10).contains(&asked), "asked {asked} times in ten minutes");
    app.shelf.refuse(None);
    app.advance(SignedDuration::from_mins(10));
    let_it_read(&app).await;
    assert_eq!(told(&app, "203.0.113.9").await, json!(LINKOPING));
}

#[tokio::test]
async fn a_damaged_database_breaks_nothing_and_is_told_once() {
    let app = app_of_ada().await;
    given(&app, b"no database at all").await;
    for _ in 0..3 {
        assert_eq!(told(&app, "203.0.113.9").await, Value::Null);
    }
    assert_eq!(app.counted("PlacesDamaged"), 2, "by `auth` and by `account`, which lists the sessions");
    // Its description is whole, but what it says of addresses is not.
    let mut damaged = PLACES.to_vec();
    let end = damaged.windows(14).rposition(|mark| mark == b"\xab\xcd\xefMaxMind.com").unwrap();
    damaged[..end].fill(0xff);
    app.shelf.put(KEY, &damaged);
    app.advance(SignedDuration::from_hours(24));
    let_it_read(&app).await;
    for _ in 0..3 {
        assert_eq!(told(&app, "203.0.113.9").await, Value::Null);
    }
    assert_eq!(app.counted("PlacesDamaged"), 3, "by `auth`, which looks addresses up");
}
