//! Signing in with a code that was mailed, in the place of a password.
//!
//! The code is good with the token of the request for it alone. The work is the same for an address that has an account
//! and for one that has none: a try is counted, and a wrong code ends here.

use super::DeviceToken;
use super::begin::{Entry, FirstFactor, NextStep, go_on};
use super::known_device::arrive;
use crate::accounts::code_flow::{self, Flow};
use crate::accounts::{SignInToken, Suspended};
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::secret::Code;

/// What a person signs in with.
pub struct SignInByCode {
    /// The token of the request for the code.
    pub token: SignInToken,
    /// The code.
    pub code: Code,
    /// What the person calls the device.
    pub device_name: Option<String>,
    /// What the device shows to be known. One that is not good makes it a stranger, no more.
    pub device_token: Option<DeviceToken>,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInByCodeError {
    /// Nobody signs in by a mailed code here.
    #[error("signing in by a mailed code is not offered")]
    NotOffered,
    /// Too many confirmations from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Wrong, spent, expired, of another request, tried too often, void, or for an address that has no account.
    #[error("the code is not valid")]
    CodeInvalid,
    /// What was shown is right, but the account is suspended.
    #[error(transparent)]
    Suspended(#[from] Suspended),
    /// A dependency failed; the code stays good.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Signs a user in, or asks for a second factor. 1 limiter update, 1 `UpdateItem` that counts the try, whether or not the
/// address has an account; if the code is right, 1 `BatchGetItem` and 1 transaction of 4 items, 5
/// with the mail about a device that is not known, 2 if a second factor is asked for.
pub async fn sign_in_by_code(app: &App, client: &Client, input: SignInByCode) -> Result<NextStep, SignInByCodeError> {
    if !app.config.code_sign_in.is_on {
        return Err(SignInByCodeError::NotOffered);
    }
    let macs = app.macs().await?;
    rate::admit(app, client, Subject::address(client), [app.config.confirmation.limit]).await?;
    let reserved = code_flow::reserve_try(&app.store, &input.token, macs.lookup_key(), client.now).await?;
    let flow = reserved.ok_or(SignInByCodeError::CodeInvalid)?;
    if !flow.is(&input.code, macs.lookup_key()) {
        return Err(SignInByCodeError::CodeInvalid);
    }
    let signed_in = enter(app, client, &flow, input).await;
    if matches!(signed_in, Err(SignInByCodeError::Failed(_))) {
        // A fault of ours must not use up a right code. If this fails as well, the try is lost.
        let _ = code_flow::return_try(&app.store, &flow).await;
    }
    signed_in
}

async fn enter(app: &App, client: &Client, flow: &Flow, input: SignInByCode) -> Result<NextStep, SignInByCodeError> {
    let arrived = arrive(app, client, flow.account_id(), input.device_token.as_ref()).await?;
    // The code proves the address that it was mailed to, and lets nobody into an account that has another by now.
    let arrived = arrived.filter(|(account, _)| {
        account.email.normalised() == flow.address().normalised() && flow.is_of_epoch(account.session_epoch)
    });
    let (account, device) = arrived.ok_or(SignInByCodeError::CodeInvalid)?;
    let entry = Entry { by: FirstFactor::MailedCode, device_name: input.device_name, device };
    let transaction = app.store.transaction();
    let transaction = transaction.delete(&flow.key(), Some(&flow.unspent())).or(SignInByCodeError::CodeInvalid);
    go_on(app, client, transaction, account, entry, None, SignInByCodeError::CodeInvalid).await
}
