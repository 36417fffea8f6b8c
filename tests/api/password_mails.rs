//! What the mails about passwords and codes say.

use insta::assert_snapshot;
use latchkey_tests::{NEW_PASSWORD, PASSWORD, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";

/// Subject and text of the newest mail, its code and its link replaced.
fn newest(app: &TestApp) -> String {
    let mail = app.mail_to(ADA);
    let text = format!("{}\n\n{}", mail.subject, mail.text);
    let is_code = |line: &&str| line.len() == 9 && line.replace(' ', "").bytes().all(|byte| byte.is_ascii_digit());
    let code = text.lines().map(str::trim).find(is_code).map(str::to_owned);
    let link = text.lines().find(|line| line.starts_with("https://")).map(str::to_owned);
    let text = code.iter().fold(text.clone(), |text, code| text.replace(code.as_str(), "1234 5678"));
    link.iter().fold(text, |text, link| {
        let (page, _) = link.split_once('=').unwrap();
        text.replace(link.as_str(), &format!("{page}=TOKEN"))
    })
}

#[tokio::test]
async fn the_code_for_who_shows_again_who_they_are() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.forget_password(&ada);
    ada.calling(&app).post("/api/auth/step-up", json!({ "method": "email" })).await.success();
    app.run_workers().await;
    assert_snapshot!(newest(&app), @"
    1234 5678 is your Acme code

    Hello Ada Lovelace,

    you are about to change something important in your account, so we ask once more whether it is you. Enter this code where you were asked for it. It is good until 2 March 2026, 09:40 UTC:

        1234 5678

    It was asked for here:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    If it was not you, tell nobody the code: somebody is signed in to your account. Sign in yourself and end all other sessions, or ask for a new password, which ends them too.

    Acme
    ");
}

#[tokio::test]
async fn the_code_and_the_link_for_a_new_password() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    assert_snapshot!(newest(&app), @"
    1234 5678 is your Acme code for a new password

    Hello Ada Lovelace,

    to set a new password, enter this code where you asked for it. It is good until 2 March 2026, 09:40 UTC, and only there:

        1234 5678

    Or open this page until 2 March 2026, 10:30 UTC and enter the new password there:

    https://id.example.com/reset-password?token=TOKEN

    It was asked for here:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    If it was not you, ignore this mail: your account stays as it is. Tell nobody the code; we never ask for it.

    Acme
    ");
}

#[tokio::test]
async fn the_code_and_the_link_for_a_first_password() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.forget_password(&ada);
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let mail = newest(&app);
    assert!(mail.contains("to set a password for your account, which has none yet, enter this code"), "{mail}");
}

#[tokio::test]
async fn the_notice_that_a_password_was_reset() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await.success();
    app.run_workers().await;
    assert_snapshot!(newest(&app), @"
    Your Acme password has been reset

    Hello Ada Lovelace,

    the password of your account has been reset, with a code or link from a mail to this address:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    Every device that was signed in before has been signed out. Exports of your data that were asked for until now do not open any more; ask for a new one if you need it.

    If it was you, there is nothing to do but sign in with the new password.

    If it was not you, somebody can read your mail: change the password of your mailbox first. Then ask for a new password where you sign in. Setting it puts whoever it was out of your account.

    Acme
    ");
}

#[tokio::test]
async fn the_notice_that_an_account_has_its_first_password() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.forget_password(&ada);
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await.success();
    app.run_workers().await;
    assert_snapshot!(newest(&app), @"
    Your Acme account has a password now

    Hello Ada Lovelace,

    your account had no password until now. One has been set, with a code or link from a mail to this address:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    Every device that was signed in before has been signed out. Exports of your data that were asked for until now do not open any more; ask for a new one if you need it.

    If it was you, there is nothing to do but sign in with the new password.

    If it was not you, somebody can read your mail: change the password of your mailbox first. Then ask for a new password where you sign in. Setting it puts whoever it was out of your account.

    Acme
    ");
}

#[tokio::test]
async fn the_notice_that_a_password_was_changed() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD, "keep_me_signed_in": true });
    ada.calling(&app).post("/api/auth/password", body).await.success();
    app.run_workers().await;
    assert_snapshot!(newest(&app), @r"
    Your Acme password has been changed

    Hello Ada Lovelace,

    the password of your account has been changed, by somebody who was signed in:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    Every other device that was signed in before has been signed out.

    If it was you, there is nothing to do.

    If it was not you, somebody has used your account. Ask for a new password where you sign in. Setting it puts whoever it was out of your account.

    Acme
    ");
}

#[tokio::test]
async fn both_forms_of_a_mail_say_the_same() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let reset = app.mail_to(ADA);
    let (code, link) = (app.code_to(ADA), app.link_to(ADA));
    for part in
        [format!("{} {}", &code[..4], &code[4..]), link, "Firefox on Linux".to_owned(), "203.0.113.9".to_owned()]
    {
        let in_html = part.replace('/', "&#x2f;");
        assert!(reset.text.contains(&part), "{part}: {}", reset.text);
        assert!(reset.html.contains(&part) || reset.html.contains(&in_html), "{part}: {}", reset.html);
    }
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    ada.calling(&app).post("/api/auth/password", body).await.success();
    app.run_workers().await;
    let changed = app.mail_to(ADA);
    for part in ["the password of your account has been changed", "Every device", "If it was not you", "203.0.113.9"] {
        assert!(changed.text.contains(part) && changed.html.contains(part), "{part}: {}", changed.html);
    }
}
