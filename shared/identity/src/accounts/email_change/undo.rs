//! Taking a change of address back, with the link that was mailed to the old one.
//!
//! Whoever holds the link reads the old mailbox, and that is all that is known: the session, the password and the new
//! address may be somebody else's by now, and so may second factors, recovery codes and connected providers that are
//! younger than the change.
//! So all of them go, with every export and deletion that was asked for, and what comes after is a password reset. A factor
//! that was there before is still asked for then.
//!
//! It works for an account that an operator suspended as well, since it lets no one in: an owner who lost the account to a
//! thief must not lose the seven days besides. A new password is chosen when the suspension is lifted.

use super::chain::UndoLink;
use super::claims::State;
use super::mails;
use super::store::{self, Refusal};
use crate::accounts::ask_for_reset::LINK_LIFE;
use crate::accounts::code_flow::{FlowsRow, Mailed, Purpose};
use crate::accounts::mails::NEWS;
use crate::accounts::store::{close_exports, with_factors, with_providers, without_deletion};
use crate::accounts::{Account, AccountId, EmailAddress, Factors, ResetLink, by_id, end_sessions, events, keys};
use crate::app::App;
use crate::audit;
use crate::mfa;
use crate::privacy::cancel_deletion::{self, TakenBack};
use crate::social::{self, LinkRow};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::Transaction;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::outbox::{self, OutboxItem};

/// Why nothing was undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// Too many links tried from the network.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Spent, expired, void since an earlier change was undone, of an account that is as good as erased, or never sent.
    #[error("the link is not valid")]
    LinkInvalid,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<Refusal> for UndoError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Failed(fault) => Self::Failed(fault),
            // Nothing is taken here, and of two who undo at once the other's chain is found by the next try.
            Refusal::Spent | Refusal::Taken | Refusal::Stale | Refusal::SessionEnded => Self::Failed(Fault::CONTENTION),
        }
    }
}

/// Whether the link still undoes a change, for the page that shows its form: 1 `GetItem`, 1 read unit.
pub async fn can_undo(app: &App, client: &Client, link: &UndoLink) -> Result<bool, Fault> {
    let found = store::chain(&app.store, AccountId::from_bytes(link.id()), client.now).await?;
    Ok(found.chain.undone(link.digest()).is_some())
}

/// Restores the address that the link was mailed to, and mails it a link with which a new password is chosen, unless the
/// account is suspended. 1 limiter update, 2 `GetItem`s, 1 transaction of at most 22 items, 4 more for a deletion, and 3 for
/// each passkey that goes; 1 `Query` and 3 items for each provider more if providers are connected.
///
/// A deletion in its grace is taken back: while one is scheduled the address cannot be changed, so it was asked for after
/// the change. One that is due leaves nothing to restore.
pub async fn undo(app: &App, client: &Client, link: &UndoLink) -> Result<(), UndoError> {
    rate::admit(app, client, Subject::address(client), [app.config.confirmation.limit]).await?;
    let id = AccountId::from_bytes(link.id());
    // The chain first: every change of address writes it, so that one that comes after this reading makes the writing
    // stale. Were the account read first, an address that it got in between would stay claimed for it.
    let found = store::chain(&app.store, id, client.now).await?;
    let account = by_id(&app.store, id).await?;
    let (step, left) = found.chain.undone(link.digest()).ok_or(UndoError::LinkInvalid)?;
    let account = account.filter(|account| !account.is_gone(client.now)).ok_or(UndoError::LinkInvalid)?;
    let restored = &step.address;
    let changes =
        State { present: &account.email, chain: &found.chain }.changes_to(&State { present: restored, chain: &left });

    let macs = app.macs().await?;
    let (purpose, key, now) = (Purpose::PasswordReset, macs.lookup_key(), client.now);
    let (mut mailed, _) = Mailed::issue(purpose, id, restored, account.session_epoch, key, &app.entropy, now);
    let (reset, reset_until): (ResetLink, _) = mailed.add_link(LINK_LIFE, &app.entropy, now);
    let renewed = end_sessions(&account, client.now).remove("password").set("updated_at", client.now);
    let renewed = renewed.set_structure(keys::ACCOUNT, "email", restored)?;
    let factors = account.factors.before(step.made_at());
    let renewed = with_factors(renewed, &factors)?;
    let links = if account.social.is_empty() { Vec::new() } else { social::links(&app.store, id).await? };
    let (younger, older): (Vec<LinkRow>, Vec<LinkRow>) =
        links.into_iter().partition(|link| link.connected_at() >= step.made_at());
    let renewed = with_providers(renewed, older.iter().map(|link| link.provider().clone()).collect())?;
    let renewed = close_exports(without_deletion(renewed, account.deletion.as_ref(), client.now));

    let transaction = app.store.transaction().update(&renewed).or(Refusal::Stale);
    let transaction = remove_factors(app, client, transaction, &account, &factors);
    let transaction = remove_links(app, client, transaction, &account, &younger);
    let transaction = take_deletion_back(app, client, transaction, &account, restored).await?;
    let transaction = store::write_chain(transaction, app, id, &found, &left, client.now);
    let transaction = store::write_claims(transaction, id, changes, client.now);
    let transaction = transaction
        .put(&FlowsRow::of_link(mailed, &app.entropy))
        .create(&restored_mail(app, client, &account, restored, &reset, reset_until).await?)
        .create(&audit::row(app, client, id, events::email_change_undone()));
    match undone_mail(app, client, &account, restored).await? {
        Some(mail) => transaction.create(&mail).commit().await?,
        None => transaction.commit().await?,
    }
    Ok(())
}

async fn take_deletion_back<'a>(
    app: &App,
    client: &Client,
    transaction: Transaction<'a, Refusal>,
    account: &Account,
    restored: &EmailAddress,
) -> Result<Transaction<'a, Refusal>, Fault> {
    let Some(deletion) = &account.deletion else { return Ok(transaction) };
    let taken_back = TakenBack { account, deletion, by: "email_change_undone", told: restored };
    cancel_deletion::beside(app, client, transaction, taken_back, || Refusal::Stale).await
}

/// Deletes the factors that are not among these any more, and says so in the audit log.
fn remove_factors<'a>(
    app: &App,
    client: &Client,
    transaction: Transaction<'a, Refusal>,
    account: &Account,
    kept: &Factors,
) -> Transaction<'a, Refusal> {
    account.factors.not_in(kept).fold(transaction, |transaction, removed| {
        let event = mfa::events::factor_removed(removed.factor, "email_change_undone");
        let items = mfa::keys::items_of(removed, account.id);
        let transaction = items.iter().fold(transaction, |transaction, item| transaction.delete(item, None));
        transaction.create(&audit::row(app, client, account.id, event))
    })
}

/// Deletes these links to providers, and says so in the audit log. The epoch that the account was read with holds them
/// still: whoever connects or disconnects one raises it.
fn remove_links<'a>(
    app: &App,
    client: &Client,
    transaction: Transaction<'a, Refusal>,
    account: &Account,
    links: &[LinkRow],
) -> Transaction<'a, Refusal> {
    links.iter().fold(transaction, |transaction, link| {
        let event = social::events::disconnected(link.provider(), "email_change_undone");
        link.delete(transaction, Refusal::Stale).create(&audit::row(app, client, account.id, event))
    })
}

/// What the restored address is told: what happened, and how to choose a new password.
async fn restored_mail(
    app: &App,
    client: &Client,
    account: &Account,
    restored: &EmailAddress,
    reset: &ResetLink,
    until: Timestamp,
) -> Result<OutboxItem, Fault> {
    let content = mails::EmailRestored {
        name: account.name.as_str(),
        suspended: account.is_suspended(),
        link: &format!("{}/reset-password?token={}", app.config.public_url, reset.reveal()),
        until,
        origin: &app.origin(client),
    };
    outbox::mail(app, client, &restored.deliverable(), &content, client.now.plus(NEWS)).await
}

/// What the address that the account had until now is told: it may be the person's own, and the old mailbox somebody
/// else's. None where the account had gone back to the restored address already.
async fn undone_mail(
    app: &App,
    client: &Client,
    account: &Account,
    restored: &EmailAddress,
) -> Result<Option<OutboxItem>, Fault> {
    if account.email.normalised() == restored.normalised() {
        return Ok(None);
    }
    let content = mails::EmailChangeUndone { name: account.name.as_str(), origin: &app.origin(client) };
    let until = client.now.plus(NEWS);
    outbox::mail(app, client, &account.email.deliverable(), &content, until).await.map(Some)
}
