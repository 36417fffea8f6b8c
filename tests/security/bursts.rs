//! Asking for codes in somebody's name, in bursts, so that they get none that works when they need it.

use jiff::SignedDuration;
use latchkey_tests::{NEW_PASSWORD, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";
const RESET: &str = "/api/auth/password-reset";

/// Somebody asks for a new password of Ada's, from each of these addresses.
async fn ask(app: &TestApp, from: &[String]) {
    for address in from {
        let answer = app.anon().from(address).post(RESET, json!({ "email": ADA })).await;
        assert!([202, 429].contains(&answer.status.as_u16()), "{}", answer.text);
    }
    app.run_workers().await;
}

/// Ada asks, from a network of her own.
async fn ada_asks(app: &TestApp) {
    ask(app, &["192.0.2.1".to_owned()]).await;
}

/// How many of the mails for a new password have come.
fn mailed(app: &TestApp) -> usize {
    app.subjects_to(ADA).iter().filter(|subject| subject.ends_with("code for a new password")).count()
}

/// Whether one of the last mails has a link that works: a weak password is then what is wrong. From an address of its own,
/// since this is a look and no part of the attack.
async fn a_link_works(app: &TestApp, minute: usize) -> bool {
    let mails = app.inbox.mails(Some(ADA)).into_iter();
    let mails = mails.filter(|mail| mail.subject.ends_with("code for a new password"));
    for (nth, mail) in mails.take(6).enumerate() {
        let link = mail.text.lines().find_map(|line| line.split_once("/reset-password?")).unwrap().1.to_owned();
        let look = app.anon().from(&format!("10.{}.{}.{}", nth, minute / 250, minute % 250));
        match look.post_form("/reset-password", &format!("{link}&new_password=password")).await.status.as_u16() {
            422 => return true,
            status => assert_eq!(status, 400),
        }
    }
    false
}

/// Lives through some hours. The attack is told the minute; every `step` minutes Ada's mailbox has a link that works, or has
/// one after she has asked for it.
async fn live_through(hours: usize, step: usize, attack: impl AsyncFn(&TestApp, usize)) {
    let (app, _) = TestApp::new().with_account(ADA).await;
    let mut asked = 0;
    for minute in (0..hours * 60).step_by(step) {
        attack(&app, minute).await;
        if !a_link_works(&app, minute).await {
            asked += 1;
            ada_asks(&app).await;
            assert!(a_link_works(&app, minute).await, "minute {minute}: {} mails", mailed(&app));
        }
        app.advance(SignedDuration::from_mins(i64::try_from(step).unwrap()));
    }
    assert!(asked < hours * 2, "{asked}");
}

#[tokio::test]
async fn ten_requests_in_one_burst_every_seventy_minutes() {
    let burst: Vec<String> = (1..=10).map(|n| format!("198.51.100.{n}")).collect();
    live_through(6, 1, async |app, minute| {
        if minute % 70 == 0 {
            ask(app, &burst).await;
        }
    })
    .await;
}

#[tokio::test]
async fn bursts_from_many_networks_and_wrong_guesses_besides() {
    live_through(30, 5, async |app, minute| {
        if minute % 10 == 0 {
            let burst: Vec<String> = (1..=4).map(|n| format!("198.51.{}.{n}", minute % 250)).collect();
            ask(app, &burst).await;
        }
        if minute % 60 == 5 {
            let asked = app.anon().from("198.51.100.200").post(RESET, json!({ "email": ADA })).await;
            let token = asked.json()["reset_token"].as_str().unwrap_or_default().to_owned();
            app.run_workers().await;
            for _ in 0..6 {
                assert_eq!(app.reset_with(&token, "00000000", NEW_PASSWORD).await.status.as_u16() / 100, 4);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn asking_from_one_network_all_day_so_that_nothing_is_left_to_others() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    for minute in (0..24 * 60).step_by(10) {
        let hosts = [minute / 10 % 100, minute / 10 % 100 + 100].map(|host| format!("198.51.100.{host}"));
        ask(&app, &hosts).await;
        app.advance(SignedDuration::from_mins(5));
        // Every five hours she is at the door herself, somewhere else: her own request is carried out at once.
        if minute % 300 == 30 {
            let before = mailed(&app);
            ada_asks(&app).await;
            assert_eq!(mailed(&app), before + 1, "minute {minute}");
            assert!(a_link_works(&app, minute).await, "minute {minute}");
        }
        app.advance(SignedDuration::from_mins(5));
    }
    assert!(mailed(&app) <= 20 + 4, "{} mails in a day", mailed(&app));
}

#[tokio::test]
async fn registering_the_address_all_day_from_many_networks_so_that_no_new_password_is_mailed() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    for hour in 0..24 {
        for n in 0..6 {
            let asking = app.anon().from(&format!("198.51.{}.{n}", hour * 6 + n));
            let body = json!({ "email": ADA, "name": "A", "password": NEW_PASSWORD });
            asking.post("/api/auth/register", body).await;
        }
        app.run_workers().await;
        if hour % 5 == 4 {
            let before = mailed(&app);
            ada_asks(&app).await;
            assert_eq!(mailed(&app), before + 1, "hour {hour}");
        }
        app.advance(SignedDuration::from_hours(1));
    }
}

#[tokio::test]
async fn a_link_of_the_owners_lives_its_hour_whatever_one_network_asks_for() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    ada_asks(&app).await;
    let link = app.link_to(ADA).split_once('?').unwrap().1.to_owned();
    for minute in 0..60 {
        ask(&app, &[format!("198.51.100.{minute}")]).await;
        let look = app.anon().from(&format!("10.0.0.{minute}"));
        let page = look.post_form("/reset-password", &format!("{link}&new_password=password")).await;
        assert_eq!(page.status, 422, "minute {minute}");
        app.advance(SignedDuration::from_mins(1));
    }
    let late = app.anon().post_form("/reset-password", &format!("{link}&new_password=password")).await;
    assert_eq!(late.status, 400, "and no longer");
}
