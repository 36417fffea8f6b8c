//! Signing in with a code that was mailed, in the place of a password.
//!
//! The work is the same for an address that has an account and for one that has none: its claim is read, a try is
//! counted, and a wrong code ends here.

use super::DeviceToken;
use super::begin::{Entry, FirstFactor, NextStep, go_on};
use super::known_device::arrive;
use crate::accounts::mailed_code::{self, MailedCode, Purpose};
use crate::accounts::{self, EmailAddress, Suspended};
use crate::app::App;
use crate::client::Client;
use crate::dynamo::{Row as _, StoreError};
use crate::http::rate::{self, Refused, Subject};
use crate::secret::{Code, SecretError};

/// What a person signs in with.
pub struct SignInByCode {
    /// The address that the code was mailed to.
    pub email: EmailAddress,
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
    /// Wrong, spent, expired, replaced, tried too often, void, or for an address that has no account.
    #[error("the code is not valid")]
    CodeInvalid,
    /// What was shown is right, but the account is suspended.
    #[error(transparent)]
    Suspended(#[from] Suspended),
    /// A secret is not to be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store failed; the code stays good.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Signs a person in, or asks for a second factor. 1 `GetItem` and 1 limiter update together, 1 `UpdateItem` that counts the
/// try, whether or not the address has an account; if the code is right, 1 `BatchGetItem` and 1 transaction of 4 items, 5
/// with the mail about a device that is not known, 2 if a second factor is asked for.
pub async fn sign_in_by_code(app: &App, client: &Client, input: SignInByCode) -> Result<NextStep, SignInByCodeError> {
    if !app.config.email_code_sign_in {
        return Err(SignInByCodeError::NotOffered);
    }
    let sealer = app.sealer().await?;
    let (claimed, admitted) = tokio::join!(
        accounts::claimed_by(&app.store, &input.email),
        rate::admit(app, client, Subject::address(client), [app.config.rates.confirm]),
    );
    admitted?;
    let id = claimed?.unwrap_or_else(|| accounts::nobody_with(&input.email, sealer.lookup_key()));
    let reserved = mailed_code::reserve_try(&app.store, id, Purpose::SignIn, client.now).await?;
    let mailed = reserved.ok_or(SignInByCodeError::CodeInvalid)?;
    if !mailed.is(&input.code, sealer.lookup_key()) || mailed.address().normalised() != input.email.normalised() {
        return Err(SignInByCodeError::CodeInvalid);
    }
    let signed_in = enter(app, client, &mailed, input).await;
    if matches!(signed_in, Err(SignInByCodeError::Store(_) | SignInByCodeError::Secret(_))) {
        // A fault of ours must not use up a right code. If this fails as well, the try is lost.
        let _ = mailed_code::return_try(&app.store, &mailed).await;
    }
    signed_in
}

async fn enter(
    app: &App,
    client: &Client,
    mailed: &MailedCode,
    input: SignInByCode,
) -> Result<NextStep, SignInByCodeError> {
    let arrived = arrive(app, client, mailed.account_id(), input.device_token.as_ref()).await?;
    // The code proves the address that it was mailed to, and lets nobody into an account that has another by now.
    let arrived = arrived.filter(|(account, _)| {
        account.email.normalised() == mailed.address().normalised() && mailed.is_of_epoch(account.session_epoch)
    });
    let (account, device) = arrived.ok_or(SignInByCodeError::CodeInvalid)?;
    let entry = Entry { by: FirstFactor::MailedCode, device_name: input.device_name, device };
    let transaction = app.store.transaction();
    let transaction = transaction.delete(&mailed.key(), Some(&mailed.unspent())).or(SignInByCodeError::CodeInvalid);
    go_on(app, client, transaction, account, entry, None, SignInByCodeError::CodeInvalid).await
}
