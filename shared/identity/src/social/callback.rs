//! Coming back from a provider. Nobody is signed in here: what stands in an address is read by too many. The page that the
//! browser is led back to gets a code, which it exchanges.

use super::ask::ProviderError;
use super::begin::callback_address;
use super::connect::{ConnectError, connect_returning};
use super::enter::{EnterError, way_in};
use super::identity::Identity;
use super::provider::{CodeGrant, Provider, with_query};
use super::visit::{BrowserToken, ExchangeRow, Purpose, StateRow, StateToken, returning};
use crate::app::App;
use latchkey_kernel::dynamo::Row as _;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused};

/// What a browser brings back.
pub struct Returned {
    /// The state, if it is one.
    pub state: Option<StateToken>,
    /// What the browser holds.
    pub browser: Option<BrowserToken>,
    /// The code, if the provider gave one and no error.
    pub code: Option<String>,
    /// Who says that it answers.
    pub issuer: Option<String>,
}

/// Where the browser is led.
pub enum Arrival {
    /// To this address.
    At(String),
    /// Nowhere: the visit is unknown, and no page is configured for those.
    Lost,
}

/// How a visit ended badly, as the page that the browser comes back to reads it.
enum Failure {
    /// The provider named nobody whom we believe, or the visit is not this browser's, or late.
    Callback,
    /// The person is new and tells no name.
    AccountCreate,
    /// The person must sign in with what they have, and connect the provider.
    NotLinked,
}

impl Failure {
    fn code(&self) -> &'static str {
        match self {
            Self::Callback => "oauth_callback",
            Self::AccountCreate => "oauth_account_create",
            Self::NotLinked => "oauth_account_not_linked",
        }
    }
}

/// How a visit can end without our fault.
enum Ending {
    Failed(Failure),
    Broken(Fault),
}

impl From<Fault> for Ending {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault)
    }
}

/// Ends a visit. 1 limiter update, 1 `GetItem`, 1 to 4 requests to the provider, 1 or 2 `GetItem`s, 1 transaction of 2
/// items that spends the state; 1 `DeleteItem` in its place if nobody is to be signed in.
pub async fn callback(app: &App, client: &Client, name: &str, returned: Returned) -> Result<Arrival, Refused> {
    rate::admit_visit(app, client).await?;
    let Some(visit) = visit_of(app, client, name, &returned).await? else {
        let page = app.config.social.redirects.choose(None);
        return Ok(page.map_or(Arrival::Lost, |page| failed(page, &Failure::Callback)));
    };
    match finish(app, client, &visit, &returned).await {
        Ok(arrival) => Ok(arrival),
        Err(Ending::Broken(fault)) => Err(fault.into()),
        Err(Ending::Failed(failure)) => {
            app.store.delete(&visit.key(), &visit.unspent()).await?;
            Ok(failed(&visit.redirect_to, &failure))
        }
    }
}

/// The visit that this browser set out on, to this provider.
async fn visit_of(app: &App, client: &Client, name: &str, returned: &Returned) -> Result<Option<StateRow>, Fault> {
    let (Some(state), Some(browser)) = (&returned.state, &returned.browser) else { return Ok(None) };
    let visit = returning(&app.store, state, browser, client.now).await?;
    Ok(visit.filter(|visit| visit.provider.as_str() == name))
}

async fn finish(app: &App, client: &Client, visit: &StateRow, returned: &Returned) -> Result<Arrival, Ending> {
    let failed = || Ending::Failed(Failure::Callback);
    let provider = app.providers.find(visit.provider.as_str(), client.now).await?.ok_or_else(failed)?;
    let identity = identify(app, client, &provider, visit, returned).await?;
    match &visit.purpose {
        Purpose::SignIn => {}
        Purpose::Connect { account, session } => {
            let connected = connect_returning(app, client, (*account, *session), &provider, &identity, visit).await;
            return match connected {
                Ok(()) => Ok(Arrival::At(with_query(&visit.redirect_to, &[("connected", provider.name().as_str())]))),
                Err(ConnectError::Taken | ConnectError::ConnectedAlready) => Err(Ending::Failed(Failure::NotLinked)),
                Err(ConnectError::Failed(fault)) => Err(fault.into()),
                Err(_) => Err(failed()),
            };
        }
    }
    match way_in(app, client, &identity).await {
        Ok(_) => {}
        Err(EnterError::NotLinked) => return Err(Ending::Failed(Failure::NotLinked)),
        Err(EnterError::Incomplete) => return Err(Ending::Failed(Failure::AccountCreate)),
        Err(EnterError::Failed(fault)) => return Err(fault.into()),
        Err(EnterError::Spent | EnterError::Refused(_) | EnterError::Suspended(_)) => return Err(failed()),
    }
    let sealer = app.sealer().await?;
    let (row, code) = ExchangeRow::of(visit, &identity, &sealer, &app.entropy, client.now);
    let spent = app.store.transaction::<Spent>().delete(&visit.key(), Some(&visit.unspent())).or(Spent::Before);
    match spent.create(&row).commit().await {
        Ok(()) => Ok(Arrival::At(with_query(&visit.redirect_to, &[("exchange_code", code.reveal())]))),
        Err(Spent::Before) => Err(failed()),
        Err(Spent::Failed(fault)) => Err(fault.into()),
    }
}

/// How spending the state can be refused.
enum Spent {
    Before,
    Failed(Fault),
}

impl From<Fault> for Spent {
    fn from(error: Fault) -> Self {
        Self::Failed(error)
    }
}

/// Whom the provider names.
async fn identify(
    app: &App,
    client: &Client,
    provider: &Provider,
    visit: &StateRow,
    returned: &Returned,
) -> Result<Identity, Ending> {
    let failed = || Ending::Failed(Failure::Callback);
    let code = returned.code.as_deref().ok_or_else(failed)?;
    let secrets = visit.secrets(&*app.sealer().await?).map_err(|_| failed())?;
    let grant = CodeGrant {
        code,
        redirect_uri: &callback_address(app, provider),
        verifier: Some(&secrets.verifier),
        nonce: Some(&secrets.nonce),
        issuer: returned.issuer.as_deref(),
        redirected: true,
    };
    provider.by_code(&grant, client.now).await.map_err(|error| {
        note(provider, &error);
        failed()
    })
}

/// Notes why a provider was not believed, for the owner: the person reads only that it did not work.
pub(super) fn note(provider: &Provider, error: &ProviderError) {
    tracing::warn!(provider = %provider.name(), %error, "a provider named nobody");
}

fn failed(page: &str, failure: &Failure) -> Arrival {
    Arrival::At(with_query(page, &[("error_code", failure.code())]))
}
