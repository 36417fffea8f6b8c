//! Removing a passkey: one that is lost, or of a device that was given away.
//!
//! Every other session ends. The last way in stays: whoever wants to be rid of it sets a password first. With the last
//! factor go the recovery codes, and a password stands alone from then on: it is shown then, and must be long enough for
//! that, where the owner of the deployment asks for more of such passwords.

use crate::accounts::{self, Factor, Factors, PasskeyId, Password, Weakness};
use crate::app::App;
use crate::audit;
use crate::mfa::{events, keys, mails};
use crate::sessions::step_up::{self, Fresh, PasswordCheckError};
use crate::sessions::{self, SignedIn};
use latchkey_kernel::dynamo::{Transaction, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;

/// Why it is a factor still.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// The account has no such passkey.
    #[error("there is no such passkey")]
    NotFound,
    /// Nothing else lets its person in.
    #[error("it is the only way in")]
    LastWayIn,
    /// Too many for the account.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is the last factor, and the request does not show the password that would stand alone.
    #[error("the password is missing")]
    PasswordMissing,
    /// Not the account's password.
    #[error("the password is wrong")]
    PasswordWrong,
    /// The password may not stand alone.
    #[error("the password is too short to stand alone")]
    PasswordTooWeak(Weakness),
    /// The session was ended meanwhile.
    #[error("the session has ended")]
    SessionEnded,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<PasswordCheckError> for RemoveError {
    fn from(error: PasswordCheckError) -> Self {
        match error {
            PasswordCheckError::Refused(refused) => Self::Refused(refused),
            PasswordCheckError::Wrong => Self::PasswordWrong,
            PasswordCheckError::Failed(fault) => Self::Failed(fault),
        }
    }
}

/// Removes it. 1 limiter update, 1 transaction of 6 items, 7 with the last recovery codes; 1 hash and 2
/// limiter updates more if the password is shown.
pub async fn remove(
    app: &App,
    client: &Client,
    Fresh(signed_in): &Fresh,
    id: PasskeyId,
    password: Option<Password>,
) -> Result<(), RemoveError> {
    let SignedIn { account, session, .. } = signed_in;
    if !account.factors.passkeys().any(|known| known == id) {
        return Err(RemoveError::NotFound);
    }
    let left = account.factors.without_passkey(id);
    if account.password.is_none() && account.social.is_empty() && !left.has(Factor::Passkey) {
        return Err(RemoveError::LastWayIn);
    }
    admit(app, client, signed_in, &left, password).await?;
    let gone = account.factors.not_in(&left).flat_map(|enrolled| keys::items_of(enrolled, account.id));
    let transaction: Transaction<'_, RemoveError> = app.store.transaction();
    gone.fold(transaction, |transaction, item| {
        // What the account lists is there, unless another request removed it: that one raised the epoch.
        transaction.delete(&item, Some(&present())).or(RemoveError::SessionEnded)
    })
    .update(&accounts::set_factors(account, &left, client.now)?)
    .or(RemoveError::SessionEnded)
    .update(&sessions::store::move_to_epoch(session, account.session_epoch.saturating_add(1)))
    .or(RemoveError::SessionEnded)
    .create(&mails::passkey_removed(app, client, account).await?)
    .create(&audit::row(app, client, account.id, events::factor_removed(Factor::Passkey, "session")))
    .commit()
    .await
}

/// Counts the act, and asks for the password where it would be too short alone, or nobody knows whether it would.
async fn admit(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    left: &Factors,
    password: Option<Password>,
) -> Result<(), RemoveError> {
    let account = &signed_in.account;
    let must_be_judged = left.is_empty() && account.password.is_some() && app.password_policy.asks_more_alone();
    match password {
        None if must_be_judged => Err(RemoveError::PasswordMissing),
        None => Ok(step_up::admit(app, client, account).await?),
        Some(password) => {
            step_up::check_password(app, client, signed_in, password.clone()).await?;
            if must_be_judged {
                app.password_policy.check_length(&password, false).map_err(RemoveError::PasswordTooWeak)?;
            }
            Ok(())
        }
    }
}
