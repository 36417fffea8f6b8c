//! What the mails about passwords and codes say.

use insta::assert_snapshot;
use latchkey_tests::TestApp;
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
    ada.calling(&app).post("/api/auth/step-up", json!({ "method": "email" })).await.ok();
    app.run_workers().await;
    assert_snapshot!(newest(&app), @r"
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
