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
    assert_snapshot!(text, @"");
}

#[tokio::test]
async fn the_mail_to_an_address_that_has_an_account() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    app.register(ADA).await;
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @"");
}

#[tokio::test]
async fn the_welcome() {
    let (app, _ada) = TestApp::new().with_account(ADA).await;
    let mail = app.mail_to(ADA);
    assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @"");
}

#[tokio::test]
async fn the_notice_that_a_session_was_ended() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.refresh(&ada.refresh).await.ok();
    app.advance(SignedDuration::from_mins(1));
    app.refresh(&ada.refresh).await;
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @"");
}

#[tokio::test]
async fn an_owners_template_wins_and_a_broken_one_does_not() {
    let folder = std::env::temp_dir().join(format!("latchkey-templates-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("welcome.txt"), "Subject: Hi {{ name }}\n\nOurs.\n").unwrap();
    std::fs::write(folder.join("confirm_registration.txt"), "Subject: {{ no_such_value }}\n\nBroken.\n").unwrap();
    let app = TestApp::with_config(&[("MAIL_TEMPLATES_DIR", folder.to_str().unwrap())]);
    app.new_account(ADA).await;
    let subjects = app.subjects_to(ADA);
    std::fs::remove_dir_all(folder).unwrap();
    assert!(subjects[0].ends_with("is your Acme code"), "{subjects:?}");
    assert_eq!(subjects[1], "Hi Ada Lovelace");
}
