//! Deleting the own account, the requests that tell of it, and taking it back.

use futures_util::future::join_all;
use insta::assert_snapshot;
use jiff::SignedDuration;
use latchkey_tests::{Answer, Person, TestApp};
use serde_json::{Value, json};

use crate::names::{audited, items};

const ADA: &str = "ada@example.com";
const ME: &str = "/api/auth/me";
const REQUESTS: &str = "/api/auth/data-requests";

/// Asks for the deletion, and lets the mail go out.
async fn leave(app: &TestApp, person: &Person) -> Value {
    let answer = person.calling(app).delete(ME).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    app.run_workers().await;
    answer.json()
}

async fn sign_in(app: &TestApp) -> Person {
    Person::of(app.sign_in(ADA).await.success())
}

fn cancelling(request: &Value) -> String {
    format!("{REQUESTS}/{}", request["id"].as_str().unwrap())
}

/// Posts the form behind the newest mailed link.
async fn open_link(app: &TestApp) -> Answer {
    let link = app.link_to(ADA);
    let token = link.split_once("token=").unwrap().1;
    let answer = app.anon().post_form("/cancel-deletion", &format!("token={token}")).await;
    app.run_workers().await;
    answer
}

#[tokio::test]
async fn an_account_is_scheduled_and_all_its_sessions_end() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let phone = sign_in(&app).await;
    let request = leave(&app, &ada).await;
    assert_eq!((&request["request_type"], &request["status"]), (&json!("DELETE"), &json!("PENDING")));
    assert_eq!(request["scheduled_at"], json!(app.now().plus(SignedDuration::from_hours(14 * 24))));
    assert_eq!((&request["notes"], &request["created_at"]), (&Value::Null, &json!(app.now())));
    for person in [&ada, &phone] {
        assert_eq!(person.calling(&app).get(ME).await.summary(), "401 token_invalid");
        assert_eq!(app.refresh(&person.refresh).await.summary(), "401 token_invalid");
    }
    assert_eq!(audited(&app, "DATA_DELETE_REQUESTED"), [json!({ "request": request["id"] })]);
}

#[tokio::test]
async fn it_needs_a_password_that_was_shown_just_now() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_mins(6));
    let refused = ada.calling(&app).delete(ME).await;
    assert_eq!(refused.summary(), "403 step_up_required");
    assert_eq!(refused.json()["methods"], json!(["password"]));
    let shown = json!({ "password": latchkey_tests::PASSWORD });
    assert_eq!(ada.calling(&app).post("/api/auth/step-up", shown).await.status, 204);
    leave(&app, &ada).await;
    assert_eq!(app.anon().delete(ME).await.summary(), "401 token_missing");
}

#[tokio::test]
async fn until_then_a_session_can_look_and_take_it_back_and_nothing_else() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let request = leave(&app, &ada).await;
    let back = sign_in(&app).await;
    assert_eq!(back.answer["user"]["deletion_scheduled_at"], request["scheduled_at"]);
    let calling = back.calling(&app);
    let me = calling.get(ME).await.success();
    assert_eq!((&me["deletion_scheduled_at"], &me["login_count"]), (&request["scheduled_at"], &json!(2)));
    let listed = calling.get(REQUESTS).await.success();
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["next_cursor"]), (1, &Value::Null));
    assert_eq!(calling.get(&cancelling(&request)).await.success(), listed["items"][0]);
    for refused in [
        calling.delete(ME).await,
        calling.patch(ME, json!({ "name": "Ada King" })).await,
        calling.get("/api/auth/profile").await,
        calling.get("/api/auth/sessions").await,
        calling.post("/api/auth/step-up", json!({ "password": latchkey_tests::PASSWORD })).await,
        calling.get(&format!("/api/users/{}", me["id"].as_str().unwrap())).await,
    ] {
        assert_eq!(refused.summary(), "403 deletion_pending");
    }
    let later = Person::of(app.refresh(&back.refresh).await.success());
    assert_eq!(later.calling(&app).get("/api/auth/profile").await.summary(), "403 deletion_pending");
    assert_eq!(later.calling(&app).post("/api/auth/logout", json!({})).await.status, 204, "whoever comes may go");
}

#[tokio::test]
async fn taken_back_the_account_is_at_once_what_it_was() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    ada.calling(&app).patch(ME, json!({ "username": "ada" })).await.success();
    ada.calling(&app).patch("/api/auth/profile", json!({ "phone": "+491701234567" })).await.success();
    let before = ada.calling(&app).get(ME).await.success();
    let request = leave(&app, &ada).await;
    let back = sign_in(&app).await;
    app.advance(SignedDuration::from_mins(1));
    assert_eq!(back.calling(&app).delete(&cancelling(&request)).await.status, 204);
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme account stays");
    let mut after = back.calling(&app).get(ME).await.success();
    assert_eq!(after["deletion_scheduled_at"], Value::Null);
    for changed in ["login_count", "last_login_at"] {
        after[changed] = before[changed].clone();
    }
    assert_eq!(after, before);
    assert_eq!(back.calling(&app).get("/api/auth/profile").await.success()["phone"], "+491701234567");
    let request = back.calling(&app).get(&cancelling(&request)).await.success();
    assert_eq!((&request["status"], &request["updated_at"]), (&json!("CANCELLED"), &json!(app.now())));
    assert_eq!(audited(&app, "DATA_DELETE_CANCELLED"), [json!({ "request": request["id"], "by": "session" })]);
    assert!(!json!(items(&app, "Account")).to_string().contains("deletion"));
}

#[tokio::test]
async fn a_deletion_is_cancelled_once() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let request = leave(&app, &ada).await;
    let back = sign_in(&app).await;
    assert_eq!(back.calling(&app).delete(&cancelling(&request)).await.status, 204);
    app.run_workers().await;
    assert_eq!(back.calling(&app).delete(&cancelling(&request)).await.summary(), "409 not_cancellable");
    let next = leave(&app, &back).await;
    assert_ne!(next["id"], request["id"]);
    let again = sign_in(&app).await;
    assert_eq!(again.calling(&app).delete(&cancelling(&request)).await.summary(), "409 not_cancellable");
    assert_eq!(again.calling(&app).get("/api/auth/profile").await.summary(), "403 deletion_pending");
}

#[tokio::test]
async fn the_mailed_link_cancels_once_and_signs_nobody_in() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    leave(&app, &ada).await;
    let thief = sign_in(&app).await;
    let link = app.link_to(ADA);
    let page = app.anon().get(&link).await;
    assert!(page.text.contains("<form method=\"post\" action=\"/cancel-deletion\">"), "{}", page.text);
    let done = open_link(&app).await;
    assert_eq!((done.status.as_u16(), done.header("set-cookie")), (303, ""), "{}", done.text);
    assert_eq!(thief.calling(&app).get(ME).await.summary(), "401 token_invalid", "what began meanwhile has ended");
    let token = link.split_once("token=").unwrap().1;
    let again = app.anon().post_form("/cancel-deletion", &format!("token={token}")).await;
    assert!(again.status == 400 && again.text.contains("not valid any more"), "{}", again.text);
    let back = sign_in(&app).await;
    assert_eq!(back.calling(&app).get("/api/auth/profile").await.status, 200);
    let by = audited(&app, "DATA_DELETE_CANCELLED");
    assert_eq!(by[0]["by"], "link");
}

#[tokio::test]
async fn when_the_grace_is_over_there_is_nobody() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let request = leave(&app, &ada).await;
    app.advance(SignedDuration::from_hours(14 * 24 - 1));
    let back = sign_in(&app).await;
    assert_eq!(back.calling(&app).get(ME).await.status, 200);
    let bea = Person::of(app.refresh(&bea.refresh).await.success());
    app.advance(SignedDuration::from_hours(1));
    for answer in [
        back.calling(&app).get(ME).await,
        back.calling(&app).delete(&cancelling(&request)).await,
        app.refresh(&back.refresh).await,
        app.anon().post("/api/auth/token/verify", json!({ "token": back.refresh })).await,
    ] {
        assert_eq!(answer.summary(), "401 token_invalid");
    }
    assert_eq!(app.sign_in(ADA).await.summary(), "401 invalid_credentials");
    assert_eq!(open_link(&app).await.status, 400);
    let bea = Person::of(app.refresh(&bea.refresh).await.success());
    let seen = bea.calling(&app).get(&format!("/api/users/{}", ada.answer["user"]["id"].as_str().unwrap())).await;
    assert_eq!(seen.summary(), "404 not_found");
    let waiting = items(&app, "DataRequest");
    assert_eq!((waiting.len(), &waiting[0]["status"]["S"]), (1, &json!("PENDING")), "it waits to be carried out");
}

#[tokio::test]
async fn without_a_grace_nothing_can_be_taken_back() {
    let (app, ada) = TestApp::with_config(&[("DELETION_GRACE_DAYS", "0")]).with_account(ADA).await;
    let request = leave(&app, &ada).await;
    assert_eq!(request["scheduled_at"], json!(app.now()));
    assert_eq!(app.sign_in(ADA).await.summary(), "401 invalid_credentials");
    let mails = app.inbox.mails(Some(ADA));
    let mail = mails.iter().find(|mail| mail.subject == "Your Acme account is being deleted").unwrap();
    assert!(!mail.text.contains("cancel-deletion") && !mail.html.contains("cancel-deletion"), "{}", mail.text);
}

#[tokio::test]
async fn nobody_sees_an_account_that_leaves_and_its_names_stay_its_own() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    ada.calling(&app).patch(ME, json!({ "username": "ada" })).await.success();
    ada.calling(&app).patch("/api/auth/profile", json!({ "phone": "+491701234567" })).await.success();
    let path = format!("/api/users/{}", ada.answer["user"]["id"].as_str().unwrap());
    assert_eq!(bea.calling(&app).get(&path).await.status, 200);
    leave(&app, &ada).await;
    assert_eq!(bea.calling(&app).get(&path).await.summary(), "404 not_found");
    let taken = bea.calling(&app).patch(ME, json!({ "username": "ada" })).await;
    assert_eq!(taken.summary(), "409 username_taken", "it could not be given back");
    let taken = bea.calling(&app).patch("/api/auth/profile", json!({ "phone": "+491701234567" })).await;
    assert_eq!(taken.summary(), "409 phone_taken");
    open_link(&app).await;
    assert_eq!(bea.calling(&app).get(&path).await.status, 200);
}

#[tokio::test]
async fn a_password_reset_takes_the_deletion_back_since_somebody_else_may_have_asked_for_it() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    leave(&app, &ada).await;
    let cancel = app.link_to(ADA);
    let thief = sign_in(&app).await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    app.reset_password(ADA, &app.code_to(ADA), "an entirely different passphrase").await.success();
    app.run_workers().await;
    assert_eq!(thief.calling(&app).get(ME).await.summary(), "401 token_invalid");
    let login = json!({ "login": ADA, "password": "an entirely different passphrase" });
    let owner = Person::of(app.anon().post("/api/auth/token", login).await.success());
    assert_eq!(owner.calling(&app).get("/api/auth/profile").await.status, 200);
    assert_eq!(owner.calling(&app).get(ME).await.success()["deletion_scheduled_at"], Value::Null);
    assert!(app.subjects_to(ADA).iter().any(|subject| subject == "Your Acme account stays"), "and is told");
    let form = format!("token={}", cancel.split_once("token=").unwrap().1);
    assert_eq!(app.anon().post_form("/cancel-deletion", &form).await.status, 400, "there is nothing left to cancel");
}

#[tokio::test]
async fn an_account_that_is_due_gets_no_new_password() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    leave(&app, &ada).await;
    app.advance(SignedDuration::from_hours(14 * 24) - SignedDuration::from_mins(5));
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    app.advance(SignedDuration::from_mins(5));
    let late = app.reset_password(ADA, &app.code_to(ADA), "an entirely different passphrase").await;
    assert_eq!(late.summary(), "400 code_invalid");
    let mails = app.subjects_to(ADA).len();
    assert_eq!(app.anon().post("/api/auth/password-reset", json!({ "email": ADA })).await.status, 202);
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), mails, "nobody is there to be written to");
}

#[tokio::test]
async fn requests_are_listed_newest_first_and_page_by_page() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let mut ada = app.new_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let mut made = Vec::new();
    for _ in 0..5 {
        app.advance(SignedDuration::from_secs(1));
        let request = leave(&app, &ada).await;
        ada = sign_in(&app).await;
        ada.calling(&app).delete(&cancelling(&request)).await;
        app.run_workers().await;
        made.insert(0, request["id"].clone());
    }
    let (mut seen, mut target) = (Vec::new(), format!("{REQUESTS}?limit=2"));
    loop {
        let page = ada.calling(&app).get(&target).await.success();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        target = format!("{REQUESTS}?limit=2&cursor={cursor}");
        let stolen = bea.calling(&app).get(&target).await;
        assert_eq!(stolen.details(), "422 validation_failed /cursor invalid");
    }
    assert_eq!(seen, made);
    assert_eq!(bea.calling(&app).get(REQUESTS).await.success()["items"], json!([]));
    assert_eq!(ada.calling(&app).get(&format!("{REQUESTS}?limit=0")).await.summary(), "422 validation_failed");
}

#[tokio::test]
async fn a_request_is_not_changed() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let put = ada.calling(&app).put(REQUESTS, json!({})).await;
    assert_eq!(
        (put.summary(), put.header("allow").to_owned()),
        ("405 method_not_allowed".into(), "GET,HEAD,POST".into())
    );
    let put = ada.calling(&app).put(&format!("{REQUESTS}/x"), json!({})).await;
    assert_eq!(put.header("allow"), "GET,HEAD,DELETE");
}

#[tokio::test]
async fn deletions_are_asked_for_at_most_five_times_a_day() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]);
    let mut ada = app.new_account(ADA).await;
    for _ in 0..5 {
        leave(&app, &ada).await;
        open_link(&app).await;
        ada = sign_in(&app).await;
    }
    assert_eq!(ada.calling(&app).delete(ME).await.summary(), "429 rate_limited");
    assert_eq!(ada.calling(&app).get("/api/auth/profile").await.status, 200, "nothing was scheduled");
}

#[tokio::test]
async fn of_two_requests_at_once_the_second_answers_with_the_first() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let caller = ada.calling(&app);
    let answers = join_all((0..5).map(|_| caller.delete(ME))).await;
    app.run_workers().await;
    let accepted: Vec<_> = answers.iter().filter(|answer| answer.status == 202).map(Answer::json).collect();
    assert!(!accepted.is_empty() && accepted.iter().all(|answer| *answer == accepted[0]), "{accepted:?}");
    let late = ["401 token_invalid", "403 deletion_pending"];
    assert!(answers.iter().all(|answer| answer.status == 202 || late.contains(&answer.summary().as_str())));
    assert_eq!(items(&app, "DataRequest").len(), 1);
    assert_eq!(app.subjects_to(ADA).iter().filter(|subject| subject.contains("will be deleted")).count(), 1);
}

#[tokio::test]
async fn the_mail_that_announces_it() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    leave(&app, &ada).await;
    let mail = app.mail_to(ADA);
    let text = format!("{}\n\n{}", mail.subject, mail.text).replace(&app.link_to(ADA), "/LINK");
    assert_snapshot!(text, @r"
    Your Acme account will be deleted

    Hello Ada Lovelace,

    we were asked to delete your account and everything in it:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    Nobody can see it any more, and all your devices are signed out. It will be deleted for good on 16 March 2026, 09:30 UTC.

    If you change your mind, open this page before then:

    https://id.example.com/LINK

    Or sign in as usual and cancel the deletion there.

    If it was not you who asked, open the page as well, and then change your password: somebody else may know it.

    Acme
    ");
}

#[tokio::test]
async fn the_mail_that_it_was_taken_back() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    leave(&app, &ada).await;
    open_link(&app).await;
    let mail = app.mail_to(ADA);
    assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @r"
    Your Acme account stays

    Hello Ada Lovelace,

    the deletion of your account was cancelled:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    Everything is as it was before, and you can sign in as usual.

    If you did not ask to delete your account in the first place, change your password now: somebody else may know it.

    Acme
    ");
}
