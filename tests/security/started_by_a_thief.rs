//! What somebody began in a stolen session goes on after its owner has taken the account back: exports, deletions, codes.

use jiff::SignedDuration;
use latchkey_tests::{NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const THIEF: &str = "thief@example.net";
const REQUESTS: &str = "/api/auth/data-requests";
const MANY: &[(&str, &str)] = &[("RATE_FACTOR", "100")];

/// How an owner takes the account back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Undo,
    ResetCode,
    ResetLink,
    EndLink,
}

const ALL: [By; 4] = [By::Undo, By::ResetCode, By::ResetLink, By::EndLink];

/// A thief who knows the password and has signed in; where the owner goes by the link of a change, the thief has changed
/// the address.
async fn stolen(by: By) -> (TestApp, Person, String) {
    let (app, _ada) = TestApp::with_config(MANY).with_account(ADA).await;
    app.advance(SignedDuration::from_mins(1));
    let thief = Person::of(app.sign_in_elsewhere(ADA).await.success());
    app.run_workers().await;
    if by == By::Undo {
        app.change_email(&thief, THIEF).await;
        return (app, thief, THIEF.to_owned());
    }
    (app, thief, ADA.to_owned())
}

/// The owner takes the account back.
async fn take_back(app: &TestApp, by: By) {
    app.advance(SignedDuration::from_mins(1));
    match by {
        By::Undo => assert_eq!(app.undo_email_change(&app.undo_link_to(ADA)).await.status, 303),
        By::EndLink => {
            let form = app.end_link_to(ADA).split_once('?').unwrap().1.to_owned();
            assert_eq!(app.anon().post_form("/end-session", &form).await.status, 303);
        }
        By::ResetCode | By::ResetLink => {
            app.ask_for_reset(ADA).await.success();
            app.run_workers().await;
            if by == By::ResetCode {
                let answer = app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await;
                assert!(answer.status.is_success(), "{}", answer.text);
            } else {
                let token = app.link_to(ADA).split_once("token=").unwrap().1.to_owned();
                let form = format!("token={token}&new_password=purple+otters+juggle+nightly");
                let answer = app.anon().post_form("/reset-password", &form).await;
                assert!(answer.status.is_success() || answer.status.is_redirection(), "{}", answer.text);
            }
        }
    }
    app.run_workers().await;
}

fn account(app: &TestApp) -> Value {
    app.engine.scan("MainTable").into_iter().find(|item| item["entity"]["S"] == "Account").unwrap()
}

fn status_of_the_request(app: &TestApp) -> String {
    let items = app.engine.scan("MainTable");
    let request = items.iter().find(|item| item["entity"]["S"] == "DataRequest").unwrap();
    request["status"]["S"].as_str().unwrap().to_owned()
}

async fn ask_for_export(app: &TestApp, person: &Person) {
    let answer = person.calling(app).post(REQUESTS, json!({ "request_type": "EXPORT" })).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
}

#[tokio::test]
async fn an_export_that_is_ready() {
    for by in ALL {
        let (app, thief, mailbox) = stolen(by).await;
        ask_for_export(&app, &thief).await;
        app.run_workers().await;
        let link = app.link_to(&mailbox);
        assert_eq!(app.anon().get(&link).await.status, 303, "{by:?}");
        take_back(&app, by).await;
        assert_eq!(app.anon().get(&link).await.summary(), "404 not_found", "{by:?}");
    }
}

#[tokio::test]
async fn an_export_that_is_not_ready_yet() {
    for by in ALL {
        let (app, thief, mailbox) = stolen(by).await;
        ask_for_export(&app, &thief).await;
        // Nothing is packed before the owner acts.
        app.forget_stream();
        take_back(&app, by).await;
        app.advance(SignedDuration::from_mins(6));
        app.redrive_outbox().await;
        app.run_workers().await;
        for address in [ADA, &mailbox] {
            let subjects = app.subjects_to(address);
            assert!(!subjects.iter().any(|subject| subject.contains("export")), "{by:?}: {subjects:?}");
        }
        assert_eq!(status_of_the_request(&app), "CANCELLED", "{by:?}");
        assert!(app.shelf.versions().is_empty(), "{by:?}: no file is left");
    }
}

#[tokio::test]
async fn an_export_that_its_owner_asks_for_afterwards_is_the_owners() {
    for by in ALL {
        let (app, thief, _) = stolen(by).await;
        ask_for_export(&app, &thief).await;
        app.run_workers().await;
        take_back(&app, by).await;
        if by == By::Undo {
            assert_eq!(app.reset_by_link(ADA, NEW_PASSWORD).await.status, 303);
            app.run_workers().await;
        }
        let password = if by == By::EndLink { PASSWORD } else { NEW_PASSWORD };
        let body = json!({ "login": ADA, "password": password });
        let owner = Person::of(app.anon().post("/api/auth/token", body).await.success());
        ask_for_export(&app, &owner).await;
        app.run_workers().await;
        assert_eq!(app.anon().get(&app.link_to(ADA)).await.status, 303, "{by:?}");
    }
}

#[tokio::test]
async fn a_deletion() {
    for by in ALL {
        let (app, thief, mailbox) = stolen(by).await;
        assert_eq!(thief.calling(&app).delete("/api/auth/me").await.status, 202, "{by:?}");
        app.run_workers().await;
        take_back(&app, by).await;
        assert!(account(&app)["deletion_request"]["S"].is_null(), "{by:?}");
        assert_eq!(status_of_the_request(&app), "CANCELLED", "{by:?}");
        let told = if by == By::Undo { ADA } else { &mailbox };
        assert!(app.subjects_to(told).iter().any(|subject| subject == "Your Acme account stays"), "{by:?}");
        let events = app.engine.scan("MainTable");
        let events: Vec<_> = events.iter().filter(|item| item["event"]["S"] == "DATA_DELETE_CANCELLED").collect();
        assert_eq!(events.len(), 1, "{by:?}");
        app.advance(SignedDuration::from_hours(40 * 24));
        app.redrive_outbox().await;
        app.run_workers().await;
        assert_eq!(account(&app)["email"]["M"]["original"]["S"], ADA, "{by:?}: nothing is erased");
    }
}

#[tokio::test]
async fn a_deletion_that_was_asked_for_before_the_thief_came_stays() {
    let (app, ada) = TestApp::with_config(MANY).with_account(ADA).await;
    ada.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    app.advance(SignedDuration::from_mins(1));
    app.sign_in_elsewhere(ADA).await.success();
    app.run_workers().await;
    take_back(&app, By::EndLink).await;
    assert!(account(&app)["deletion_request"]["S"].is_string(), "its owner asked for it");
}

#[tokio::test]
async fn a_code_for_another_address() {
    for by in [By::EndLink, By::ResetCode, By::ResetLink] {
        let (app, thief, _) = stolen(by).await;
        // A second session of the thief, on a device that the link does not end.
        app.advance(SignedDuration::from_mins(1));
        let link = app.end_link_to(ADA);
        let other = Person::of(app.sign_in_elsewhere(ADA).await.success());
        app.ask_for_email(&thief, THIEF).await.success();
        app.run_workers().await;
        if by == By::EndLink {
            let form = link.split_once('?').unwrap().1.to_owned();
            assert_eq!(app.anon().post_form("/end-session", &form).await.status, 303);
        } else {
            take_back(&app, by).await;
        }
        let confirmed = app.confirm_email(&other, &app.code_to(THIEF)).await.summary();
        assert!(["400 code_invalid", "401 token_invalid"].contains(&confirmed.as_str()), "{by:?}: {confirmed}");
        assert_eq!(account(&app)["email"]["M"]["original"]["S"], ADA);
    }
}

#[tokio::test]
async fn an_export_or_a_deletion_of_which_the_old_mailbox_hears_while_the_change_can_be_undone() {
    let (app, thief, _) = stolen(By::Undo).await;
    ask_for_export(&app, &thief).await;
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert_eq!(mail.subject, "All data of your Acme account was exported");
    assert!(!mail.text.contains("data-export") && !mail.html.contains("data-export"), "no link to the data");
    assert!(mail.text.contains("9 March 2026"), "until when the change can be undone: {}", mail.text);
    assert!(app.link_to(THIEF).contains("data-export"), "its link goes to the present address");

    assert_eq!(thief.calling(&app).delete("/api/auth/me").await.status, 202);
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert_eq!(mail.subject, "Your Acme account is to be deleted");
    assert!(!mail.text.contains("cancel-deletion"), "{}", mail.text);
}

#[tokio::test]
async fn an_export_of_which_no_old_mailbox_hears_once_the_change_is_settled() {
    let (app, ada) = TestApp::with_config(MANY).with_account(ADA).await;
    app.change_email(&ada, "ada@example.org").await;
    app.advance(SignedDuration::from_hours(7 * 24));
    let told = app.subjects_to(ADA).len();
    let body = json!({ "login": "ada@example.org", "password": PASSWORD });
    let ada = Person::of(app.anon().post("/api/auth/token", body).await.success());
    ask_for_export(&app, &ada).await;
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), told);
}
