//! What a person sees of the providers that are connected.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::SocialLinkId;
use super::store::{LinkRow, links};
use crate::accounts::{Account, AccountId, ProviderName};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;

/// A person's account with a provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SocialAccount)]
pub struct ConnectedProvider {
    /// Its id here.
    id: SocialLinkId,
    /// The provider.
    provider: ProviderName,
    /// The provider's name for people.
    #[schema(example = "Google")]
    provider_display: String,
    /// The person's id at the provider.
    uid: String,
    /// A picture, at the provider.
    avatar_url: Option<String>,
    /// The person's page, at the provider.
    profile_url: Option<String>,
    /// When it was connected.
    connected_at: Timestamp,
    /// When the person last signed in by it.
    last_login_at: Option<Timestamp>,
}

/// In which ways a person can sign in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SocialStatus)]
pub struct Status {
    /// The account.
    user_id: AccountId,
    /// Whether it has a password.
    has_password: bool,
    /// Whether each provider is connected.
    social_accounts: BTreeMap<String, ConnectedOrNot>,
}

/// Whether a provider is connected.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ConnectedOrNot {
    /// Whether it is.
    connected: bool,
    /// The person's id at the provider.
    uid: Option<String>,
}

impl ConnectedProvider {
    pub(super) fn of(link: &LinkRow, display: String) -> Self {
        Self {
            id: link.id,
            provider: link.provider.clone(),
            provider_display: display,
            uid: link.subject.clone(),
            avatar_url: link.avatar_url.clone(),
            profile_url: link.profile_url.clone(),
            connected_at: link.connected_at,
            last_login_at: link.last_login_at,
        }
    }
}

/// The providers that a person has connected, by name: 1 `Query`.
pub async fn list(app: &App, client: &Client, account: &Account) -> Result<Vec<ConnectedProvider>, Fault> {
    let mut listed = Vec::new();
    for link in links(&app.store, account.id).await? {
        listed.push(ConnectedProvider::of(&link, app.providers.display(&link.provider, client.now).await?));
    }
    Ok(listed)
}

/// In which ways a person can sign in: 1 `Query`. Providers that are not configured are told as not connected.
pub async fn status(app: &App, client: &Client, account: &Account) -> Result<Status, Fault> {
    let configured = app.providers.all(client.now).await?;
    let always = [ProviderName::GOOGLE, ProviderName::GITHUB, ProviderName::FACEBOOK];
    let names = always.into_iter().chain(configured.iter().map(|provider| provider.name().as_str()));
    let mut social_accounts: BTreeMap<String, ConnectedOrNot> =
        names.map(|name| (name.to_owned(), ConnectedOrNot::default())).collect();
    for link in links(&app.store, account.id).await? {
        let there = ConnectedOrNot { connected: true, uid: Some(link.subject) };
        social_accounts.insert(link.provider.as_str().to_owned(), there);
    }
    Ok(Status { user_id: account.id, has_password: account.password.is_some(), social_accounts })
}
