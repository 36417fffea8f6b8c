//! The links that lead to pages: while one is good its page shows a form, and afterwards it says so before anybody has
//! typed anything.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use jiff::SignedDuration;
use latchkey_identity::accounts::AccountId;
use latchkey_tests::{Fault, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

/// The pages, what their forms send besides the token, and what their result says.
const PAGES: [(&str, &str, &str); 5] = [
    ("/confirm-email", "&password=correct+horse+battery+staple", "Your address is confirmed"),
    ("/reset-password", "&new_password=purple+otters+juggle+nightly", "Your password is changed"),
    ("/undo-email-change", "", "Your address is restored"),
    ("/cancel-deletion", "", "Your account stays"),
    ("/end-session", "", "The device is signed out"),
];

fn token_of(link: &str) -> String {
    link.split_once("token=").unwrap().1.to_owned()
}

/// An application in which this page has just been mailed a link to Ada, and the link's token.
async fn mailed(page: &str) -> (TestApp, String) {
    if page == "/confirm-email" {
        let app = TestApp::new();
        app.register(ADA).await;
        app.run_workers().await;
        let token = token_of(&app.link_to(ADA));
        return (app, token);
    }
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let token = match page {
        "/undo-email-change" => {
            app.change_email(&ada, "ada@example.org").await;
            app.undo_link_to(ADA)
        }
        "/end-session" => {
            app.sign_in_elsewhere(ADA).await.success();
            app.run_workers().await;
            token_of(&app.end_link_to(ADA))
        }
        _ => {
            if page == "/reset-password" {
                app.ask_for_reset(ADA).await.success();
            } else {
                assert_eq!(ada.calling(&app).delete("/api/auth/me").await.status, 202);
            }
            app.run_workers().await;
            token_of(&app.link_to(ADA))
        }
    };
    (app, token)
}

fn stored(app: &TestApp) -> Vec<Value> {
    app.engine.items_but(&["RateCounter"])
}

async fn head(app: &TestApp, target: &str) -> u16 {
    app.anon().request(Method::HEAD, target, None, Vec::new()).await.status.as_u16()
}

#[tokio::test]
async fn a_page_shows_its_form_while_the_link_is_good_and_spends_nothing() {
    for (page, ..) in PAGES {
        let (app, token) = mailed(page).await;
        let (target, before) = (format!("{page}?token={token}"), stored(&app));
        for _ in 0..2 {
            assert_eq!(head(&app, &target).await, 200, "{page}");
            app.engine.take_calls();
            let shown = app.anon().get(&target).await;
            let calls = app.engine.take_calls_of_rules();
            let calls: Vec<_> =
                calls.iter().map(|call| (call.operation.as_str(), call.items, call.consistent)).collect();
            assert_eq!(calls, [("GetItem", 1, true)], "{page}");
            assert!(shown.status == 200 && shown.text.contains("<form"), "{page}: {}", shown.text);
        }
        assert_eq!(stored(&app), before, "{page}");
    }
}

#[tokio::test]
async fn a_form_that_succeeded_leads_to_a_page_that_can_be_loaded_again_and_its_link_shows_no_form_any_more() {
    for (page, fields, says) in PAGES {
        let (app, token) = mailed(page).await;
        let done = app.anon().post_form(page, &format!("token={token}{fields}")).await;
        assert_eq!(done.status, 303, "{page}: {}", done.text);
        let cookie = done.header("set-cookie");
        assert!(!cookie.contains("access") && !cookie.contains("refresh"), "{page} signs nobody in: {cookie}");
        let location = done.header("location").to_owned();
        assert!(location.starts_with('/') && !location.contains("token") && !location.contains("lk"), "{location}");
        app.run_workers().await;
        let before = stored(&app);
        for _ in 0..2 {
            let result = app.anon().get(&location).await;
            assert!(result.status == 200 && result.text.contains(says), "{page}: {}", result.text);
            assert!(!result.text.contains("<form"), "{page}");
        }
        let target = format!("{page}?token={token}");
        let spent = app.anon().get(&target).await;
        assert!(spent.status == 400 && spent.text.contains("not valid any more"), "{page}: {}", spent.text);
        assert!(!spent.text.contains("<form") && !spent.text.contains(ADA), "{page}: {}", spent.text);
        assert_eq!(head(&app, &target).await, 400, "{page}");
        assert_eq!(stored(&app), before, "{page}");
    }
}

#[tokio::test]
async fn an_expired_link_shows_no_form() {
    for (page, life) in [("/confirm-email", 24), ("/reset-password", 1), ("/undo-email-change", 7 * 24)] {
        let (app, token) = mailed(page).await;
        app.advance(SignedDuration::from_hours(life) + SignedDuration::from_secs(1));
        let late = app.anon().get(&format!("{page}?token={token}")).await;
        assert!(late.status == 400 && !late.text.contains("<form"), "{page}: {}", late.text);
    }
    let (app, token) = mailed("/cancel-deletion").await;
    app.advance(SignedDuration::from_hours(14 * 24));
    let late = app.anon().get(&format!("/cancel-deletion?token={token}")).await;
    assert!(late.status == 400 && !late.text.contains("<form"), "{}", late.text);
}

#[tokio::test]
async fn a_link_that_a_newer_one_replaced_or_that_was_tried_too_often_shows_no_form() {
    let app = TestApp::new();
    let registered = app.register(ADA).await;
    app.run_workers().await;
    let old = token_of(&app.link_to(ADA));
    let body = json!({ "registration_token": registered.text_of("registration_token") });
    app.anon().post("/api/auth/verify-email/resend", body).await.success();
    app.run_workers().await;
    let new = token_of(&app.link_to(ADA));
    assert_eq!(app.anon().get(&format!("/confirm-email?token={old}")).await.status, 400);
    assert_eq!(app.anon().get(&format!("/confirm-email?token={new}")).await.status, 200);
    let wrong = format!("token={new}&password=wrong");
    for _ in 0..9 {
        assert_eq!(app.anon().post_form("/confirm-email", &wrong).await.status, 422);
    }
    let last = app.anon().post_form("/confirm-email", &wrong).await;
    assert!(last.status == 400 && !last.text.contains("<form"), "no further try is offered: {}", last.text);
    assert_eq!(app.anon().get(&format!("/confirm-email?token={new}")).await.status, 400);
}

#[tokio::test]
async fn an_invented_token_is_answered_alike_whether_or_not_the_account_exists() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.change_email(&ada, "ada@example.org").await;
    app.ask_for_reset("ada@example.org").await.success();
    ada.calling(&app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    let id: AccountId = ada.id().parse().unwrap();
    for (page, prefix, ids) in [
        ("/cancel-deletion", "lkd_", 1),
        ("/undo-email-change", "lku_", 1),
        ("/reset-password", "lkp_", 1),
        ("/confirm-email", "lkc_", 1),
        ("/end-session", "lke_", 2),
    ] {
        let mut traces = Vec::new();
        for id in [*id.as_bytes(), [9; 16]] {
            let token = URL_SAFE_NO_PAD.encode([id.repeat(ids), vec![7; 32]].concat());
            app.engine.take_calls();
            let answer = app.anon().get(&format!("{page}?token={prefix}{token}")).await;
            let calls = app.engine.take_calls_of_rules();
            let calls: Vec<_> =
                calls.iter().map(|call| (call.operation.as_str(), call.items, call.consistent)).collect();
            assert_eq!(calls, [("GetItem", 1, true)], "{page}");
            traces.push((answer.status, answer.text));
        }
        assert_eq!(traces[0].0, 400, "{page}");
        assert_eq!(traces[0], traces[1], "{page}");
    }
}

#[tokio::test]
async fn looking_at_pages_counts_as_visits() {
    let (app, token) = mailed("/reset-password").await;
    let strict = TestApp::with_config(&[("RATE_ANON", "3/hour")]);
    for (page, ..) in PAGES {
        let spent = app.anon().from("203.0.113.77").get(&format!("{page}?token={token}")).await;
        assert!(!spent.header("ratelimit").is_empty(), "{page} tells what is left");
    }
    for expected in [400, 400, 400, 429] {
        let target = format!("/reset-password?token={token}");
        assert_eq!(strict.anon().get(&target).await.status, expected);
    }
}

#[tokio::test]
async fn what_a_mail_program_or_a_person_adds_to_a_link_does_not_break_it() {
    for (page, fields, _) in PAGES {
        let (app, token) = mailed(page).await;
        for added in ["%20", ".", ")", ").", "%0A", "%3E", ","] {
            let shown = app.anon().get(&format!("{page}?token={token}{added}")).await;
            assert_eq!(shown.status, 200, "{page} with {added}: {}", shown.text);
            assert!(shown.text.contains(&format!("value=\"{token}\"")), "{page}: the form has the token alone");
        }
        let done = app.anon().post_form(page, &format!("token={token}.+{fields}")).await;
        assert_eq!(done.status, 303, "{page}: {}", done.text);
        app.run_workers().await;
    }
}

#[tokio::test]
async fn a_page_that_cannot_ask_whether_its_link_is_good_says_so_and_shows_no_form() {
    for (page, ..) in PAGES {
        let (app, token) = mailed(page).await;
        app.engine.fail_always(Fault::Unreachable);
        let unsure = app.anon().get(&format!("{page}?token={token}")).await;
        app.engine.heal();
        assert_eq!((unsure.status.as_u16(), unsure.text.contains("<form")), (503, false), "{page}: {}", unsure.text);
        assert!(unsure.text.contains("Nothing was changed"), "{page}: {}", unsure.text);
    }
}
