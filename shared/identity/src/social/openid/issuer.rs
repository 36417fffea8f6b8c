//! An issuer's own description of itself (OpenID Connect Discovery 1.0) and its keys, kept for as long as it says.

use std::sync::{Arc, Mutex, PoisonError};

use http::Uri;
use jiff::SignedDuration;
use serde::Deserialize;

use super::id_token::{Claims, Expected, header, verify};
use super::keys::{Document, KeySet};
use crate::social::ask::{Answer, ProviderError, ask, get};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::outbound::{Outbound, is_secure};

/// How long an answer is kept that says nothing of it.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// The shortest time for which an answer is kept, whatever it says.
const KEPT_AT_LEAST: SignedDuration = SignedDuration::from_mins(5);
/// The longest.
const KEPT_AT_MOST: SignedDuration = SignedDuration::from_hours(24);
/// After how long an unknown key is looked for again: anybody can invent one.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// What an issuer says of itself.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::social) struct Description {
    issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    jwks_uri: String,
    pub(super) userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

/// What one issuer told, for all requests of this process.
#[derive(Default)]
pub(in crate::social) struct IssuerCache {
    description: Kept<Description>,
    keys: Kept<KeySet>,
    looked_for_keys_at: Mutex<Option<Timestamp>>,
}

/// Something that is kept until a moment.
struct Kept<T>(Mutex<Option<(Timestamp, Arc<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Kept<T> {
    fn get(&self, now: Timestamp) -> Option<Arc<T>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(until, _)| *until > now).map(|(_, value)| Arc::clone(value))
    }

    fn put(&self, value: T, kept_for: Option<SignedDuration>, now: Timestamp) -> Arc<T> {
        let life = kept_for.unwrap_or(KEPT).clamp(KEPT_AT_LEAST, KEPT_AT_MOST);
        let value = Arc::new(value);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now.plus(life), Arc::clone(&value)));
        value
    }
}

impl Description {
    /// Whether we show our secret in the header, as the standard has it unless an issuer says otherwise.
    pub(super) fn takes_basic(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_ref();
        methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"))
    }
}

/// Whether an issuer may name this as an address of its own. One that is asked by TLS has none without: plain HTTP goes to
/// this machine, which has more to tell than an issuer should ask for (on AWS the function's own runtime listens there).
/// What answers by TLS has a certificate of that name, on whatever network it is.
fn is_endpoint(address: &str, issuer: &str) -> bool {
    let is_tls = |address: &str| address.starts_with("https://");
    let plain = address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\');
    let names_a_host = |uri: &Uri| is_secure(uri) && uri.authority().is_some_and(|host| !host.as_str().contains('@'));
    let one = address.parse::<Uri>().is_ok_and(|uri| names_a_host(&uri));
    one && plain && (is_tls(address) || !is_tls(issuer))
}

impl IssuerCache {
    /// What the issuer says of itself: 1 request to it, unless it is kept.
    pub(super) async fn description(
        &self,
        outbound: &Outbound,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Arc<Description>, ProviderError> {
        if let Some(known) = self.description.get(now) {
            return Ok(known);
        }
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let answer = ask(outbound, get(&address, None)?).await?;
        let description: Description = answer.success()?;
        let endpoints = [&description.authorization_endpoint, &description.token_endpoint, &description.jwks_uri];
        let endpoints = endpoints.into_iter().chain(&description.userinfo_endpoint);
        if description.issuer != issuer {
            return Err(ProviderError::Distrusted("the description is of another issuer"));
        }
        if !endpoints.into_iter().all(|address| is_endpoint(address, issuer)) {
            return Err(ProviderError::Distrusted("an endpoint is no address that it may name"));
        }
        Ok(self.description.put(description, answer.kept_for, now))
    }

    /// The claims of an `id_token` that the issuer signed. 1 request for its keys, unless they are kept; and 1 more, once in
    /// half a minute, for a key that is not among them.
    pub(super) async fn claims(
        &self,
        outbound: &Outbound,
        description: &Description,
        token: &str,
        expected: &Expected<'_>,
    ) -> Result<Claims, ProviderError> {
        let header = header(token)?;
        let now = expected.now;
        let (mut keys, fresh) = match self.keys.get(now) {
            Some(known) => (known, false),
            None => (self.fetch_keys(outbound, description, now).await?, true),
        };
        let id = header.key.as_deref();
        if keys.find(id, header.algorithm).is_none() && !fresh && self.may_look_again(now) {
            keys = self.fetch_keys(outbound, description, now).await?;
        }
        let key = keys.find(id, header.algorithm).ok_or(ProviderError::Distrusted("the id_token's key is unknown"))?;
        verify(token, key, expected)
    }

    async fn fetch_keys(
        &self,
        outbound: &Outbound,
        description: &Description,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, ProviderError> {
        let answer: Answer = ask(outbound, get(&description.jwks_uri, None)?).await?;
        let document: Document = answer.success()?;
        Ok(self.keys.put(KeySet::of(document), answer.kept_for, now))
    }

    fn may_look_again(&self, now: Timestamp) -> bool {
        let mut last = self.looked_for_keys_at.lock().unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|last| now.since(last) >= LOOK_AGAIN_AFTER);
        if may {
            *last = Some(now);
        }
        may
    }
}
