//! What all ways to set a password have in common: the same judgement, and the same end of everything that the old
//! one had let in.

use super::mailed_code::{self, MailedCode, Purpose};
use super::password_policy::Owner;
use super::{Account, HashedPassword, Password, Weakness, mails, store};
use crate::app::App;
use crate::audit::{self, Event};
use crate::client::Client;
use crate::dynamo::{Row as _, StoreError};
use crate::outbox;
use crate::privacy::cancel_deletion::{self, TakenBack};
use crate::secret::SecretError;
use crate::sessions::Session;

/// The codes that die with the old password. Each could let in again whoever had the mailbox or the session until now.
const VOIDED: [Purpose; 3] = [Purpose::PasswordReset, Purpose::StepUp, Purpose::EmailChange];

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
    pub(super) spends: Option<&'a MailedCode>,
    /// The one session that begins as all others end.
    pub(super) begins: Option<&'a Session>,
}

/// Why it was not set. Then nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetPasswordError {
    #[error("the code was spent or replaced meanwhile")]
    Spent,
    #[error("all sessions of the account were ended meanwhile")]
    Meanwhile,
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Store(#[from] StoreError),
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

/// 1 `TransactWriteItems` of 6 items, or 8 when a session begins: the account gets the password and all its sessions
/// end, its mailed codes die, its owner is mailed, and the audit log says it. A reset also takes back what somebody else may
/// have asked for in a session until now: exports open no more, and a deletion is cancelled (4 items more).
pub(super) async fn set_password(app: &App, client: &Client, new: NewPassword<'_>) -> Result<(), SetPasswordError> {
    let NewPassword { account, password, how, spends, begins } = new;
    let first = account.password.is_none();
    let content = mails::PasswordSet {
        name: account.name.as_str(),
        first,
        how,
        kept: begins.is_some(),
        origin: &app.origin(client),
    };
    let useful_until = client.now.plus(mails::NEWS);
    let notice = outbox::mail(app, client, &account.email.deliverable(), &content, useful_until).await?;
    let mut transaction = app.store.transaction();
    // It stands first, so that of several who come with one code all but one are told that it is spent.
    if let Some(mailed) = spends {
        transaction = transaction.delete(&mailed.key(), Some(&mailed.unspent())).or(SetPasswordError::Spent);
    }
    let spent = spends.map(MailedCode::key);
    for key in VOIDED.map(|purpose| mailed_code::key(account.id, purpose)) {
        if spent.as_ref() != Some(&key) {
            transaction = transaction.delete(&key, None);
        }
    }
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
    if let Some(session) = begins {
        let signed_in = Event::Login { session: session.id, method: "password_change", factor: None };
        transaction = transaction.create(&session.row()).create(&audit::row(app, client, account.id, signed_in));
    }
    transaction.commit().await
}

fn event(how: How, first: bool) -> Event {
    match how {
        How::ResetByCode => Event::PasswordReset { method: "code", first },
        How::ResetByLink => Event::PasswordReset { method: "link", first },
        How::Changed => Event::PasswordChange { first },
    }
}
