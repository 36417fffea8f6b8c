//! Connecting a provider to one's own account, on purpose. It is a new way in, so it takes a fresh session, ends the
//! others, and is told by mail.

use super::begin::{BeginError, Departed, depart};
use super::identity::Identity;
use super::provider::{Credential, Provider};
use super::sign_in_by_credential::{USED, identify, may_be_redeemed, note_use};
use super::store::LinkRow;
use super::visit::{BrowserToken, Purpose, StateRow};
use super::{ConnectedProvider, ProviderError, SocialLinkId, events, mails, store};
use crate::accounts::{self, Account, AccountId};
use crate::app::App;
use crate::audit;
use crate::sessions::{self, Session, SessionId, SignedIn};
use latchkey_kernel::dynamo::{Row as _, Transaction, lacks};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// Why it is not connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Too many tries.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The owner has configured no such provider.
    #[error("there is no such provider")]
    UnknownProvider,
    /// Nobody is led back to that page, or codes from there are not taken.
    #[error("nobody is led back there")]
    RedirectRefused,
    /// The credential shows nobody whom we believe.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Another account has the identity.
    #[error("another account has it")]
    Taken,
    /// The account has an identity of this provider.
    #[error("the provider is connected")]
    ConnectedAlready,
    /// The session was ended while it asked.
    #[error("the session has ended")]
    SessionEnded,
    /// The visit was spent meanwhile.
    #[error("the visit is over")]
    Spent,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<BeginError> for ConnectError {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::Refused(refused) => Self::Refused(refused),
            BeginError::UnknownProvider => Self::UnknownProvider,
            BeginError::RedirectRefused => Self::RedirectRefused,
            BeginError::Provider(error) => Self::Provider(error),
            BeginError::Failed(fault) => Self::Failed(fault),
        }
    }
}

/// Connects at once what a credential shows. 1 limiter update, 1 to 4 requests to the provider, 1 `GetItem`, 1 transaction
/// of 6 items, 7 with an `id_token`, which is spent by it.
pub async fn connect(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    provider: &str,
    credential: &Credential,
) -> Result<ConnectedProvider, ConnectError> {
    let provider = admitted(app, client, &signed_in.account, provider).await?;
    if !may_be_redeemed(app, &provider, credential) {
        return Err(ConnectError::RedirectRefused);
    }
    let (identity, spends) = identify(app, client, &provider, credential).await?;
    let SignedIn { account, session, .. } = signed_in;
    let spending = spends.add_to(app.store.transaction(), ConnectError::Provider(USED));
    let attached = attach(app, client, (account, session), &provider, &identity, spending).await;
    let row = attached.inspect_err(|error| {
        if matches!(error, ConnectError::Provider(USED)) {
            note_use(app, client, &provider);
        }
    })?;
    Ok(ConnectedProvider::of(&row, provider.display().to_owned()))
}

/// Sends the browser of a person who is signed in to a provider; what comes back is connected. 1 limiter update, at most 1
/// request to the provider, 1 `PutItem`.
pub async fn begin_connecting(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    provider: &str,
    redirect_to: Option<&str>,
    browser: Option<BrowserToken>,
) -> Result<Departed, ConnectError> {
    let provider = admitted(app, client, &signed_in.account, provider).await?;
    let redirect_to = app.config.social.redirects.choose(redirect_to).ok_or(ConnectError::RedirectRefused)?;
    let purpose = Purpose::Connect { account: signed_in.account.id, session: signed_in.session.id };
    Ok(depart(app, client, &provider, redirect_to, browser, (purpose, None)).await?)
}

async fn admitted(app: &App, client: &Client, account: &Account, provider: &str) -> Result<Provider, ConnectError> {
    rate::admit(app, client, Subject::person(account.id), [app.config.social.limit]).await?;
    let provider = app.providers.find(provider, client.now).await?.ok_or(ConnectError::UnknownProvider)?;
    if account.social.contains(provider.name()) {
        return Err(ConnectError::ConnectedAlready);
    }
    Ok(provider)
}

/// Connects whom a provider names to the account that set out, if its session is still there. 1 `BatchGetItem`, 1
/// `GetItem`, 1 transaction of 7 items, which spends the state.
pub(super) async fn connect_returning(
    app: &App,
    client: &Client,
    asked: (AccountId, SessionId),
    provider: &Provider,
    identity: &Identity,
    visit: &StateRow,
) -> Result<(), ConnectError> {
    let found = sessions::store::with_account(&app.store, asked.0, asked.1).await?;
    let alive = found
        .filter(|(account, session)| session.is_alive(account.session_epoch, client.now) && account.deletion.is_none());
    let (account, session) = alive.ok_or(ConnectError::SessionEnded)?;
    client.trail.about(account.id);
    if account.social.contains(&identity.provider) {
        return Err(ConnectError::ConnectedAlready);
    }
    let spending = app.store.transaction().delete(&visit.key(), Some(&visit.unspent())).or(ConnectError::Spent);
    attach(app, client, (&account, &session), provider, identity, spending).await.map(drop)
}

async fn attach(
    app: &App,
    client: &Client,
    (account, session): (&Account, &Session),
    provider: &Provider,
    identity: &Identity,
    transaction: Transaction<'_, ConnectError>,
) -> Result<LinkRow, ConnectError> {
    let mac = identity.mac(app.macs().await?.lookup_key());
    if store::claim(&app.store, &mac).await?.is_some() {
        return Err(ConnectError::Taken);
    }
    let row = LinkRow::new(SocialLinkId::new(&app.entropy, client.now), account.id, identity, mac, client.now);
    let update = accounts::end_sessions(account, client.now).set("updated_at", client.now);
    let update = update.include("social", provider.name()).only_if(&lacks("social", provider.name()));
    let connected = events::connected(provider.name(), "session");
    transaction
        .create(&row.claimed())
        .or(ConnectError::Taken)
        .create(&row)
        .or(ConnectError::ConnectedAlready)
        .update(&update)
        .or(ConnectError::SessionEnded)
        .update(&sessions::store::move_to_epoch(session, account.session_epoch.saturating_add(1)))
        .or(ConnectError::SessionEnded)
        .create(&mails::connected(app, client, account, provider.display(), false).await?)
        .create(&audit::row(app, client, account.id, connected))
        .commit()
        .await?;
    Ok(row)
}
