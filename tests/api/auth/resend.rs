//! `POST /api/auth/verify-email/resend`

use latchkey_tests::{Answer, TestApp};
use serde_json::json;

async fn resend(app: &TestApp, token: &str) -> Answer {
    app.anon().post("/api/auth/verify-email/resend", json!({ "registration_token": token })).await
}

#[tokio::test]
async fn a_new_code_and_link_come_and_the_old_ones_die() {
    let app = TestApp::new();
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let (old_code, old_link) = (app.code_to("ada@example.com"), app.link_to("ada@example.com"));
    assert_eq!(resend(&app, &token).await.summary(), "202");
    app.run_workers().await;
    let new_code = app.code_to("ada@example.com");

    assert_eq!(app.verify_email(&token, &old_code).await.summary(), "400 code_invalid");
    let form = format!("token={}&password=correct+horse+battery+staple", old_link.split_once("token=").unwrap().1);
    assert_eq!(app.anon().post_form("/confirm-email", &form).await.status, 400);
    assert_eq!(app.verify_email(&token, &new_code).await.status, 201);
    app.run_workers().await;
}

#[tokio::test]
async fn of_two_that_are_asked_for_at_once_the_later_mail_is_good() {
    let app = TestApp::new();
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let (first, second) = futures_util::future::join(resend(&app, &token), resend(&app, &token)).await;
    assert_eq!((first.summary(), second.summary()), ("202".to_owned(), "202".to_owned()));
    app.run_workers().await;
    let codes: Vec<String> =
        app.inbox.mails(None).iter().map(|mail| mail.subject.chars().filter(char::is_ascii_digit).collect()).collect();
    let mut good = 0;
    for code in &codes {
        good += usize::from(app.verify_email(&token, code).await.status == 201);
    }
    assert_eq!((codes.len(), good), (3, 1));
    app.run_workers().await;
}

#[tokio::test]
async fn a_resent_code_has_its_five_tries_again() {
    let app = TestApp::new();
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    for _ in 0..5 {
        app.verify_email(&token, "00000000").await;
    }
    assert_eq!(resend(&app, &token).await.summary(), "202");
    app.run_workers().await;
    assert_eq!(app.verify_email(&token, &app.code_to("ada@example.com")).await.status, 201);
    app.run_workers().await;
}

#[tokio::test]
async fn a_decoy_registration_is_resent_with_the_same_answer_and_opens_nothing() {
    let (app, _ada) = TestApp::new().with_account("ada@example.com").await;
    let token = app.register("ada@example.com").await.text_of("registration_token");
    assert_eq!(resend(&app, &token).await.summary(), "202");
    app.run_workers().await;
    let last = app.subjects_to("ada@example.com").split_off(2);
    assert_eq!(last, ["Your Acme account", "Your Acme account"]);
}

#[tokio::test]
async fn an_unknown_or_spent_registration_is_refused() {
    let app = TestApp::new();
    let token = app.register("ada@example.com").await.text_of("registration_token");
    app.run_workers().await;
    app.verify_email(&token, &app.code_to("ada@example.com")).await.success();
    app.run_workers().await;
    for wrong in [token.as_str(), "", "lkg_AAAA", &token.replace("lkg_", "lkc_")] {
        assert_eq!(resend(&app, wrong).await.summary(), "400 code_invalid");
    }
}

#[tokio::test]
async fn the_sixth_mail_of_an_hour_to_one_address_waits() {
    let app = TestApp::new();
    let token = app.register("ada@example.com").await.text_of("registration_token");
    for _ in 0..4 {
        assert_eq!(resend(&app, &token).await.summary(), "202");
    }
    assert_eq!(resend(&app, &token).await.summary(), "429 rate_limited");
    app.run_workers().await;
    assert_eq!(app.subjects_to("ada@example.com").len(), 5);
}
