//! Exchanging the code that a browser came back with for what every sign-in answers.

use super::enter::{Arriving, EnterError, Entered, enter};
use super::exchange_challenge::ExchangeVerifier;
use super::spending::Spending;
use super::visit::{BrowserToken, ExchangeCode, waiting};
use crate::app::App;
use crate::sessions::DeviceToken;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused};

/// What the page brings.
pub struct Exchange {
    /// The code.
    pub code: ExchangeCode,
    /// What the person calls the device.
    pub device_name: Option<String>,
    /// What the device shows to be known.
    pub device_token: Option<DeviceToken>,
    /// What the page holds whose challenge the browser set out with.
    pub verifier: Option<ExchangeVerifier>,
    /// What the browser holds.
    pub browser: Option<BrowserToken>,
    /// Whether that must say that it is the browser that set out. A page that keeps tokens itself may be on a site from
    /// which no cookies come; where they come, they are compared.
    pub browser_must_say: bool,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Spent, late, invented, or of another browser or page.
    #[error("the code is not valid")]
    CodeInvalid,
    /// The person cannot come in this way.
    #[error(transparent)]
    Enter(EnterError),
}

impl From<EnterError> for ExchangeError {
    fn from(error: EnterError) -> Self {
        match error {
            EnterError::Spent => Self::CodeInvalid,
            other => Self::Enter(other),
        }
    }
}

impl From<Refused> for ExchangeError {
    fn from(refused: Refused) -> Self {
        Self::Enter(refused.into())
    }
}

impl From<Fault> for ExchangeError {
    fn from(fault: Fault) -> Self {
        Self::Enter(fault.into())
    }
}

/// Signs a person in, or says what to do first. 1 limiter update and 1 `GetItem` together, then what `enter` takes; the
/// code is spent in the transaction that begins the session.
pub async fn exchange(app: &App, client: &Client, input: Exchange) -> Result<Entered, ExchangeError> {
    let (found, admitted) = tokio::join!(waiting(&app.store, &input.code, client.now), rate::admit_visit(app, client));
    admitted?;
    let found = found?.ok_or(ExchangeError::CodeInvalid)?;
    // Otherwise a page could hand its visitor a code of its own, and so an account of its own.
    let set_out = input.browser.as_ref().map_or(!input.browser_must_say, |held| found.is_of(held));
    if !set_out || !found.is_of_page(input.verifier.as_ref()) {
        return Err(ExchangeError::CodeInvalid);
    }
    let identity = found.identity(&*app.sealer().await?)?;
    let arriving = Arriving {
        device_name: input.device_name,
        device_token: input.device_token,
        spends: Spending::Return(Box::new(found)),
    };
    Ok(enter(app, client, &identity, arriving).await?)
}
