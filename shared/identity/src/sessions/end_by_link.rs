//! Ending a session by the link in the mail about it: its owner says that the sign-in was not theirs.
//!
//! The first write ends that session, makes a stranger of its device, and takes back what may have been begun in it: an
//! export, a deletion, a change of the address. The device may have signed in again since, unannounced, as a known one, so
//! the later sessions of that device end as well, page by page; where there are more than one request can end, every
//! session of the account does. The link is spent last: what was cut off can be done again.

use futures_util::future::try_join_all;

use super::events::SIGN_IN_DISOWNED;
use super::known_device::EndLink;
use super::{Session, SessionId, store};
use crate::accounts::{self, Account, AccountId, Deletion};
use crate::app::App;
use crate::audit;
use crate::audit::events::suspicious_activity;
use crate::privacy::cancel_deletion;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::secret::Digest;

/// How many sessions are looked through at a time.
const PAGE: usize = 100;
/// How many pages of them are. Past that the account's epoch is raised.
const PAGES: usize = 10;

/// Why nothing was ended.
#[derive(Debug, thiserror::Error)]
pub enum EndByLinkError {
    /// Too many links from the IP address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Wrong, spent, or of a session that is forgotten.
    #[error("the link is not valid")]
    LinkInvalid,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Whether the link still signs a device out, for the page that shows its button: 1 `GetItem`, 1 read unit.
pub async fn can_end(app: &App, link: &EndLink) -> Result<bool, Fault> {
    let (account, id) = named(link);
    let session = store::find(&app.store, account, id).await?;
    Ok(session.is_some_and(|session| session.end_link == Some(link.digest())))
}

/// Ends the sessions of the device that the link is about: 1 limiter update and 1 `BatchGetItem` together, 2 read units; 1
/// transaction of 4 items, 8 if a deletion was asked for since; 1 `Query` for each 100 sessions that are as young, at most
/// 10, and 1 `UpdateItem` for each later one of the device that is not over; 1 transaction of 2 or 3 items.
pub async fn end_by_link(app: &App, client: &Client, link: &EndLink) -> Result<(), EndByLinkError> {
    let (account, id) = named(link);
    let (admitted, found) = tokio::join!(
        rate::admit(app, client, Subject::address(client), [app.config.confirmation.limit]),
        store::with_account(&app.store, account, id),
    );
    admitted?;
    let digest = link.digest();
    let good =
        |(account, session): &(Account, Session)| session.end_link == Some(digest) && !account.is_gone(client.now);
    let (account, session) = found?.filter(good).ok_or(EndByLinkError::LinkInvalid)?;
    end(app, client, &account, &session, digest).await?;
    let all = end_later_ones(app, client, &session).await?;
    spend(app, client, &account, &session, digest, all).await
}

/// The account and the session that a link names.
fn named(link: &EndLink) -> (AccountId, SessionId) {
    let [account, session] = link.halves();
    (AccountId::from_bytes(account), SessionId::from_bytes(session))
}

/// The device of a session. One from before devices had names is its own.
fn device_of(session: &Session) -> SessionId {
    session.device.unwrap_or(session.id)
}

/// Ends the session itself, and takes back what may have been begun in it.
async fn end(
    app: &App,
    client: &Client,
    account: &Account,
    session: &Session,
    link: Digest,
) -> Result<(), EndByLinkError> {
    let changed = || EndByLinkError::Failed(Fault::CONTENTION);
    let disowned = accounts::disown_device(account.id, device_of(session));
    // One that was asked for before the session began is its owner's.
    let since = |deletion: &&Deletion| deletion.request.created_at().is_none_or(|at| at >= session.created_at);
    let deletion = account.deletion.as_ref().filter(since);
    let disowned = if deletion.is_some() || account.deletion.is_none() {
        accounts::without_deletion(disowned, deletion, client.now)
    } else {
        disowned
    };
    let mut transaction = app
        .store
        .transaction()
        .update(&store::disown(session, link, client.now))
        .or(EndByLinkError::LinkInvalid)
        .update(&disowned)
        .or(changed());
    if let Some(deletion) = deletion {
        let taken_back = cancel_deletion::TakenBack { account, deletion, by: "sign_in_disowned", told: &account.email };
        transaction = cancel_deletion::beside(app, client, transaction, taken_back, changed).await?;
    }
    transaction.commit().await
}

/// Ends the later sessions of the device, newest first, until the one that the link is about. False if there are more than
/// one request looks through.
async fn end_later_ones(app: &App, client: &Client, session: &Session) -> Result<bool, Fault> {
    let mut after = None;
    for _ in 0..PAGES {
        let page = store::newest_first(&app.store, session.account_id, after, PAGE).await?;
        let is_over = |row: &Session| row.ended_at.is_some() && row.device_digest.is_none();
        let own = page.rows.iter().filter(|row| row.device == session.device && row.id != session.id && !is_over(row));
        try_join_all(own.map(|row| store::forget(&app.store, row, client.now))).await?;
        after = page.rows.last().map(|row| row.id);
        if !page.more || page.rows.last().is_none_or(|last| last.created_at < session.created_at) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Spends the link and says so in the audit log. Unless all sessions of the device were ended, all of the account are.
async fn spend(
    app: &App,
    client: &Client,
    account: &Account,
    session: &Session,
    link: Digest,
    all: bool,
) -> Result<(), EndByLinkError> {
    let disowned = suspicious_activity(SIGN_IN_DISOWNED).with("session", session.id);
    let transaction = app
        .store
        .transaction()
        .update(&store::spend_end_link(session, link))
        .or(EndByLinkError::LinkInvalid)
        .create(&audit::row(app, client, account.id, disowned));
    let forgotten = account.disowned_to_forget(device_of(session), client.now);
    let change = match (all, forgotten.is_empty()) {
        (true, true) => return transaction.commit().await,
        (true, false) => accounts::change(account.id),
        (false, _) => accounts::end_sessions(account, client.now),
    };
    let change = accounts::forget_disowned(change, &forgotten);
    transaction.update(&change).or(EndByLinkError::Failed(Fault::CONTENTION)).commit().await
}
