//! Taking an account over, or keeping its owner out, with several of the product's ways in a row.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_identity::accounts::AccountId;
use latchkey_tests::{Answer, NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const THIEF: &str = "thief@example.net";
const ME: &str = "/api/auth/me";

fn account(app: &TestApp) -> Value {
    app.engine.scan("MainTable").into_iter().find(|item| item["entity"]["S"] == "Account").unwrap()
}

fn query(link: &str) -> String {
    link.split_once('?').unwrap().1.to_owned()
}

async fn sign_in_with(app: &TestApp, login: &str, password: &str) -> Answer {
    let answer = app.anon().post("/api/auth/token", json!({ "login": login, "password": password })).await;
    app.run_workers().await;
    answer
}

#[tokio::test]
async fn changing_the_address_and_then_deleting_the_account_so_that_its_owner_is_not_told() {
    let (app, thief) = TestApp::new().with_account(ADA).await;
    app.change_email(&thief, THIEF).await;
    let undo = app.undo_link_to(ADA);
    thief.calling(&app).delete(ME).await.text_of("id");
    app.run_workers().await;
    let cancel = query(&app.link_to(THIEF));

    assert_eq!(app.undo_email_change(&undo).await.status, 303);
    app.run_workers().await;
    assert_eq!(sign_in_with(&app, THIEF, PASSWORD).await.summary(), "401 invalid_credentials");
    assert_eq!(app.reset_by_link(ADA, NEW_PASSWORD).await.status, 303);
    app.run_workers().await;
    let owner = Person::of(sign_in_with(&app, ADA, NEW_PASSWORD).await.success());
    assert_eq!(owner.calling(&app).get("/api/auth/profile").await.status, 200, "undoing took the deletion back");
    assert_eq!(app.anon().post_form("/cancel-deletion", &cancel).await.status, 400, "nothing is left to the thief");
    assert_eq!(owner.calling(&app).get(ME).await.status, 200);
}

#[tokio::test]
async fn undoing_a_change_of_an_account_whose_deletion_is_due() {
    let app = TestApp::with_config(&[("DELETION_GRACE_DAYS", "3")]);
    let ada = app.new_account(ADA).await;
    app.change_email(&ada, "ada@example.org").await;
    let undo = app.undo_link_to(ADA);
    ada.calling(&app).delete(ME).await.success();
    app.run_workers().await;
    app.advance(SignedDuration::from_hours(3 * 24));
    let (before, mails) = (account(&app), app.inbox.mails(None).len());
    assert_eq!(app.undo_email_change(&undo).await.status, 400);
    app.run_workers().await;
    assert_eq!((account(&app), app.inbox.mails(None).len()), (before, mails), "it is as good as erased");
}

#[tokio::test]
async fn undoing_a_change_while_the_account_is_deleted() {
    for _ in 0..8 {
        let (app, ada) = TestApp::with_config(&[("DELETION_GRACE_DAYS", "0")]).with_account(ADA).await;
        app.change_email(&ada, THIEF).await;
        let (undo, calling) = (app.undo_link_to(ADA), ada.calling(&app));
        let (undone, deleted) = tokio::join!(app.undo_email_change(&undo), calling.delete(ME));
        app.run_workers().await;
        assert!(!(undone.status == 303 && deleted.status == 202), "one of them ends what the other builds on");
    }
}

#[tokio::test]
async fn asking_for_codes_without_end_so_that_the_owner_gets_none() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    let ask = async |network: u32| {
        let caller = app.anon().from(&format!("198.51.{network}.1"));
        assert_eq!(caller.post("/api/auth/password-reset", json!({ "email": ADA })).await.status, 202);
        app.run_workers().await;
    };
    let mails = || app.inbox.mails(Some(ADA)).len();
    // Twelve networks, a little more than what the mail address is allowed in an hour, and they never stop.
    let mut hours = Vec::new();
    for _ in 0..26 {
        let hour = mails();
        for network in 1..=12 {
            ask(network).await;
            app.advance(SignedDuration::from_mins(5));
        }
        hours.push(mails() - hour);
    }
    assert!(hours.iter().all(|mailed| *mailed <= 10), "{hours:?}");
    assert!(hours.iter().take(24).sum::<usize>() <= 20, "in a day: {hours:?}");
    // The last link is good for as long as no other one is mailed.
    assert_eq!(app.reset_by_link(ADA, NEW_PASSWORD).await.status, 303, "{hours:?}");
    app.run_workers().await;
}

#[tokio::test]
async fn two_hundred_requests_at_once_for_one_mail_address() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    let before = app.inbox.mails(Some(ADA)).len();
    let ask = async |network: u32| {
        let caller = app.anon().from(&format!("198.51.100.{network}"));
        caller.post("/api/auth/password-reset", json!({ "email": ADA })).await
    };
    let answers = join_all((0..200).map(ask)).await;
    assert!(answers.iter().all(|answer| answer.status == 202));
    app.run_workers().await;
    assert!(app.inbox.mails(Some(ADA)).len() - before <= 10);
}

#[tokio::test]
async fn learning_from_a_pages_link_whether_an_account_exists() {
    let (app, ada) = TestApp::with_config(&[("RATE_CONFIRM", "1000/hour")]).with_account(ADA).await;
    app.change_email(&ada, "ada@example.org").await;
    app.ask_for_reset("ada@example.org").await.success();
    ada.calling(&app).delete(ME).await.success();
    app.run_workers().await;
    let id: AccountId = ada.id().parse().unwrap();
    let token = |prefix: &str, id: [u8; 16], ids: usize| {
        let bytes = [id.repeat(ids), vec![7; 32]].concat();
        format!("token={prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
    };
    for (page, prefix, ids, rest) in [
        ("/cancel-deletion", "lkd_", 1, ""),
        ("/undo-email-change", "lku_", 1, ""),
        ("/reset-password", "lkp_", 1, "&new_password=purple+otters+juggle+nightly"),
        ("/confirm-email", "lkc_", 1, "&password=purple+otters+juggle+nightly"),
        ("/end-session", "lke_", 2, ""),
    ] {
        let mut traces = Vec::new();
        for id in [*id.as_bytes(), [9; 16]] {
            app.engine.take_calls();
            let hashes = app.hashes();
            let answer = app.anon().post_form(page, &format!("{}{rest}", token(prefix, id, ids))).await;
            let calls = app.engine.take_calls().into_iter().map(|call| (call.operation, call.items, call.consistent));
            let mut calls: Vec<_> = calls.collect();
            calls.sort_unstable();
            let headers: Vec<_> = answer
                .headers
                .iter()
                .filter(|(name, _)| !["x-request-id", "ratelimit"].contains(&name.as_str()))
                .collect();
            traces.push(format!("{} {headers:?} {calls:?} {} {}", answer.status, app.hashes() - hashes, answer.text));
        }
        assert!(traces[0].starts_with("400"), "{page}: {}", traces[0]);
        assert_eq!(traces[0], traces[1], "{page}");
    }
}

#[tokio::test]
async fn registering_a_held_address_and_asking_for_its_password() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.change_email(&ada, "ada@example.org").await;
    app.register(ADA).await.success();
    app.run_workers().await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert!(!mail.text.contains("/confirm-email"), "a link that cannot work: {}", mail.subject);
}

#[tokio::test]
async fn signing_in_again_from_a_device_at_the_moment_it_is_disowned() {
    let (mut ended_at_once, mut signed_in_again) = (0, 0);
    for _ in 0..12 {
        let (app, _ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
        let thief = Person::of(app.sign_in_elsewhere(ADA).await.success());
        app.run_workers().await;
        let form = query(&app.end_link_to(ADA));
        let told = app.subjects_to(ADA).len();
        let body = json!({ "login": ADA, "password": PASSWORD, "device_token": thief.answer["device_token"] });
        let (anon, again) = (app.anon(), app.anon());
        let (ended, answers) = tokio::join!(
            anon.post_form("/end-session", &form),
            join_all((0..4).map(|_| again.post("/api/auth/token", body.clone())))
        );
        app.run_workers().await;
        assert!([303, 503].contains(&ended.status.as_u16()), "{}", ended.text);
        if ended.status == 503 {
            continue;
        }
        ended_at_once += 1;
        let mut alive = 0;
        for answer in answers.into_iter().filter(|answer| answer.status == 200) {
            signed_in_again += 1;
            let session = Person::of(answer.json());
            alive += usize::from(session.calling(&app).get(ME).await.status == 200);
        }
        assert_eq!(alive, app.subjects_to(ADA).len() - told, "whoever is still in was told of");
    }
    assert!(
        ended_at_once > 0 && signed_in_again > 0,
        "{ended_at_once} links ended it, {signed_in_again} signed in again"
    );
}
