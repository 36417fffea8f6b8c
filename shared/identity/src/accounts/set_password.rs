//! What all ways to set a password have in common: the same judgement, and the same end of everything that the old
//! one had let in.

use super::code_flow::{self, Flow, Purpose};
use super::password_policy::Owner;
use super::{Account, HashedPassword, Password, Weakness, events, mails, store};
use crate::app::App;
use crate::audit::{self, Event};
use crate::privacy::cancel_deletion::{self, TakenBack};
use crate::sessions::{self, Session};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::outbox;

/// How a password came to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// By the mailed code.
    ResetByCode,
    /// By the mailed link.
    ResetByLink,
    /// By a person who was signed in.
    Changed,
}

/// A password that was judged and hashed, on its way to its account.
pub(super) struct NewPassword<'a> {
    /// The account, as it was read.
    pub(super) account: &'a Account,
    /// The password.
    pub(super) password: &'a HashedPassword,
    /// How it came to be set.
    pub(super) how: How,
    /// The code or link that justifies it, to be spent.
    pub(super) spends: Option<&'a Flow>,
    /// The one session that begins as all others end.
    pub(super) begins: Option<&'a Session>,
    /// What makes the device known on which it is set, where no session begins.
    pub(super) makes_known: Option<&'a Session>,
}

/// Why it was not set. Then nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetPasswordError {
    #[error("the code was spent or replaced meanwhile")]
    Spent,
    #[error("all sessions of the account were ended meanwhile")]
    Meanwhile,
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Whether this person may have this password: the policy with the person's own words.
pub(super) async fn judge(app: &App, account: &Account, password: &Password) -> Result<(), Weakness> {
    let owner = Owner {
        email: &account.email,
        name: &account.name,
        username: account.username.as_ref(),
        has_factor: !account.factors.is_empty(),
    };
    app.password_policy.check(password, &owner).await
}

/// 1 `TransactWriteItems` of 4 items, of 5 when a device becomes known, of 6 when a session begins: the account gets the
/// password and all its sessions end, its owner is mailed, and the audit log says it. A reset also takes back what a thief
/// may have asked for in a session until now: exports open no more, and a deletion is cancelled (4 items more).
///
/// The mailed codes die with the old password, since each could let in again a thief who had the mailbox or a session until
/// now: those for a new password are deleted here, and the others are bound to a session or to the epoch.
pub(super) async fn set_password(app: &App, client: &Client, new: NewPassword<'_>) -> Result<(), SetPasswordError> {
    let NewPassword { account, password, how, spends, begins, makes_known } = new;
    let first = account.password.is_none();
    let content = mails::PasswordSet {
        name: account.name.as_str(),
        first,
        by_mail: how != How::Changed,
        kept: begins.is_some(),
        origin: &app.origin(client),
    };
    let useful_until = client.now.plus(mails::NEWS);
    let notice = outbox::mail(app, client, &account.email.deliverable(), &content, useful_until).await?;
    let flows = code_flow::key(account.id, Purpose::PasswordReset);
    let unspent = spends.map(Flow::unspent);
    // It stands first, so that of several who come with one code all but one are told that it is spent.
    let mut transaction = app.store.transaction().delete(&flows, unspent.as_ref()).or(SetPasswordError::Spent);
    let mut update = store::change_password(account, password, client.now)?;
    if how != How::Changed {
        let deletion = account.deletion.as_ref();
        update = store::close_exports(store::without_deletion(update, deletion, client.now));
        if let Some(deletion) = deletion {
            let taken_back = TakenBack { account, deletion, by: "password_reset", told: &account.email };
            let late = || SetPasswordError::Meanwhile;
            transaction = cancel_deletion::beside(app, client, transaction, taken_back, late).await?;
        }
    }
    transaction = transaction.update(&update).or(SetPasswordError::Meanwhile).create(&notice).create(&audit::row(
        app,
        client,
        account.id,
        event(how, first),
    ));
    if let Some(known) = makes_known {
        transaction = transaction.create(known);
    }
    if let Some(session) = begins {
        let signed_in = sessions::events::login(session.id, "password_change", None);
        transaction = transaction.create(session).create(&audit::row(app, client, account.id, signed_in));
    }
    transaction.commit().await
}

fn event(how: How, first: bool) -> Event {
    match how {
        How::ResetByCode => events::password_reset("code", first),
        How::ResetByLink => events::password_reset("link", first),
        How::Changed => events::password_changed(first),
    }
}
