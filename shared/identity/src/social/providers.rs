//! Which providers the owner has configured, from variables and from the secret `providers`.
//!
//! The secret is read when somebody first asks for a provider, and again when it is five minutes old; what issuers told
//! of themselves outlives that.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::Uri;
use jiff::SignedDuration;

use super::authority::Authority;
use super::config::{ClientPair, Social};
use super::facebook::Facebook;
use super::github::GitHub;
use super::google;
use super::openid::{IssuerCache, OpenId};
use super::provider::{Kind, OurClient, Provider};
use crate::accounts::ProviderName;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::config::Section;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::outbound::{Outbound, is_secure};
use latchkey_kernel::secret::{self, OpenIdClient, SecretSource};

/// After how long the secret is read again.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// The providers of this process.
pub struct Providers {
    source: SecretSource,
    outbound: Outbound,
    configured: Section<Social>,
    current: Mutex<Option<(Timestamp, Arc<Vec<Provider>>)>>,
    caches: Mutex<BTreeMap<String, Arc<IssuerCache>>>,
}

impl Providers {
    /// Those of this configuration and this secret, asked over `outbound`. Nothing is read yet.
    pub fn new(source: SecretSource, outbound: Outbound, configured: Section<Social>) -> Self {
        Self { source, outbound, configured, current: Mutex::default(), caches: Mutex::default() }
    }

    /// The provider of this name, if the owner has configured it.
    pub async fn find(&self, name: &str, now: Timestamp) -> Result<Option<Provider>, Fault> {
        Ok(self.all(now).await?.iter().find(|provider| provider.name.as_str() == name).cloned())
    }

    /// What people call the provider of this name, which the owner may have no client with any more.
    pub async fn display(&self, name: &ProviderName, now: Timestamp) -> Result<String, Fault> {
        let known = self.find(name.as_str(), now).await?;
        Ok(known.map_or_else(|| name.display(), |provider| provider.display))
    }

    /// All of them: now and then 1 `GetSecretValue`. One that cannot be read again leaves them as they were.
    pub async fn all(&self, now: Timestamp) -> Result<Arc<Vec<Provider>>, Fault> {
        let known = self.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, providers)) = known.as_ref().filter(|(read_at, _)| now.since(*read_at) < STALE_AFTER) {
            return Ok(Arc::clone(providers));
        }
        let secret = match (self.source.read_if_there::<secret::Providers>().await, known) {
            (Ok(secret), _) => secret.unwrap_or_default(),
            (Err(error), Some((_, providers))) => {
                tracing::warn!(%error, "the providers were not read again; those from before are kept");
                return Ok(providers);
            }
            (Err(error), None) => return Err(error.into()),
        };
        let providers = Arc::new(self.configured(secret));
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&providers)));
        Ok(providers)
    }

    /// What a variable says wins over the secret.
    fn configured(&self, secret: secret::Providers) -> Vec<Provider> {
        let secret::Providers { google, facebook, github, openid, .. } = secret;
        let own = &self.configured;
        let also_for = google.as_ref().map(|google| google.also_for.clone()).unwrap_or_default();
        let google = own.google.as_ref().map(of_pair).or(google.map(|it| our_client(it.client_id, it.client_secret)));
        let (facebook_url, graph_url) = urls(facebook.as_ref().map(|it| (&it.url, &it.api_url)));
        let facebook =
            own.facebook.as_ref().map(of_pair).or(facebook.map(|it| our_client(it.client_id, it.client_secret)));
        let authority = Authority::named(github.as_ref().map_or(&[], |it| &it.authoritative_for));
        let (github_url, github_api) = urls(github.as_ref().map(|it| (&it.url, &it.api_url)));
        let github = own.github.as_ref().map(of_pair).or(github.map(|it| our_client(it.client_id, it.client_secret)));
        let google = google.and_then(|client| {
            let client = OurClient { also_for, ..client };
            self.issuer(ProviderName::GOOGLE, None, google::ISSUER.to_owned(), client, Authority::Google)
        });
        let github = github.and_then(|client| {
            let name = ProviderName::parse(ProviderName::GITHUB)?;
            let url = github_url.unwrap_or_else(|| "https://github.com".to_owned());
            let api_url = github_api.unwrap_or_else(|| "https://api.github.com".to_owned());
            let kind = Kind::GitHub(GitHub { name: name.clone(), client, url, api_url, authority });
            Some(self.provider(&name, None, kind))
        });
        let facebook = facebook.and_then(|client| {
            let name = ProviderName::parse(ProviderName::FACEBOOK)?;
            let url = facebook_url.unwrap_or_else(|| "https://www.facebook.com".to_owned());
            let api_url = graph_url.unwrap_or_else(|| "https://graph.facebook.com".to_owned());
            let version = own.graph_version.clone();
            let kind = Kind::Facebook(Facebook { name: name.clone(), client, url, api_url, version });
            Some(self.provider(&name, None, kind))
        });
        let openid = openid.into_iter().filter_map(|client| self.openid(client));
        let mut all: Vec<Provider> = Vec::new();
        for provider in [google, github, facebook].into_iter().flatten().chain(openid) {
            // A second one of a name would take over the links of the first.
            if all.iter().any(|known| known.name == provider.name) {
                tracing::error!(provider = %provider.name, "two providers have one name; the first is used");
            } else {
                all.push(provider);
            }
        }
        all
    }

    fn openid(&self, client: OpenIdClient) -> Option<Provider> {
        let OpenIdClient { name, display_name, issuer, client_id, client_secret, also_for, authoritative_for } = client;
        let secure = issuer.parse::<Uri>().is_ok_and(|issuer| is_secure(&issuer) && issuer.query().is_none());
        if !secure {
            tracing::error!(provider = name, "the issuer is no https address; the provider is not used");
            return None;
        }
        let authority = Authority::named(&authoritative_for);
        let client = OurClient { also_for, ..our_client(client_id, client_secret) };
        self.issuer(&name, display_name, issuer, client, authority)
    }

    fn issuer(
        &self,
        name: &str,
        display: Option<String>,
        issuer: String,
        client: OurClient,
        authority: Authority,
    ) -> Option<Provider> {
        let Some(name) = ProviderName::parse(name) else {
            tracing::error!(provider = name, "a provider cannot be called that; it is not used");
            return None;
        };
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        let cache = Arc::clone(caches.entry(issuer.clone()).or_default());
        let kind = Kind::OpenId(OpenId { name: name.clone(), issuer, client, authority, cache });
        Some(self.provider(&name, display, kind))
    }

    fn provider(&self, name: &ProviderName, display: Option<String>, kind: Kind) -> Provider {
        let display = display.unwrap_or_else(|| name.display());
        Provider { name: name.clone(), display, kind, outbound: self.outbound.clone() }
    }
}

fn our_client(id: String, secret: latchkey_kernel::secret::SecretText) -> OurClient {
    OurClient { id, secret, also_for: Vec::new() }
}

fn of_pair(pair: &ClientPair) -> OurClient {
    our_client(pair.id.clone(), pair.secret.clone().into())
}

/// Addresses without a slash at the end.
fn urls(given: Option<(&Option<String>, &Option<String>)>) -> (Option<String>, Option<String>) {
    let plain = |url: &Option<String>| url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
    given.map_or((None, None), |(url, api_url)| (plain(url), plain(api_url)))
}
