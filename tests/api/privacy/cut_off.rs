//! Exports and erasures that are cut off: at each request to the store and to the bucket in turn, before it happens and
//! after it has. Whoever goes on finishes, the result is the same, and nobody is mailed twice.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use latchkey_identity::registry;
use latchkey_tests::{BucketFault, Fault, Person, TestApp};
use serde_json::{Value, json};

use super::{ask, everything, follow};
use crate::names::items;

const OFTEN: &[(&str, &str)] = &[("DELETION_GRACE_DAYS", "0"), ("RATE_FACTOR", "10000")];

const FAULTS: [BucketFault; 2] = [BucketFault::Busy, BucketFault::LostAnswer];

/// More requests than a job makes.
const MOST: usize = 120;

/// A user with a few things of most kinds.
async fn new_user(app: &TestApp, number: usize) -> (String, Person) {
    let email = format!("person{number}@example.com");
    let person = app.new_account(&email).await;
    let calling = person.calling(app);
    calling.patch("/api/auth/me", json!({ "username": format!("person{number}") })).await.success();
    let phone = format!("+49 170 {number:07}");
    calling.patch("/api/auth/profile", json!({ "phone": phone, "marketing_consent": true })).await.success();
    app.run_workers().await;
    (email, person)
}

/// Begins the newest job. From the `nth` call on the store is out of reach, or nobody hears what it did: as if the exporter
/// had died there. Tells whether it was done before that.
async fn cut_off(app: &TestApp, nth: usize, fault: Fault) -> bool {
    let record = app.stream_records("job").pop().unwrap();
    (nth..nth + MOST).for_each(|call| app.engine.fail("*", call, fault));
    let again = app.invoke_exporter(json!({ "Records": [record] })).await;
    app.engine.heal();
    again.is_empty()
}

/// Everything works again, and the claim of whoever died has run out.
async fn go_on(app: &TestApp) {
    app.engine.heal();
    app.shelf.heal();
    app.advance(SignedDuration::from_mins(17));
    app.redrive_outbox().await;
    app.run_workers().await;
}

fn of<'a>(rows: &'a [Value], person: &Person) -> Vec<&'a Value> {
    let mine = |row: &&Value| row["account_id"]["S"] == person.answer["user"]["id"];
    rows.iter().filter(mine).collect()
}

fn mails(app: &TestApp, email: &str, subject: &str) -> usize {
    app.subjects_to(email).iter().filter(|one| one.contains(subject)).count()
}

/// The export is there, once, and says the truth.
async fn is_exported(app: &TestApp, email: &str, person: &Person, when: &str) {
    let requests = items(app, "DataRequest");
    assert_eq!(of(&requests, person)[0]["status"]["S"], "COMPLETED", "{when}");
    assert_eq!(mails(app, email, "data export is ready"), 1, "{when}");
    assert_eq!(app.shelf.open_uploads(), 0, "{when}");
    let exports = items(app, "DataExport");
    assert_eq!(of(&exports, person).len(), 1, "{when}");
    let (_, files) = follow(app, &app.link_to(email)).await;
    let user: Value = serde_json::from_str(&files["user_info.json"]).unwrap();
    assert_eq!(user["email"], email, "{when}");
    let described: usize = registry::personal_data().map(|domain| domain.files().len()).sum();
    assert_eq!(files.len(), described + 1, "{when}");
}

#[tokio::test]
async fn an_export_that_is_cut_off_at_any_step_is_made_once_and_mailed_once() {
    let begun = TestApp::with_config(OFTEN);
    let (email, person) = new_user(&begun, 1).await;
    for fault in [Fault::Unreachable, Fault::LostAnswer] {
        for nth in 0.. {
            let app = begun.copy();
            ask(&app, &person, "EXPORT").await;
            let untouched = cut_off(&app, nth, fault).await;
            go_on(&app).await;
            is_exported(&app, &email, &person, &format!("{fault:?} at {nth}")).await;
            if untouched {
                assert!(nth > 8, "{nth} requests are too few for an export");
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_export_survives_a_bucket_that_fails_at_any_step() {
    let app = TestApp::with_config(OFTEN);
    for (number, (nth, fault)) in (0..4).flat_map(|nth| FAULTS.map(|fault| (nth, fault))).enumerate() {
        let (email, person) = new_user(&app, number).await;
        ask(&app, &person, "EXPORT").await;
        app.shelf.fail_for_good(nth, fault);
        app.run_workers().await;
        go_on(&app).await;
        is_exported(&app, &email, &person, &format!("{fault:?} at {nth}")).await;
    }
}

#[tokio::test]
async fn an_export_goes_on_where_one_request_to_the_bucket_failed() {
    let app = TestApp::with_config(OFTEN);
    for (number, (nth, fault)) in [(0, FAULTS[0]), (2, FAULTS[0]), (2, FAULTS[1])].into_iter().enumerate() {
        let (email, person) = new_user(&app, number).await;
        ask(&app, &person, "EXPORT").await;
        let begun = app.shelf.begun_uploads();
        app.shelf.fail(nth, fault);
        let record = app.stream_records("job").pop().unwrap();
        assert!(app.invoke_exporter(json!({ "Records": [record] })).await.is_empty(), "{fault:?} at {nth}");
        assert_eq!(app.shelf.begun_uploads(), begun + 1, "{fault:?} at {nth}: it was not packed anew");
        app.run_workers().await;
        is_exported(&app, &email, &person, &format!("{fault:?} at {nth}")).await;
    }
}

#[tokio::test]
async fn an_export_that_never_succeeds_is_given_up_and_can_be_asked_for_again() {
    let app = TestApp::with_config(OFTEN);
    let (email, person) = new_user(&app, 1).await;
    let request = ask(&app, &person, "EXPORT").await;
    // What can be read by nobody can be told to nobody.
    let consent = &items(&app, "Consent")[0];
    app.engine.remove_attribute(consent["pk"]["S"].as_str().unwrap(), consent["sk"]["S"].as_str().unwrap(), "at");
    for _ in 0..4 {
        app.run_workers().await;
        app.advance(SignedDuration::from_mins(6));
        app.redrive_outbox().await;
    }
    app.run_workers().await;
    let person = Person::of(app.refresh(&person.refresh).await.success());
    let path = format!("/api/auth/data-requests/{}", request["id"].as_str().unwrap());
    let failed = person.calling(&app).get(&path).await.success();
    assert_eq!(
        (&failed["status"], &failed["outcome"]),
        (&json!("FAILED"), &json!("Processing failed: please ask again"))
    );
    assert_eq!(app.counted("DataRequestFailed"), 1);
    assert_eq!((app.shelf.open_uploads(), app.shelf.versions().len(), mails(&app, &email, "ready")), (0, 0, 0));
    let shown = json!({ "password": latchkey_tests::PASSWORD });
    assert_eq!(person.calling(&app).post("/api/auth/step-up", shown).await.status, 204);
    ask(&app, &person, "EXPORT").await;
    app.leave_mail_unsent();
}

/// What a certificate says was removed, by kind.
fn removed(certificate: &Value) -> BTreeMap<String, Value> {
    certificate["removed"]["M"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(kind, count)| (kind.clone(), count["N"].clone()))
        .collect()
}

#[tokio::test]
async fn an_erasure_that_is_cut_off_at_any_step_ends_as_if_nothing_had_happened() {
    let begun = TestApp::with_config(OFTEN);
    let (email, person) = new_user(&begun, 1).await;
    ask(&begun, &person, "EXPORT").await;
    begun.run_workers().await;
    let mut expected: Option<BTreeMap<String, Value>> = None;
    for fault in [None, Some(Fault::Unreachable), Some(Fault::LostAnswer)] {
        for nth in 0.. {
            let app = begun.copy();
            let request = ask(&app, &person, "DELETE").await;
            let lines = items(&app, "AuditEvent").len();
            let untouched = match fault {
                Some(fault) => cut_off(&app, nth, fault).await,
                None => true,
            };
            go_on(&app).await;
            let when = format!("{fault:?} at {nth}");
            let kinds = app.engine.scan("MainTable");
            let left = kinds
                .iter()
                .filter(|item| !["AuditEvent", "ErasureCertificate"].contains(&item["entity"]["S"].as_str().unwrap()));
            assert_eq!(left.count(), 0, "{when}");
            let everything = everything(&app);
            let id = person.answer["user"]["id"].as_str().unwrap();
            assert!(!everything.contains(&email) && !everything.contains(id), "{when}");
            assert_eq!((app.shelf.versions().len(), app.shelf.open_uploads()), (0, 0), "{when}");
            assert_eq!(items(&app, "AuditEvent").len(), lines + 1, "{when}");
            assert_eq!(mails(&app, &email, "account is deleted"), 1, "{when}");
            let certificates = items(&app, "ErasureCertificate");
            let mine = certificates.iter().find(|one| one["request"]["S"] == request["id"]).unwrap();
            assert_eq!(&removed(mine), expected.get_or_insert_with(|| removed(mine)), "{when}");
            if untouched {
                assert!(fault.is_none() || nth > 20, "{nth} requests are too few for an erasure");
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_erasure_survives_a_bucket_that_fails_at_any_step() {
    let app = TestApp::with_config(OFTEN);
    for (number, (nth, fault)) in (0..2).flat_map(|nth| FAULTS.map(|fault| (nth, fault))).enumerate() {
        let (email, person) = new_user(&app, number).await;
        ask(&app, &person, "EXPORT").await;
        app.run_workers().await;
        ask(&app, &person, "DELETE").await;
        app.shelf.fail_for_good(nth, fault);
        app.run_workers().await;
        go_on(&app).await;
        assert_eq!((items(&app, "Account").len(), app.shelf.versions().len()), (0, 0), "{fault:?} at {nth}");
        assert_eq!(mails(&app, &email, "account is deleted"), 1, "{fault:?} at {nth}");
    }
}

#[tokio::test]
async fn of_two_exporters_at_one_job_one_goes_on() {
    let app = TestApp::with_config(OFTEN);
    let (email, person) = new_user(&app, 1).await;
    ask(&app, &person, "DELETE").await;
    let record = app.stream_records("job").remove(0);
    let event = json!({ "Records": [record] });
    tokio::join!(app.invoke_exporter(event.clone()), app.invoke_exporter(event.clone()), app.invoke_exporter(event));
    app.run_workers().await;
    assert_eq!(mails(&app, &email, "account is deleted"), 1);
    assert_eq!(items(&app, "ErasureCertificate").len(), 1);
}
