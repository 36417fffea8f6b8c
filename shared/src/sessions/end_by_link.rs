//! Ending a session by the link in the mail about it: its person says that the sign-in was not theirs.
//!
//! The device may have signed in again since, unannounced, as a known one. So every session of that device ends, and
//! none of its tokens makes it known again.

use futures_util::future::try_join_all;

use super::known_device::EndLink;
use super::{Session, store};
use crate::accounts;
use crate::app::App;
use crate::audit::{self, Event, Suspicion};
use crate::client::Client;
use crate::dynamo::StoreError;
use crate::http::rate::{self, Refused, Subject};
use crate::id::{AccountId, SessionId};

/// How many sessions are looked through at a time.
const PAGE: usize = 50;

/// Why nothing was ended.
#[derive(Debug, thiserror::Error)]
pub enum EndByLinkError {
    /// Too many links from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Wrong, spent, or of a session that is forgotten.
    #[error("the link is not valid")]
    LinkInvalid,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether the link still signs a device out, for the page that shows its button: 1 `GetItem`, 1 read unit.
pub async fn can_end(app: &App, link: &EndLink) -> Result<bool, StoreError> {
    let (account, id) = named(link);
    let session = store::find(&app.store, account, id).await?;
    Ok(session.is_some_and(|session| session.end_link == Some(link.digest())))
}

/// Ends the sessions of the device that the link is about: 1 limiter update and 1 `GetItem` together, 1 `UpdateItem` of
/// the account, 1 `Query` for each 50 sessions that are as young, 1 `UpdateItem` for each later one of the device, then 1
/// transaction of 2 items. The device is disowned first, so that none of its sign-ins comes after the search, and the
/// link is spent last: what fails on the way can be done again.
pub async fn end_by_link(app: &App, client: &Client, link: &EndLink) -> Result<(), EndByLinkError> {
    let (account, id) = named(link);
    let (admitted, found) = tokio::join!(
        rate::admit(app, client, Subject::address(client), [app.config.rates.confirm]),
        store::find(&app.store, account, id),
    );
    admitted?;
    let digest = link.digest();
    let session = found?.filter(|session| session.end_link == Some(digest)).ok_or(EndByLinkError::LinkInvalid)?;
    accounts::disown_device(&app.store, account, session.device.unwrap_or(id)).await?;
    forget_device(app, client, &session).await?;
    let disowned = Event::SuspiciousActivity { session: Some(id), reason: Suspicion::SignInDisowned };
    app.store
        .transaction()
        .update(&store::disown(&session, digest, client.now))
        .or(EndByLinkError::LinkInvalid)
        .create(&audit::row(app, client, account, disowned))
        .commit()
        .await
}

/// The account and the session that a link names.
fn named(link: &EndLink) -> (AccountId, SessionId) {
    let [account, session] = link.halves();
    (AccountId::from_bytes(account), SessionId::from_bytes(session))
}

/// Ends the later sessions of the device, newest first, until the one that the link is about.
async fn forget_device(app: &App, client: &Client, session: &Session) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = store::newest_first(&app.store, session.account_id, after, PAGE).await?;
        let rows: Vec<Session> = page.rows.into_iter().map(Session::from).collect();
        let own = rows.iter().filter(|row| row.device == session.device && row.id != session.id);
        try_join_all(own.map(|row| store::forget(&app.store, row, client.now))).await?;
        after = rows.last().map(|row| row.id);
        if !page.more || rows.last().is_none_or(|last| last.created_at < session.created_at) {
            return Ok(());
        }
    }
}
