//! Signing in with what a client got from a provider by itself: an access token, an `id_token`, or a code. It is checked for
//! whom it was made, used for the one question, and dropped.

use super::begin::callback_address;
use super::callback::note;
use super::enter::{Arriving, EnterError, Entered, enter};
use super::identity::Identity;
use super::provider::{Credential, Provider};
use super::spending::Spending;
use super::{ProviderError, metrics};
use crate::app::App;
use crate::sessions::DeviceToken;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInByCredentialError {
    /// The owner has configured no such provider.
    #[error("there is no such provider")]
    UnknownProvider,
    /// The credential shows nobody whom we believe.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The code was handed out to a page that is not ours.
    #[error("codes from there are not taken")]
    RedirectRefused,
    /// The person cannot come in this way.
    #[error(transparent)]
    Enter(#[from] EnterError),
}

impl From<Refused> for SignInByCredentialError {
    fn from(refused: Refused) -> Self {
        Self::Enter(refused.into())
    }
}

impl From<Fault> for SignInByCredentialError {
    fn from(fault: Fault) -> Self {
        Self::Enter(fault.into())
    }
}

/// Why a credential is refused that was shown to us before.
pub(super) const USED: ProviderError = ProviderError::Refused("the id_token was used before");

/// Signs a person in, or says what to do first. 1 limiter update, 1 to 4 requests to the provider, then what `enter`
/// takes. An `id_token` is spent by coming in.
pub async fn sign_in_by_credential(
    app: &App,
    client: &Client,
    provider: &str,
    credential: &Credential,
    device_name: Option<String>,
    device_token: Option<DeviceToken>,
) -> Result<Entered, SignInByCredentialError> {
    rate::admit(app, client, Subject::address(client), [app.config.social.limit]).await?;
    let provider = app.providers.find(provider, client.now).await?;
    let provider = provider.ok_or(SignInByCredentialError::UnknownProvider)?;
    if !may_be_redeemed(app, &provider, credential) {
        return Err(SignInByCredentialError::RedirectRefused);
    }
    let (identity, spends) = identify(app, client, &provider, credential).await?;
    let entered = enter(app, client, &identity, Arriving { device_name, device_token, spends }).await;
    entered.map_err(|error| match error {
        EnterError::Spent => {
            note_use(app, client, &provider);
            USED.into()
        }
        other => other.into(),
    })
}

/// Notes that a credential was shown a second time: by a client that lost the answer, or by whoever found it.
pub(super) fn note_use(app: &App, client: &Client, provider: &Provider) {
    note(provider, &USED);
    app.metrics.count(metrics::ID_TOKEN_REUSED, client.now);
}

/// Whether a code comes from where ours come from: our callback, a page that people may be led back to, or the window
/// that Google's own script opens.
pub(super) fn may_be_redeemed(app: &App, provider: &Provider, credential: &Credential) -> bool {
    match credential {
        Credential::Code { redirect_uri: Some(address), .. } => {
            provider.hands_codes_to_pages(address) || app.config.social.redirects.choose(Some(address)).is_some()
        }
        _ => true,
    }
}

/// Who the credential is about, and what of it must be spent.
pub(super) async fn identify(
    app: &App,
    client: &Client,
    provider: &Provider,
    credential: &Credential,
) -> Result<(Identity, Spending), ProviderError> {
    let identified = provider.by_credential(credential, &callback_address(app, provider), client.now).await;
    identified.inspect_err(|error| note(provider, error))
}
