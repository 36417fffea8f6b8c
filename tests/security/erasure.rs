//! An erasure that meets everything else: its cancellation, exports, downloads, sign-ins, and guesses at the door.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const ME: &str = "/api/auth/me";
const REQUESTS: &str = "/api/auth/data-requests";
const MANY: &[(&str, &str)] = &[("RATE_FACTOR", "10000")];
const NOW: &[(&str, &str)] = &[("RATE_FACTOR", "10000"), ("DELETION_GRACE_DAYS", "0")];

async fn ask(app: &TestApp, person: &Person, kind: &str) -> Value {
    let answer = person.calling(app).post(REQUESTS, json!({ "request_type": kind })).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

/// The newest job, as the stream shows it: whoever brings it says that it is due.
fn newest_job(app: &TestApp) -> Value {
    json!({ "Records": [app.stream_records("job").pop().unwrap()] })
}

/// What was cut off is taken up again, until nothing is left to do.
async fn go_on(app: &TestApp) {
    for _ in 0..3 {
        app.advance(SignedDuration::from_mins(17));
        app.redrive_outbox().await;
        app.run_workers().await;
    }
}

/// Lets others go first, so many times.
async fn aside(times: usize) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

fn of_kind(app: &TestApp, kind: &str) -> Vec<Value> {
    app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == kind).collect()
}

/// Nothing of the person is left in the table, and no file.
fn is_erased(app: &TestApp, person: &Person) {
    let left: Vec<_> = app
        .engine
        .scan("MainTable")
        .into_iter()
        .filter(|item| item.to_string().contains(person.id()) || item.to_string().contains(ADA))
        .collect();
    assert!(left.is_empty(), "left: {}", json!(left));
    assert!(app.shelf.versions().is_empty() && app.shelf.open_uploads() == 0);
    assert_eq!(of_kind(app, "ErasureCertificate").len(), 1);
}

#[tokio::test]
async fn of_a_cancellation_and_the_beginning_of_the_erasure_one_happens_whatever_the_clocks_say() {
    let (mut kept, mut erased) = (0, 0);
    for round in 0..24 {
        let app = TestApp::with_config(MANY);
        let ada = app.new_account(ADA).await;
        let request = ask(&app, &ada, "DELETE").await;
        app.run_workers().await;
        let token = app.link_to(ADA).split_once("token=").unwrap().1.to_owned();
        let ada = Person::of(app.sign_in(ADA).await.success());
        app.run_workers().await;
        // By the exporter's clock the grace is over, by that of the API it is not.
        let job = newest_job(&app);
        let (path, form) = (format!("{REQUESTS}/{}", request["id"].as_str().unwrap()), format!("token={token}"));
        let (calling, anon) = (ada.calling(&app), app.anon());
        let cancel = async {
            aside(round).await;
            tokio::join!(calling.delete(&path), anon.post_form("/cancel-deletion", &form))
        };
        let ((by_session, by_link), _) = tokio::join!(cancel, app.invoke_exporter(job));
        let cancelled = by_session.status == 204 || by_link.status == 303;
        if cancelled {
            kept += 1;
            assert_eq!(of_kind(&app, "DataRequest")[0]["status"]["S"], "CANCELLED");
            assert!(of_kind(&app, "Erasure").is_empty() && of_kind(&app, "OutboxItem").iter().all(is_mail));
            app.advance(SignedDuration::from_hours(24 * 20));
            go_on(&app).await;
            let back = Person::of(app.sign_in(ADA).await.success());
            assert_eq!(back.calling(&app).get(ME).await.success()["email"], ADA);
            app.run_workers().await;
        } else {
            erased += 1;
            assert!([401, 404, 409].contains(&by_session.status.as_u16()), "{}", by_session.text);
            go_on(&app).await;
            is_erased(&app, &ada);
        }
    }
    assert!(kept > 0 && erased > 0, "the race was won by one alone: {kept} to {erased}");
}

fn is_mail(item: &Value) -> bool {
    item["outbox"]["S"] == "mail"
}

#[tokio::test]
async fn an_export_that_meets_the_erasure_leaves_no_file_and_no_link() {
    for round in 0..12 {
        let app = TestApp::with_config(NOW);
        let ada = app.new_account(ADA).await;
        ask(&app, &ada, "EXPORT").await;
        let export = newest_job(&app);
        ask(&app, &ada, "DELETE").await;
        let erasure = newest_job(&app);
        let late = async {
            aside(round * 6).await;
            app.invoke_exporter(erasure).await
        };
        tokio::join!(app.invoke_exporter(export), late);
        app.run_workers().await;
        go_on(&app).await;
        is_erased(&app, &ada);
        assert!(of_kind(&app, "OutboxItem").is_empty());
    }
}

#[tokio::test]
async fn downloads_guesses_and_sign_ins_during_the_erasure_leave_nothing_behind() {
    for round in 0..12 {
        let app = TestApp::with_config(NOW);
        let ada = app.new_account(ADA).await;
        ask(&app, &ada, "EXPORT").await;
        app.run_workers().await;
        let link = app.link_to(ADA);
        ask(&app, &ada, "DELETE").await;
        let job = newest_job(&app);
        let (anon, calling) = (app.anon(), ada.calling(&app));
        let during = async {
            aside(round * 4).await;
            join_all((0..4).map(|_| anon.get(&link))).await;
            let right = json!({ "login": ADA, "password": PASSWORD });
            let wrong = json!({ "login": ADA, "password": "not this one" });
            let email = json!({ "email": ADA });
            let out = json!({ "refresh": ada.refresh });
            let (right, _, _, _, refreshed, me) = tokio::join!(
                anon.post("/api/auth/token", right),
                anon.post("/api/auth/token", wrong),
                anon.post("/api/auth/logout", out),
                anon.post("/api/auth/password-reset", email),
                app.refresh(&ada.refresh),
                calling.get(ME),
            );
            assert_eq!(right.summary(), "401 invalid_credentials");
            assert_eq!((refreshed.status.as_u16(), me.status.as_u16()), (401, 401));
        };
        tokio::join!(app.invoke_exporter(job), during);
        app.run_workers().await;
        go_on(&app).await;
        is_erased(&app, &ada);
        assert_eq!(app.anon().get(&link).await.summary(), "404 not_found");
        let pk = format!("ACCOUNT#{}", ada.id());
        assert!(!app.engine.scan("EphemeralTable").iter().any(|item| item["pk"]["S"] == pk.as_str()));
    }
}
