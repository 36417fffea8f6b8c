//! Attacks on what makes a device known, and on the link that ends a session.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

async fn mails_of(app: &TestApp, login: &str, device_token: &Value) -> usize {
    let before = app.subjects_to(login).len();
    let body = json!({ "login": login, "password": PASSWORD, "device_token": device_token });
    app.anon().post("/api/auth/token", body).await.success();
    app.run_workers().await;
    app.subjects_to(login).len() - before
}

#[tokio::test]
async fn a_device_token_that_is_forged_or_of_another_kind() {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    let token = ada.answer["device_token"].as_str().unwrap();
    let flipped = format!("{}{}", &token[..token.len() - 2], if token.ends_with("AA") { "BB" } else { "AA" });
    let other_session = format!("lkv_{}{}", "A".repeat(21), &token[25..]);
    for forged in
        ["", "x", "lkv_", "lkv_AAAA", &flipped, &other_session, &ada.refresh, &ada.access, &"A".repeat(60_000)]
    {
        assert_eq!(mails_of(&app, ADA, &json!(forged)).await, 1, "{}", &forged[..forged.len().min(40)]);
    }
    let typed = json!({ "login": ADA, "password": PASSWORD, "device_token": 7 });
    assert_eq!(app.anon().post("/api/auth/token", typed).await.summary(), "422 invalid_body");
}

#[tokio::test]
async fn somebody_elses_device_token() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    assert_eq!(mails_of(&app, "bea@example.com", &ada.answer["device_token"]).await, 1);
    assert_eq!(mails_of(&app, "bea@example.com", &bea.answer["device_token"]).await, 0);
}

#[tokio::test]
async fn the_tokens_of_a_device_are_kept_as_digests_only() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.sign_in_elsewhere(ADA).await.success();
    app.run_workers().await;
    let stored = serde_json::to_string(&app.engine.scan("MainTable")).unwrap();
    let link = app.end_link_to(ADA).split_once("token=").unwrap().1.to_owned();
    for secret in [ada.answer["device_token"].as_str().unwrap(), &link] {
        assert!(!stored.contains(secret) && !stored.contains(&secret[secret.len() - 40..]));
    }
}

#[tokio::test]
async fn learning_from_a_sign_in_with_a_device_token_whether_an_address_has_an_account() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let mut traces = Vec::new();
    for login in [ADA, "nobody@example.com"] {
        app.engine.take_calls();
        let body = json!({ "login": login, "password": "wrong", "device_token": ada.answer["device_token"] });
        let answer = app.anon().post("/api/auth/token", body).await;
        let calls = app.engine.take_calls().into_iter().map(|call| (call.operation, call.items, call.consistent));
        traces.push((answer.summary(), calls.collect::<Vec<_>>()));
    }
    for (_, calls) in &mut traces {
        calls.sort_unstable();
    }
    assert_eq!(traces[0], traces[1]);
}

#[tokio::test]
async fn a_link_whose_secret_or_whose_session_was_changed() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let first = Person::of(app.sign_in_elsewhere(ADA).await.success());
    app.run_workers().await;
    let link = app.end_link_to(ADA).split_once("token=").unwrap().1.to_owned();
    let digits = link.strip_prefix("lke_").unwrap();
    for place in [0, 10, 21, 30, 43, 60, 80] {
        let other = if digits.as_bytes()[place] == b'A' { "B" } else { "A" };
        let forged = format!("lke_{}{other}{}", &digits[..place], &digits[place + 1..]);
        assert_eq!(app.anon().post_form("/end-session", &format!("token={forged}")).await.status, 400, "{place}");
    }
    assert_eq!(first.calling(&app).get("/api/auth/me").await.status, 200);
    assert_eq!(bea.calling(&app).get("/api/auth/me").await.status, 200);
}

#[tokio::test]
async fn a_thief_who_signs_out_or_refreshes_while_the_owner_ends_the_session() {
    let mut dodges = [0; 2];
    for round in 0..100 {
        if round >= 6 && dodges.iter().all(|came_through| *came_through > 0) {
            break;
        }
        let (app, _ada) = TestApp::new().with_account(ADA).await;
        let thief = Person::of(app.sign_in_elsewhere(ADA).await.success());
        app.run_workers().await;
        let form = app.end_link_to(ADA).split_once('?').unwrap().1.to_owned();
        let (anon, calling) = (app.anon(), thief.calling(&app));
        let attempt = async {
            match round % 2 {
                0 => calling.post("/api/auth/logout", json!({})).await,
                _ => app.refresh(&thief.refresh).await,
            }
        };
        let (ended, answer) = tokio::join!(anon.post_form("/end-session", &form), attempt);
        assert_eq!(ended.status, 303, "{}", ended.text);
        dodges[round % 2] += usize::from(answer.status.is_success());
        if answer.status == 200 {
            let next = Person::of(answer.json());
            assert_eq!(next.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
        }
        assert_eq!(thief.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
        assert_eq!(mails_of(&app, ADA, &thief.answer["device_token"]).await, 1);
    }
    assert!(dodges.iter().all(|came_through| *came_through > 0), "none came through before the link: {dodges:?}");
}

#[tokio::test]
async fn a_thief_who_leaves_a_second_session_behind_and_removes_the_first() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let first = Person::of(app.sign_in_elsewhere(ADA).await.success());
    app.run_workers().await;
    let form = app.end_link_to(ADA).split_once('?').unwrap().1.to_owned();
    app.advance(SignedDuration::from_secs(1));
    let body = json!({ "login": ADA, "password": PASSWORD, "device_token": first.answer["device_token"] });
    let second = Person::of(app.anon().post("/api/auth/token", body).await.success());
    first.calling(&app).post("/api/auth/logout", json!({ "remember_session": false })).await.success();
    let listed = ada.calling(&app).get("/api/auth/sessions").await.success();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "the first is gone from the list: {listed}");
    assert_eq!(app.anon().post_form("/end-session", &form).await.status, 303);
    assert_eq!(second.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
}

#[tokio::test]
async fn a_link_opened_long_after_the_session_has_ended_by_itself() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let thief = Person::of(app.sign_in_elsewhere(ADA).await.success());
    app.run_workers().await;
    let form = app.end_link_to(ADA).split_once('?').unwrap().1.to_owned();
    app.advance(SignedDuration::from_hours(24 * 100));
    assert_eq!(app.anon().post_form("/end-session", &form).await.status, 303);
    assert_eq!(mails_of(&app, ADA, &thief.answer["device_token"]).await, 1, "its device is forgotten all the same");
}

#[tokio::test]
async fn a_store_that_fails_while_the_link_is_spent_leaves_it_good() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let thief = Person::of(app.sign_in_elsewhere(ADA).await.success());
    app.run_workers().await;
    let form = app.end_link_to(ADA).split_once('?').unwrap().1.to_owned();
    for operation in ["BatchGetItem", "TransactWriteItems"] {
        for place in 0..3 {
            app.engine.fail(operation, place, latchkey_tests::Fault::Throttled);
        }
        let failed = app.anon().post_form("/end-session", &form).await;
        assert_eq!(failed.status, 503, "{operation}: {}", failed.text);
        app.engine.heal();
        assert_eq!(thief.calling(&app).get("/api/auth/me").await.status, 200, "{operation}");
    }
    assert_eq!(app.anon().post_form("/end-session", &form).await.status, 303);
}

#[tokio::test]
async fn eight_sign_ins_with_one_device_token_at_once() {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    let body = json!({ "login": ADA, "password": PASSWORD, "device_token": ada.answer["device_token"] });
    let caller = app.anon();
    let answers = join_all((0..8).map(|_| caller.post("/api/auth/token", body.clone()))).await;
    assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status.as_u16())));
    assert!(answers.iter().any(|answer| answer.status == 200), "one of them at least is served");
    assert_eq!(app.waiting_mail(), 0, "a known device is known to all of them");
}
