//! What the mails about changes of the address say.

use insta::assert_snapshot;
use latchkey_tests::{Person, TestApp};

const OLD: &str = "ada@example.com";
const NEW: &str = "ada@example.org";

/// Subject and text of the newest mail to an address, without what is random.
fn mail(app: &TestApp, address: &str) -> String {
    let mail = app.mail_to(address);
    let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let lines = mail.text.lines().map(|line| match line.split_once("token=") {
        Some((link, _)) => format!("{link}token=..."),
        None if line.trim().len() == 9 => line.chars().map(digit).collect(),
        None => line.to_owned(),
    });
    let subject = if mail.subject.contains("code") { mail.subject.chars().map(digit).collect() } else { mail.subject };
    assert!(!mail.html.contains("{{") && mail.html.contains("</html>"), "{}", mail.html);
    format!("{subject}\n\n{}", lines.collect::<Vec<_>>().join("\n"))
}

async fn changed() -> (TestApp, Person) {
    let (app, ada) = TestApp::new().with_account(OLD).await;
    app.change_email(&ada, NEW).await;
    (app, ada)
}

#[tokio::test]
async fn the_code_for_the_new_address() {
    let (app, _) = changed().await;
    assert_snapshot!(mail(&app, NEW), @r"
    0000 0000 is your Acme code

    Hello,

    this address is to become the one of an account at Acme. If the account is yours, enter this code where you asked for the change. It is good until 2 March 2026, 09:40 UTC:

        0000 0000

    It was asked for here:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    If you asked for nothing, ignore this mail and tell nobody the code: without it nothing happens.

    Acme
    ");
}

#[tokio::test]
async fn the_notice_to_the_old_address() {
    let (app, _) = changed().await;
    assert_snapshot!(mail(&app, OLD), @r"
    The address of your Acme account was changed

    Hello Ada Lovelace,

    your Acme account has another mail address now. This one no longer signs you in, and our mails go to the new one.

    It was done here:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    If it was you, there is nothing to do.

    If it was not you, somebody has got into your account. Undo the change; this link works until 9 March 2026, 09:30 UTC:

    https://id.example.com/undo-email-change?token=...

    It gives you this address back, signs every device out, makes the password void and lets you choose a new one. Until then nobody else can use this address.

    Acme
    ");
}

#[tokio::test]
async fn what_both_addresses_hear_when_it_is_undone() {
    let (app, _) = changed().await;
    app.undo_email_change(&app.undo_link_to(OLD)).await;
    app.run_workers().await;
    assert_snapshot!(mail(&app, OLD), @"
    Your Acme account has its old address again

    Hello Ada Lovelace,

    the change of your mail address was undone: this is the address of your Acme account again. Every device was signed out, and the old password does not work any more. Exports that were asked for until now do not open any more, and the account is not deleted if that was asked for.

    Choose a new password. Until 2 March 2026, 10:30 UTC this page is open to you:

    https://id.example.com/reset-password?token=...

    After that, ask for a new password where you sign in.

    It was undone here:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    Acme
    ");
    assert_snapshot!(mail(&app, NEW), @r"
    A change of your Acme account was undone

    Hello Ada Lovelace,

    this is no longer the address of your Acme account. Somebody opened the link that we had mailed to the address that the account had before, and took the change back. Every device was signed out, and the password does not work any more.

    It was done here:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    If it was you, choose a new password with the mail at your old address.

    If it was not you, somebody else reads the mail of your old address. Secure that mailbox first, ask for a new password with it, and then change the address again.

    Acme
    ");
}

#[tokio::test]
async fn the_word_to_an_address_that_has_an_account_or_is_held_for_one() {
    let (app, _) = changed().await;
    let eve = app.new_account("eve@example.com").await;
    for address in [NEW, OLD] {
        app.ask_for_email(&eve, address).await.success();
    }
    app.run_workers().await;
    assert_snapshot!(mail(&app, NEW), @r"
    Your Acme account

    Hello,

    somebody, perhaps you, tried to make this the address of another account at Acme. There is an account with it already, so nothing was changed.

    It was tried here:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    If it was you, sign in with this address; if you would rather use the other account with it, give this one another address first.

    If it was not you, there is nothing to do. Whoever it was has not been told that there is an account.

    Acme
    ");
    assert_snapshot!(mail(&app, OLD), @r"
    This address and Acme

    Hello,

    somebody, perhaps you, wanted to use this address at Acme. It belonged to an account until a few days ago. So that the change can be taken back, nobody else can use the address until 9 March 2026, 09:30 UTC.

    It was tried here:

        Time:    2 March 2026, 09:30 UTC
        Device:  Firefox on Linux
        Address: 203.0.113.9

    If it was your account and you did not give the address up, look for our mail that it was changed: the link in it undoes the change.

    If you would like to use the address, try again after that time. If it was not you, there is nothing to do.

    Acme
    ");
}
