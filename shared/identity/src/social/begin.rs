//! Setting out to a provider: a browser is sent there, with a state that only this browser can come back with.

use super::ProviderError;
use super::exchange_challenge::ExchangeChallenge;
use super::provider::{Authorize, Provider};
use super::visit::{BrowserToken, Departure, Purpose, Secrets, StateRow};
use crate::app::App;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// A browser on its way.
pub struct Departed {
    /// Where it is sent.
    pub authorize_url: String,
    /// What it must hold when it comes back.
    pub browser: BrowserToken,
}

/// Why it stays.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// Too many sign-ins by a provider.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The owner has configured no such provider.
    #[error("there is no such provider")]
    UnknownProvider,
    /// The page is not one that people may be led back to.
    #[error("nobody is led back there")]
    RedirectRefused,
    /// The provider cannot be asked where people go.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Sends a browser to a provider, to sign its person in. 1 limiter update, at most 1 request to the provider, 1 `PutItem`.
///
/// A browser that is on another visit keeps its token: two tabs may come back in any order. A page that gives a challenge
/// is the only one that can exchange what comes back.
pub async fn begin(
    app: &App,
    client: &Client,
    provider: &str,
    redirect_to: Option<&str>,
    challenge: Option<ExchangeChallenge>,
    browser: Option<BrowserToken>,
) -> Result<Departed, BeginError> {
    rate::admit(app, client, Subject::address(client), [app.config.social.limit]).await?;
    let provider = app.providers.find(provider, client.now).await?.ok_or(BeginError::UnknownProvider)?;
    let redirect_to = app.config.social.redirects.choose(redirect_to).ok_or(BeginError::RedirectRefused)?;
    depart(app, client, &provider, redirect_to, browser, (Purpose::SignIn, challenge)).await
}

/// 1 `PutItem`, after at most 1 request to the provider.
pub(super) async fn depart(
    app: &App,
    client: &Client,
    provider: &Provider,
    redirect_to: &str,
    browser: Option<BrowserToken>,
    (purpose, challenge): (Purpose, Option<ExchangeChallenge>),
) -> Result<Departed, BeginError> {
    let sealer = app.sealer().await?;
    let browser = browser.unwrap_or_else(|| BrowserToken::generate(app.entropy.bytes(), &app.entropy));
    let random = || URL_SAFE_NO_PAD.encode(app.entropy.bytes::<32>());
    let secrets = Secrets { verifier: random(), nonce: random() };
    let name = provider.name();
    let departure = Departure { provider: name, redirect_to, purpose, challenge, browser: &browser, secrets: &secrets };
    let (row, state) = StateRow::begin(departure, &sealer, &app.entropy, client.now);
    let visit = Authorize {
        redirect_uri: &callback_address(app, provider),
        state: &state.reveal(),
        nonce: &secrets.nonce,
        verifier: &secrets.verifier,
    };
    let authorize_url = provider.authorize(&visit, client.now).await?;
    app.store.put_new(&row).await?;
    Ok(Departed { authorize_url, browser })
}

/// Where a provider sends people back to: the one address that is registered there.
pub(super) fn callback_address(app: &App, provider: &Provider) -> String {
    format!("{}/api/oauth/{}/callback", app.config.public_url, provider.name())
}
