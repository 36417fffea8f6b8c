//! What the mails say.

use insta::assert_snapshot;
use jiff::SignedDuration;
use latchkey_tests::TestApp;

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn the_verification_mail() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.run_workers().await;
    let (code, link) = (app.code_to(ADA), app.link_to(ADA));
    let spaced = format!("{} {}", &code[..4], &code[4..]);
    let mail = app.mail_to(ADA);
    let text = format!("{}\n\n{}", mail.subject, mail.text).replace(&spaced, "1234 5678").replace(&link, "/LINK");
    assert_snapshot!(text, @"
    1234 5678 is your Acme code

    Hello,

    to confirm your address, enter this code where you registered. It is good until 2 March 2026, 09:40 UTC:

        1234 5678

    Or open this page until 3 March 2026, 09:30 UTC and enter the password that you chose:

    https://id.example.com/LINK

    The address was registered here:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    If you did not register, ignore this mail: without the code nothing happens.

    Acme
    ");
}

#[tokio::test]
async fn the_mail_to_an_address_that_has_an_account() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    app.register(ADA).await;
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @"
    Your Acme account

    Hello,

    somebody, perhaps you, tried to register at Acme with this address. There is an account for it already, so nothing was changed and nothing new was made.

    It was tried here:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    If it was you, sign in as before; if you have forgotten the password, ask for a new one there.

    If it was not you, there is nothing to do. Whoever it was has not been told that there is an account.

    Acme
    ");
}

#[tokio::test]
async fn the_welcome() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let mail = app.mail_to(ADA);
    assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @r"
    Welcome to Acme, Ada Lovelace

    Hello Ada Lovelace,

    your address is confirmed and your account is ready.

    Acme
    ");
}

#[tokio::test]
async fn the_notice_that_a_session_was_ended() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.refresh(&ada.refresh).await.success();
    app.advance(SignedDuration::from_mins(1));
    app.refresh(&ada.refresh).await;
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @r"
    We signed one of your devices out of Acme

    Hello Ada Lovelace,

    one of your devices has been signed out. The key that keeps it signed in came to us a second time:

        Time:    2 March 2026, 09:31 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    Most often this is harmless: a device lost its connection while it was refreshing its sign-in. But it also happens when somebody has copied the key, so we ended that sign-in to be safe.

    Please sign in again on that device. If you do not know the address or the device above, change your password as well.

    Acme
    ");
}

#[tokio::test]
async fn the_notice_of_a_sign_in_on_a_new_device() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    app.sign_in_elsewhere(ADA).await.success();
    app.run_workers().await;
    let mail = app.notice_to(ADA);
    let token = app.end_link_to(ADA).split_once("token=").unwrap().1.to_owned();
    assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text.replace(&token, "lke_")), @r"
    New sign-in to your Acme account from Firefox on Linux

    Hello Ada Lovelace,

    your password was used to sign in on a device that we have not seen before:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    If this was you, there is nothing to do.

    If it was not, open this page to sign that device out, and then change your password at once:

    https://id.example.com/end-session?token=lke_

    Acme
    ");
    assert!(mail.html.contains(&format!("end-session?token={token}\"")), "{}", mail.html);
}

#[tokio::test]
async fn a_mail_says_who_sent_it_and_its_answers_go_to_the_support() {
    let links = [
        ("APP_URL", "https://app.acme.example"),
        ("PRIVACY_URL", "https://acme.example/privacy"),
        ("TERMS_URL", "https://acme.example/terms"),
        ("SUPPORT_EMAIL", "help@acme.example"),
    ];
    let (app, _ada) = TestApp::with_config(&links).with_account(ADA).await;
    let mail = app.mail_to(ADA);
    assert_eq!(mail.header("reply-to"), Some("help@acme.example"));
    assert!(mail.html.contains("Go to Acme"), "{}", mail.html);
    assert_snapshot!(mail.text, @r"
    Hello Ada Lovelace,

    your address is confirmed and your account is ready.

    Acme
    https://app.acme.example
    Help: help@acme.example
    Privacy policy: https://acme.example/privacy
    Terms of service: https://acme.example/terms
    ");
}

#[tokio::test]
async fn without_a_support_no_mail_says_where_answers_go() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    assert_eq!(app.mail_to(ADA).header("reply-to"), None);
}
