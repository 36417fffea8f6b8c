//! Disconnecting a provider, but never the last way in.

use super::{Provider, events, mails, store};
use crate::accounts::{self, Account, Factor, ProviderName};
use crate::app::App;
use crate::audit;
use crate::sessions::{self, SignedIn};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;

/// Why it stays connected.
#[derive(Debug, thiserror::Error)]
pub enum DisconnectError {
    /// The account has no identity of this provider.
    #[error("the provider is not connected")]
    NotFound,
    /// Nothing else lets its person in.
    #[error("it is the only way in")]
    LastWayIn,
    /// The session was ended, or the account's ways in were changed, while it asked.
    #[error("the session has ended")]
    SessionEnded,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Disconnects a provider, and ends the other sessions: whom it let in, it lets in no more. 1 `GetItem`, 1 transaction of
/// 6 items.
///
/// Every change of a way in raises the epoch, so of two that race, one finds the other's and is refused. Tells what people
/// call the provider.
pub async fn disconnect(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    provider: &str,
) -> Result<String, DisconnectError> {
    let SignedIn { account, session, .. } = signed_in;
    let name = ProviderName::parse(provider).ok_or(DisconnectError::NotFound)?;
    let link = store::link(&app.store, account.id, &name).await?.ok_or(DisconnectError::NotFound)?;
    if !has_another_way_in(app, client, account, &name).await? {
        return Err(DisconnectError::LastWayIn);
    }
    let display = app.providers.display(&name, client.now).await?;
    let update = accounts::end_sessions(account, client.now).set("updated_at", client.now).take("social", &name);
    let disconnected = events::disconnected(&name, "session");
    link.delete(app.store.transaction(), DisconnectError::NotFound)
        .update(&update)
        .or(DisconnectError::SessionEnded)
        .update(&sessions::store::move_to_epoch(session, account.session_epoch.saturating_add(1)))
        .or(DisconnectError::SessionEnded)
        .create(&mails::disconnected(app, client, account, &display).await?)
        .create(&audit::row(app, client, account.id, disconnected))
        .commit()
        .await?;
    Ok(display)
}

/// Whether its person can sign in without this provider. Another one lets nobody in once the owner has no client with it.
async fn has_another_way_in(
    app: &App,
    client: &Client,
    account: &Account,
    provider: &ProviderName,
) -> Result<bool, Fault> {
    if account.password.is_some() || account.factors.has(Factor::Passkey) {
        return Ok(true);
    }
    let configured = app.providers.all(client.now).await?;
    Ok(configured.iter().map(Provider::name).any(|known| known != provider && account.social.contains(known)))
}
