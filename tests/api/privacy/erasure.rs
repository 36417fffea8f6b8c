//! Erasing a person: nothing is left but what the design names, and the address is anybody's.

use jiff::SignedDuration;
use latchkey_tests::{CLIENT_ID, PASSWORD, Person, TestApp, ada_at_google};
use serde_json::{Value, json};

use super::{ADA, ask, days, everything, export};
use crate::names::items;

const NOW: &[(&str, &str)] = &[("DELETION_GRACE_DAYS", "0"), ("RATE_FACTOR", "100"), ("EMAIL_CODE_SIGN_IN", "on")];

/// Ada, with something in every domain that exists.
async fn well_known(app: &TestApp) -> Person {
    let ada = app.new_account(ADA).await;
    ada.calling(app).patch("/api/auth/me", json!({ "username": "ada_l" })).await.success();
    let profile = json!({ "phone": "+49 170 1234567", "bank_account": "DE02", "marketing_consent": true });
    ada.calling(app).patch("/api/auth/profile", profile).await.success();
    app.change_email(&ada, "ada@example.org").await;
    app.run_workers().await;
    let ada = Person::of(app.sign_in("ada@example.org").await.success());
    app.has_providers();
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    let connect = "/api/auth/social/accounts/google/connect";
    ada.calling(app).post(connect, json!({ "access_token": token })).await.success();
    let ada = Person::of(app.sign_in("ada@example.org").await.success());
    app.enrol_passkey(&ada).await;
    let passkey = &items(app, "Passkey")[0]["id"]["S"];
    assert!(!items(app, "PasskeyClaim").is_empty() && !items(app, "SocialClaim").is_empty() && passkey.is_string());
    let authenticator = app.enrol_totp(&ada).await;
    app.run_workers().await;
    app.anon().post("/api/auth/token", json!({ "login": "ada_l", "password": "wrong" })).await;
    app.anon().post("/api/auth/password-reset", json!({ "email": "ada@example.org" })).await;
    app.anon()
        .post("/api/auth/register", json!({ "email": "ada@example.org", "name": "Eve", "password": PASSWORD }))
        .await;
    app.run_workers().await;
    app.sign_in_with("ada@example.org", &authenticator).await
}

/// What must not be found any more: ids, addresses, names, numbers.
fn traces(app: &TestApp, ada: &Person) -> Vec<String> {
    let mut traces: Vec<String> =
        ["ada@example.com", "ada@example.org", "ada_l", "491701234567", "Ada Lovelace", "DE02"]
            .map(str::to_owned)
            .into();
    traces.push(ada.answer["user"]["id"].as_str().unwrap().to_owned());
    // MACs of the addresses and digests of tokens, as they stand in keys and attributes now.
    for item in app.engine.scan("EphemeralTable") {
        let pk = item["pk"]["S"].as_str().unwrap();
        if ["PENDING#", "RATE#mailbox#", "RATE#login#"].iter().any(|kind| pk.starts_with(kind)) {
            traces.push(pk.rsplit('#').next().unwrap().to_owned());
        }
    }
    for kind in ["Session", "Passkey", "SocialLink"] {
        traces.extend(items(app, kind).iter().map(|row| row["id"]["S"].as_str().unwrap().to_owned()));
    }
    traces
}

#[tokio::test]
async fn nothing_is_left_of_a_person_but_lines_that_name_nobody() {
    let app = TestApp::with_config(NOW);
    let ada = well_known(&app).await;
    ask(&app, &ada, "EXPORT").await;
    app.run_workers().await;
    let traces = traces(&app, &ada);
    assert!(traces.len() > 8 && traces.iter().all(|trace| everything(&app).contains(trace)), "{traces:?}");
    let lines = items(&app, "AuditEvent").len();

    let request = ask(&app, &ada, "DELETE").await;
    app.run_workers().await;
    let left = everything(&app);
    for trace in &traces {
        let rest = || app.engine.scan("EphemeralTable").into_iter().filter(|item| item.to_string().contains(trace));
        assert!(!left.contains(trace), "{trace} is still there: {:?}", rest().collect::<Vec<_>>());
    }
    assert!(!left.contains("203.0.113.9") || !json!(items(&app, "AuditEvent")).to_string().contains("203.0.113.9"));
    assert!(app.shelf.versions().is_empty() && app.shelf.open_uploads() == 0);
    let kinds: Vec<_> = app.engine.scan("MainTable").iter().map(|item| item["entity"]["S"].clone()).collect();
    let known = ["AuditEvent", "ErasureCertificate"];
    assert!(kinds.iter().all(|kind| known.contains(&kind.as_str().unwrap())), "{kinds:?}");

    let kept = items(&app, "AuditEvent");
    assert_eq!(kept.len(), lines + 2, "the request and the erasure itself are two more");
    let pseudonyms: std::collections::BTreeSet<_> = kept.iter().map(|row| row["account_id"]["S"].as_str()).collect();
    assert_eq!(pseudonyms.len(), 1);
    for row in &kept {
        for gone in ["address", "user_agent", "place", "request_id"] {
            assert!(row[gone].is_null(), "{gone} of {row}");
        }
        assert_eq!(row["extra"], json!({ "M": {} }));
    }
    let certificate = &items(&app, "ErasureCertificate")[0];
    assert_eq!(certificate["request"]["S"], request["id"]);
    let removed = &certificate["removed"]["M"];
    assert_eq!((&removed["Account"]["N"], &removed["EmailClaim"]["N"]), (&json!("1"), &json!("2")));
    assert_eq!(removed["AuditEvent"]["N"], (lines + 1).to_string());
    assert_eq!((&removed["DataExport"]["N"], &removed["DataRequest"]["N"]), (&json!("1"), &json!("2")));
}

#[tokio::test]
async fn the_last_mail_says_so_and_everybody_may_have_the_names() {
    let app = TestApp::with_config(NOW);
    let ada = well_known(&app).await;
    let request = ask(&app, &ada, "DELETE").await;
    app.run_workers().await;
    let mail = app.mail_to("ada@example.org");
    assert_eq!(mail.subject, "Your Acme account is deleted");
    assert!(mail.text.contains(request["id"].as_str().unwrap()), "{}", mail.text);
    assert_eq!(app.sign_in("ada@example.org").await.summary(), "401 invalid_credentials");

    for email in ["ada@example.org", ADA] {
        let anew = app.new_account(email).await;
        assert_ne!(anew.answer["user"]["id"], ada.answer["user"]["id"]);
        if email == ADA {
            anew.calling(&app).patch("/api/auth/me", json!({ "username": "ada_l" })).await.success();
            anew.calling(&app).patch("/api/auth/profile", json!({ "phone": "+49 170 1234567" })).await.success();
            let log = anew.calling(&app).get("/api/auth/security-log?limit=100").await.success();
            assert!(log["items"].as_array().unwrap().iter().all(|line| line["event"] != "ACCOUNT_DELETED"));
        }
    }
}

#[tokio::test]
async fn after_the_grace_the_schedule_has_it_carried_out_and_not_before() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    ask(&app, &ada, "DELETE").await;
    app.run_workers().await;
    app.advance(days(13));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert_eq!(items(&app, "Account").len(), 1, "it can still be taken back");
    app.advance(days(1) + SignedDuration::from_mins(5));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert!(items(&app, "Account").is_empty());
    assert_eq!(app.mail_to(ADA).subject, "Your Acme account is deleted");
    assert!(!app.metrics().contains("\"OutboxAge\":1209"), "a job is as old as it is overdue");
}

#[tokio::test]
async fn nobody_registers_with_the_address_before_it_is_free_and_anybody_after() {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    ask(&app, &ada, "DELETE").await;
    app.run_workers().await;
    let body = json!({ "email": ADA, "name": "Eve", "password": PASSWORD });
    // In the grace, and when it is over and nobody has erased anything yet.
    for wait in [days(1), days(13)] {
        app.advance(wait);
        let before = app.subjects_to(ADA).len();
        let token = app.anon().post("/api/auth/register", body.clone()).await.text_of("registration_token");
        app.run_workers().await;
        for code in ["00000000", "12345678"] {
            let guess = json!({ "registration_token": token, "code": code });
            assert_eq!(app.anon().post("/api/auth/verify-email", guess).await.summary(), "400 code_invalid");
        }
        assert!(app.subjects_to(ADA)[before..].iter().all(|subject| !subject.contains("Confirm")));
        assert_eq!(items(&app, "Account").len(), 1);
    }
    app.advance(SignedDuration::from_mins(6));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert!(items(&app, "Account").is_empty());
    let anew = app.new_account(ADA).await;
    assert_ne!(anew.answer["user"]["id"], ada.answer["user"]["id"]);
    assert_eq!(anew.calling(&app).get("/api/auth/data-requests").await.success()["items"], json!([]));
}

#[tokio::test]
async fn what_was_taken_back_is_not_carried_out() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let request = ask(&app, &ada, "DELETE").await;
    app.run_workers().await;
    let form = format!("token={}", app.link_to(ADA).split_once("token=").unwrap().1);
    assert_eq!(app.anon().post_form("/cancel-deletion", &form).await.status, 303);
    app.run_workers().await;
    app.advance(days(20));
    app.redrive_outbox().await;
    app.replay_stream();
    app.run_workers().await;
    let ada = Person::of(app.sign_in(ADA).await.success());
    let path = format!("/api/auth/data-requests/{}", request["id"].as_str().unwrap());
    assert_eq!(ada.calling(&app).get(&path).await.success()["status"], "CANCELLED");
    assert_eq!(items(&app, "Account").len(), 1);
}

#[tokio::test]
async fn others_keep_everything() {
    let app = TestApp::with_config(NOW);
    let ada = well_known(&app).await;
    let bea = app.new_account("bea@example.com").await;
    bea.calling(&app).patch("/api/auth/me", json!({ "username": "bea" })).await.success();
    let of_bea = |app: &TestApp| -> Vec<Value> {
        let id = bea.answer["user"]["id"].as_str().unwrap();
        let all = app.engine.scan("MainTable");
        all.into_iter().filter(|item| item.to_string().contains(id)).collect()
    };
    let before = of_bea(&app);
    ask(&app, &ada, "DELETE").await;
    app.run_workers().await;
    assert_eq!(of_bea(&app), before);
    assert_eq!(bea.calling(&app).get("/api/auth/me").await.success()["username"], "bea");
}

#[tokio::test]
async fn an_export_under_way_ends_with_its_person() {
    let app = TestApp::with_config(NOW);
    let ada = app.new_account(ADA).await;
    let other = app.new_account("bea@example.com").await;
    export(&app, &ada).await;
    // Both jobs wait for the same stream, in whichever order it brings them.
    ask(&app, &ada, "EXPORT").await;
    ask(&app, &ada, "DELETE").await;
    app.run_workers().await;
    app.advance(SignedDuration::from_mins(20));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert!(app.shelf.versions().is_empty() && app.shelf.open_uploads() == 0);
    assert!(items(&app, "OutboxItem").is_empty());
    assert_eq!(items(&app, "Account")[0]["id"]["S"], other.answer["user"]["id"]);
}

#[tokio::test]
async fn an_address_that_refuses_mail_gets_no_last_one_and_is_forgotten_too() {
    let app = TestApp::with_config(NOW);
    let ada = app.new_account(ADA).await;
    let event =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../events/feedback/bounce.json")).unwrap();
    let event = event.replace("gone@example.com", ADA);
    app.invoke_feedback(serde_json::from_str(&event).unwrap()).await;
    assert_eq!(items(&app, "MailSuppression").len(), 1);
    ask(&app, &ada, "DELETE").await;
    app.run_workers().await;
    assert_eq!((items(&app, "MailSuppression"), items(&app, "OutboxItem")), (vec![], vec![]));
    assert!(items(&app, "Account").is_empty());
    assert!(!app.subjects_to(ADA).iter().any(|subject| subject.contains("is deleted")));
    assert_eq!(items(&app, "ErasureCertificate")[0]["removed"]["M"]["MailSuppression"]["N"], "1");
}
