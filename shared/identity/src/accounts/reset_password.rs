//! Setting a password without knowing the old one, with the mailed code or link.
//!
//! It also gives a first password to an account that has none. It signs nobody in, so that who can read somebody's mail
//! for a moment gets no session by it, and no second factor is passed over. But it makes the device known: its user has
//! just proven the mailbox, and strangers' wrong passwords must not keep them from signing in with the new one.

use super::ask_for_reset::{ResetLink, ResetToken};
use super::code_flow::{self, Flow, Purpose};
use super::set_password::{How, NewPassword, SetPasswordError, judge, set_password};
use super::{Account, Password, Weakness, by_id};
use crate::app::App;
use crate::sessions::{self, DeviceToken, Session};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::secret::Code;

/// How often a reset is tried, if the account's sessions are ended by something else at the same moment. Otherwise whoever
/// holds a session could keep its owner from getting rid of it: they would have to end sessions in the midst of each try.
const TRIES: usize = 8;

/// Why the password was not set.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// Too many confirmations from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Wrong, spent, expired, of another request, tried too often, or for an address that has no account.
    #[error("the code or link is not valid")]
    CodeInvalid,
    /// The password may not be set; the code and the link stay good.
    #[error("the password is too weak")]
    PasswordTooWeak(Weakness),
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<SetPasswordError> for ResetPasswordError {
    fn from(error: SetPasswordError) -> Self {
        match error {
            SetPasswordError::Spent => Self::CodeInvalid,
            // Only what does not void the code comes in between, such as ending all other sessions. The code is as
            // good as before, and the same request again finds the account as it is now.
            SetPasswordError::Meanwhile => Self::Failed(Fault::CONTENTION),
            SetPasswordError::Failed(fault) => Self::Failed(fault),
        }
    }
}

/// Sets a password with the mailed code and the token of the request for it; what the device is known by from then on. 1
/// limiter update, 1 `UpdateItem` that counts the try, whether or not the address has an account; if the code is right, 1
/// `GetItem`, 1 hash, 1 transaction of 5 items, then 1 or 2 `DeleteItem`s that forget guesses.
pub async fn reset_by_code(
    app: &App,
    client: &Client,
    token: &ResetToken,
    code: &Code,
    password: Password,
) -> Result<DeviceToken, ResetPasswordError> {
    let macs = app.macs().await?;
    admit(app, client).await?;
    let reserved = code_flow::reserve_try(&app.store, token, macs.lookup_key(), client.now).await?;
    let flow = reserved.ok_or(ResetPasswordError::CodeInvalid)?;
    if !flow.is(code, macs.lookup_key()) {
        return Err(ResetPasswordError::CodeInvalid);
    }
    let outcome = reset(app, client, &flow, How::ResetByCode, password).await;
    if !matches!(outcome, Ok(_) | Err(ResetPasswordError::CodeInvalid)) {
        // A weak password or a fault of ours must not use up a right code. If this fails as well, the try is lost.
        let _ = code_flow::return_try(&app.store, &flow).await;
    }
    outcome
}

/// Sets a password with the mailed link; what the device is known by from then on. 1 limiter update, 1 `GetItem`; if the
/// link is good, 1 `GetItem`, 1 hash, 1 transaction of 5 items, then 1 or 2 `DeleteItem`s.
pub async fn reset_by_link(
    app: &App,
    client: &Client,
    link: &ResetLink,
    password: Password,
) -> Result<DeviceToken, ResetPasswordError> {
    admit(app, client).await?;
    let found = code_flow::find_by_link(&app.store, link, Purpose::PasswordReset, client.now).await?;
    let flow = found.ok_or(ResetPasswordError::CodeInvalid)?;
    reset(app, client, &flow, How::ResetByLink, password).await
}

async fn admit(app: &App, client: &Client) -> Result<(), Refused> {
    rate::admit(app, client, Subject::address(client), [app.config.confirmation.limit]).await
}

async fn reset(
    app: &App,
    client: &Client,
    flow: &Flow,
    how: How,
    password: Password,
) -> Result<DeviceToken, ResetPasswordError> {
    let mut account = owner(app, client, flow).await?;
    judge(app, &account, &password).await.map_err(ResetPasswordError::PasswordTooWeak)?;
    let password = app.passwords.hash(password).await?;
    let mut tried = 1;
    let device_token = loop {
        let (known, device_token) = Session::of_known_device(app, client, &account);
        let new = NewPassword {
            account: &account,
            password: &password,
            how,
            spends: Some(flow),
            begins: None,
            makes_known: Some(&known),
        };
        match set_password(app, client, new).await {
            Err(SetPasswordError::Meanwhile) if tried < TRIES => account = owner(app, client, flow).await?,
            Err(error) => return Err(error.into()),
            Ok(()) => break device_token,
        }
        tried += 1;
    };
    if let Err(error) = sessions::forgive(app, &account).await {
        tracing::warn!(%error, "after a reset its person may have to wait for wrong passwords of before");
    }
    Ok(device_token)
}

/// The account that the code is for: 1 `GetItem`. The code proves the address that it was mailed to, and lets nobody into
/// an account that has another by now, or that is as good as erased.
async fn owner(app: &App, client: &Client, flow: &Flow) -> Result<Account, ResetPasswordError> {
    let account = by_id(&app.store, flow.account_id()).await?;
    let has_the_address =
        |account: &Account| account.email.normalised() == flow.address().normalised() && !account.is_closed(client.now);
    account.filter(has_the_address).ok_or(ResetPasswordError::CodeInvalid)
}
