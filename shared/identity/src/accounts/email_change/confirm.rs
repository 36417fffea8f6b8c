//! Changing the address, with the code that was mailed to the new one.

use super::chain::{Step, UNDO_LIFE, UndoLink};
use super::claims::State;
use super::mails;
use super::store::{self, Refusal};
use crate::accounts::mailed_code::{self, MailedCode, Purpose};
use crate::accounts::{Account, code_flow, events, keys, touch};
use crate::app::App;
use crate::audit;
use crate::sessions::SignedIn;
use latchkey_kernel::dynamo::Row as _;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::outbox;
use latchkey_kernel::secret::{Code, OpaqueToken};

/// Why the address is the same as before.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmChangeError {
    /// Too many confirmations from the network, or too many changes that can still be undone.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Wrong, spent, replaced, expired, tried too often, never mailed, or the address has an account by now.
    #[error("the code is not valid")]
    CodeInvalid,
    /// The session was ended meanwhile.
    #[error("the session has ended")]
    SessionEnded,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<Refusal> for ConfirmChangeError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // Who proved an address that has an account by now is told no more than who proved nothing.
            Refusal::Spent | Refusal::Taken => Self::CodeInvalid,
            Refusal::Stale => Self::Failed(Fault::CONTENTION),
            Refusal::SessionEnded => Self::SessionEnded,
            Refusal::Failed(fault) => Self::Failed(fault),
        }
    }
}

/// Changes the address; the account as it is then. 1 limiter update, 1 `UpdateItem` that counts the try; if the code is
/// right, 1 `GetItem` and 1 transaction of 8 items.
pub async fn confirm(
    app: &App,
    client: &Client,
    signed_in: SignedIn,
    code: &Code,
) -> Result<Account, ConfirmChangeError> {
    let SignedIn { account, session, .. } = signed_in;
    rate::admit(app, client, Subject::address(client), [app.config.confirmation.limit]).await?;
    let macs = app.macs().await?;
    let reserved =
        mailed_code::reserve_try(&app.store, account.id, session.id, Purpose::EmailChange, client.now).await?;
    let mailed = reserved.ok_or(ConfirmChangeError::CodeInvalid)?;
    if !mailed.is(code, &account, macs.lookup_key()) {
        return Err(ConfirmChangeError::CodeInvalid);
    }
    let outcome = change(app, client, account, &mailed).await;
    if matches!(outcome, Err(ConfirmChangeError::Failed(_) | ConfirmChangeError::Refused(_))) {
        // What is no fault of the code must not use it up. If this fails as well, the try is lost.
        let _ = mailed_code::return_try(&app.store, &mailed).await;
    }
    outcome
}

async fn change(
    app: &App,
    client: &Client,
    account: Account,
    mailed: &MailedCode,
) -> Result<Account, ConfirmChangeError> {
    let found = store::chain(&app.store, account.id, client.now).await?;
    let link: UndoLink = OpaqueToken::generate(*account.id.as_bytes(), &app.entropy);
    let until = client.now.plus(UNDO_LIFE);
    let step = Step { link: link.digest(), address: account.email.clone(), until };
    let next = found.chain.extended(step).map_err(|free_at| wait(free_at.since(client.now)))?;
    let changes = State { present: &account.email, chain: &found.chain }
        .changes_to(&State { present: mailed.address(), chain: &next });

    let content = mails::EmailChanged {
        name: account.name.as_str(),
        link: &format!("{}/undo-email-change?token={}", app.config.public_url, link.reveal()),
        until,
        origin: &app.origin(client),
    };
    let notice = outbox::mail(app, client, &account.email.deliverable(), &content, until).await?;
    let renewed = touch(&account, client.now).set("confirmed_at", client.now);
    let renewed = renewed.set_structure(keys::ACCOUNT, "email", mailed.address())?;

    let transaction = app.store.transaction().delete(&mailed.key(), Some(&mailed.unspent())).or(Refusal::Spent);
    let transaction = transaction.update(&renewed).or(Refusal::SessionEnded);
    let transaction = store::write_chain(transaction, app, account.id, &found, &next, client.now);
    let transaction = store::write_claims(transaction, account.id, changes, client.now);
    transaction
        // Codes and links that are on their way to the old address are void. Other codes are bound to it.
        .delete(&code_flow::key(account.id, code_flow::Purpose::PasswordReset), None)
        .create(&notice)
        .create(&audit::row(app, client, account.id, events::email_changed()))
        .commit()
        .await?;
    Ok(Account { email: mailed.address().clone(), confirmed_at: client.now, updated_at: client.now, ..account })
}

fn wait(time: jiff::SignedDuration) -> Refused {
    Refused::Limited(u32::try_from(time.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
}
