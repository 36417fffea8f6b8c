//! Known devices, the mail about a new one, and `GET` and `POST /end-session`.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const NOTICE: &str = "New sign-in to your Acme account from Firefox on Linux";

/// Signs in with this device token, and counts the mails that it causes.
async fn sign_in(app: &TestApp, device_token: &Value) -> (Person, usize) {
    let before = app.subjects_to(ADA).len();
    let body = json!({ "login": ADA, "password": PASSWORD, "device_token": device_token });
    let person = Person::of(app.anon().post("/api/auth/token", body).await.success());
    app.run_workers().await;
    (person, app.subjects_to(ADA).len() - before)
}

async fn stranger(app: &TestApp) -> Person {
    let (person, mails) = sign_in(app, &Value::Null).await;
    assert_eq!((mails, app.notice_to(ADA).subject.as_str()), (1, NOTICE));
    person
}

/// The form of the link in the newest mail.
fn form(app: &TestApp) -> String {
    app.end_link_to(ADA).split_once('?').unwrap().1.to_owned()
}

async fn is_in(app: &TestApp, person: &Person) -> bool {
    person.calling(app).get("/api/auth/me").await.status == 200
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

#[tokio::test]
async fn the_device_of_the_registration_is_known_and_a_new_one_is_told_once() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    assert_eq!(app.subjects_to(ADA).len(), 2, "the code and the welcome");
    assert_eq!(sign_in(&app, &ada.answer["device_token"]).await.1, 0);
    let new = stranger(&app).await;
    let token = &new.answer["device_token"];
    assert!(token.as_str().unwrap().starts_with("lkv_"));
    let (again, mails) = sign_in(&app, token).await;
    assert_eq!(mails, 0);
    assert_ne!(again.answer["device_token"], *token, "it is renewed");
    assert_eq!(sign_in(&app, &again.answer["device_token"]).await.1, 0);
}

#[tokio::test]
async fn a_device_is_known_for_180_days_after_its_last_sign_in() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let mut token = stranger(&app).await.answer["device_token"].clone();
    for _ in 0..3 {
        app.advance(days(179));
        let (person, mails) = sign_in(&app, &token).await;
        assert_eq!(mails, 0);
        token = person.answer["device_token"].clone();
    }
    app.advance(days(180));
    assert_eq!(sign_in(&app, &token).await.1, 1);
}

#[tokio::test]
async fn signing_out_leaves_the_device_known_unless_nothing_is_to_be_remembered() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let token = &ada.answer["device_token"];
    ada.calling(&app).post("/api/auth/logout", json!({})).await.success();
    let (next, mails) = sign_in(&app, token).await;
    assert_eq!(mails, 0);
    next.calling(&app).post("/api/auth/logout", json!({ "remember_session": false })).await.success();
    assert_eq!(sign_in(&app, &next.answer["device_token"]).await.1, 1);
}

#[tokio::test]
async fn a_device_that_is_signed_out_from_elsewhere_is_not_known_any_more() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let new = stranger(&app).await;
    let listed = new.calling(&app).get("/api/auth/sessions").await.success();
    let rows = listed["items"].as_array().unwrap().clone();
    let id = rows.iter().find(|row| row["current"] == true).unwrap()["id"].as_str().unwrap();
    ada.calling(&app).delete(&format!("/api/auth/sessions/{id}")).await.success();
    assert_eq!(sign_in(&app, &new.answer["device_token"]).await.1, 1);
    let third = stranger(&app).await;
    ada.calling(&app).delete("/api/auth/sessions").await.success();
    assert_eq!(sign_in(&app, &third.answer["device_token"]).await.1, 1, "all others were ended");
    assert_eq!(sign_in(&app, &ada.answer["device_token"]).await.1, 0, "and the one that asked was not");
}

#[tokio::test]
async fn the_link_ends_the_session_and_no_other_and_forgets_the_device() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let (kept, new) = (stranger(&app).await, stranger(&app).await);
    let link = app.end_link_to(ADA);
    let page = app.anon().get(&link).await;
    assert!(
        page.status == 200 && page.text.contains("<form method=\"post\" action=\"/end-session\">"),
        "{}",
        page.text
    );
    assert!(is_in(&app, &new).await, "looking changes nothing");
    let done = app.anon().post_form("/end-session", &form(&app)).await;
    assert_eq!((done.status.as_u16(), done.header("set-cookie")), (303, ""), "{}", done.text);
    assert!(!is_in(&app, &new).await && is_in(&app, &kept).await && is_in(&app, &ada).await);
    assert_eq!(app.refresh(&new.refresh).await.summary(), "401 token_invalid");
    let events = app.engine.scan("MainTable");
    let disowned = events.iter().filter(|item| item["extra"]["M"]["reason"]["S"] == "sign_in_disowned");
    assert_eq!(disowned.count(), 1);
    assert_eq!(sign_in(&app, &new.answer["device_token"]).await.1, 1, "it is told again");
    assert_eq!(sign_in(&app, &kept.answer["device_token"]).await.1, 0);
}

#[tokio::test]
async fn the_link_ends_what_the_device_did_as_a_known_one_meanwhile() {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    let thief = stranger(&app).await;
    let form = form(&app);
    let mut chain = vec![thief];
    for _ in 0..60 {
        app.advance(SignedDuration::from_millis(1));
        let token = chain.last().unwrap().answer["device_token"].clone();
        let (next, mails) = sign_in(&app, &token).await;
        assert_eq!(mails, 0);
        chain.push(next);
    }
    chain[0].calling(&app).post("/api/auth/logout", json!({})).await.success();
    assert_eq!(app.anon().post_form("/end-session", &form).await.status, 303);
    for session in &chain {
        assert!(!is_in(&app, session).await);
    }
    for place in [0, 30, 60] {
        assert_eq!(sign_in(&app, &chain[place].answer["device_token"]).await.1, 1);
    }
    assert!(is_in(&app, &ada).await);
}

/// Adds so many sessions of the same device to the table, like this one and younger, and ends every `ended`th of them.
fn multiply(app: &TestApp, like: &str, count: usize, ended: usize) {
    let items = app.engine.scan("MainTable");
    let row = items.iter().find(|item| item["entity"]["S"] == "Session" && item["id"]["S"] == like).unwrap();
    for number in 0..count {
        let id = format!("019caddd-ffff-7000-8000-{number:012x}");
        let mut copy = row.clone();
        copy["id"]["S"] = json!(id);
        copy["sk"]["S"] = json!(row["sk"]["S"].as_str().unwrap().replace(like, &id));
        if number % ended == 0 {
            copy["ended_at"] = json!({ "S": "2026-03-02T09:30:00.000Z" });
            copy["device_digest"] = json!({ "NULL": true });
        }
        app.engine.put("MainTable", &copy);
    }
}

fn alive_of_device(app: &TestApp, device: &str) -> usize {
    let items = app.engine.scan("MainTable");
    let of_device = items.iter().filter(|item| item["entity"]["S"] == "Session" && item["device"]["S"] == device);
    of_device.filter(|item| !item["ended_at"]["S"].is_string()).count()
}

/// A stranger's session, how many more its device has, and the form of its link.
async fn with_many_sessions(count: usize, ended: usize) -> (TestApp, Person, Person, String, String) {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    let thief = stranger(&app).await;
    let form = form(&app);
    app.advance(SignedDuration::from_millis(1));
    let (again, _) = sign_in(&app, &thief.answer["device_token"]).await;
    let like = app.current_session(&again).await["id"].as_str().unwrap().to_owned();
    let device = app.current_session(&thief).await["id"].as_str().unwrap().to_owned();
    multiply(&app, &like, count, ended);
    (app, ada, thief, form, device)
}

#[tokio::test]
async fn the_link_ends_its_own_session_with_the_first_write_however_many_came_after() {
    let (app, ada, thief, form, device) = with_many_sessions(300, 3).await;
    app.engine.take_calls();
    for nth in 0..9 {
        app.engine.fail("Query", nth, latchkey_tests::Fault::Throttled);
    }
    let cut_off = app.anon().post_form("/end-session", &form).await;
    app.engine.heal();
    assert_eq!(cut_off.status, 503, "{}", cut_off.text);
    assert!(!is_in(&app, &thief).await, "its own session has ended already");
    assert_eq!(app.refresh(&thief.refresh).await.summary(), "401 token_invalid");

    app.engine.take_calls();
    assert_eq!(app.anon().post_form("/end-session", &form).await.status, 303, "what was cut off can be done again");
    let calls = app.engine.take_calls_of_rules();
    let updates = calls.iter().filter(|call| call.operation == "UpdateItem").count();
    assert_eq!(updates, 300 - 100 + 1, "those that have ended are skipped");
    assert_eq!(alive_of_device(&app, &device), 0);
    assert!(is_in(&app, &ada).await, "other devices stay signed in");
    assert_eq!(app.anon().post_form("/end-session", &form).await.status, 400, "the link is spent");
}

#[tokio::test]
async fn a_device_with_more_sessions_than_one_request_can_end_takes_every_session_of_the_account_with_it() {
    let (app, ada, thief, form, _) = with_many_sessions(1_100, 1).await;
    app.engine.take_calls();
    assert_eq!(app.anon().post_form("/end-session", &form).await.status, 303);
    let calls = app.engine.take_calls_of_rules();
    assert!(calls.iter().filter(|call| call.operation == "Query").count() <= 10, "the work is bounded");
    assert!(!is_in(&app, &thief).await && !is_in(&app, &ada).await);
    let listed = app.sign_in(ADA).await.success();
    assert!(is_in(&app, &Person::of(listed)).await);
}

#[tokio::test]
async fn an_account_remembers_two_disowned_devices_and_none_for_longer_than_a_device_is_known() {
    let disowned = |app: &TestApp| {
        let items = app.engine.scan("MainTable");
        let account = items.into_iter().find(|item| item["entity"]["S"] == "Account").unwrap();
        account["disowned_devices"]["SS"].as_array().cloned().unwrap_or_default()
    };
    let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    let mut last = String::new();
    for _ in 0..13 {
        app.advance(SignedDuration::from_mins(1));
        let thief = stranger(&app).await;
        last = app.current_session(&thief).await["id"].as_str().unwrap().to_owned();
        assert_eq!(app.anon().post_form("/end-session", &form(&app)).await.status, 303);
        assert_eq!(sign_in(&app, &thief.answer["device_token"]).await.1, 1, "it is told again");
    }
    let known = disowned(&app);
    assert!(known.len() <= 2 && known.contains(&json!(last)), "{known:?}");
    app.advance(days(180));
    stranger(&app).await;
    assert_eq!(app.anon().post_form("/end-session", &form(&app)).await.status, 303);
    assert_eq!(disowned(&app).len(), 1);
}

#[tokio::test]
async fn a_link_works_once_and_looking_at_it_only_counts_a_visit() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    stranger(&app).await;
    app.engine.take_calls();
    for _ in 0..3 {
        assert_eq!(app.anon().get(&app.end_link_to(ADA)).await.status, 200);
        let head = app.anon().request(http::Method::HEAD, &app.end_link_to(ADA), None, Vec::new()).await;
        assert_eq!(head.status, 200);
    }
    let calls = app.engine.take_calls_of_rules();
    assert!(calls.len() == 6 && calls.iter().all(|call| call.operation == "GetItem"), "each looks at the link once");
    let form = form(&app);
    let caller = app.anon();
    let answers = join_all((0..20).map(|_| caller.post_form("/end-session", &form))).await;
    let done = answers.iter().filter(|answer| answer.status == 303).count();
    let late = answers.iter().filter(|answer| answer.status == 400).count();
    assert_eq!((done, late), (1, 19));
}

#[tokio::test]
async fn a_link_that_is_not_whole_or_not_ours_says_what_to_do() {
    let app = TestApp::new();
    let invented = format!("lke_{}", "A".repeat(86));
    for token in ["", "lke_AAAA", "lkc_AAAA", &invented] {
        let answer = app.anon().post_form("/end-session", &format!("token={token}")).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text.contains("This link is not valid any more"), "{}", answer.text);
    }
    for target in ["/end-session", "/end-session?token=x", "/end-session?token=lke_AAAA&token=x"] {
        assert_eq!(app.anon().get(target).await.status, 400, "{target}");
    }
    let odd = app.anon().post_form("/end-session", "token=x&more=y").await;
    assert_eq!(odd.status, 400);
    let json = app.anon().post("/end-session", json!({ "token": invented })).await;
    assert_eq!(json.status, 415);
}

#[tokio::test]
async fn links_are_tried_thirty_times_an_hour() {
    let app = TestApp::with_config(&[("RATE_CONFIRM", "2/hour")]);
    let form = format!("token=lke_{}", "A".repeat(86));
    for status in [400, 400, 429] {
        assert_eq!(app.anon().post_form("/end-session", &form).await.status, status);
    }
}

#[tokio::test]
async fn a_browser_is_known_by_a_cookie_that_outlives_signing_out() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let browser = app.browser();
    browser.sign_in(ADA).await.success();
    app.run_workers().await;
    assert_eq!(app.notice_to(ADA).subject, NOTICE);
    let mails = app.subjects_to(ADA).len();
    browser.post("/api/auth/logout", json!({})).await;
    browser.sign_in(ADA).await.success();
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), mails);
}
