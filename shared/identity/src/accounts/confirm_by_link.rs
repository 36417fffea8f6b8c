//! Proving the address with the mailed link: the page behind it asks for the password chosen at registration.
//!
//! A link alone would let whoever reads the mail finish a registration that somebody else began, with a password
//! that somebody else knows. So the password is asked for, and no session is made: the person signs in next.

use super::open_account::{Begins, OpenError, account_of, open};
use super::registration::ConfirmLink;
use super::{Password, RegistrationId, Verdict, registration_store};
use crate::app::App;
use latchkey_kernel::dynamo::{equals, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// Why the address is not proven.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// Too many confirmations from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Spent, expired, replaced, tried too often, or never sent.
    #[error("the link is not valid")]
    LinkInvalid,
    /// Not the password chosen at registration; the link stays good.
    #[error("the password is wrong")]
    PasswordWrong,
    /// Somebody has taken the registered username meanwhile; the link stays good.
    #[error("the username is taken")]
    UsernameTaken,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Proves the address. 1 limiter update, 1 `UpdateItem` that counts the try, 1 hash; if the password is right, 1
/// transaction.
pub async fn confirm_by_link(
    app: &App,
    client: &Client,
    link: &ConfirmLink,
    password: Password,
) -> Result<(), ConfirmError> {
    rate::admit(app, client, Subject::address(client), [app.config.confirmation.limit]).await?;
    let id = RegistrationId::from_bytes(link.id());
    let reserved = registration_store::reserve_link_try(&app.store, id, link.digest(), client.now).await?;
    let registration = reserved.ok_or(ConfirmError::LinkInvalid)?;
    if app.passwords.verify(password, registration.password.as_ref()).await? == Verdict::Wrong {
        return Err(ConfirmError::PasswordWrong);
    }
    let account = account_of(app, &registration, client);
    let unspent = present().and(equals("link_digest", link.digest()));
    open(app, &registration, &unspent, (&account, None), Begins::Nothing, client).await.map_err(|error| match error {
        OpenError::Spent | OpenError::EmailTaken => ConfirmError::LinkInvalid,
        OpenError::UsernameTaken => ConfirmError::UsernameTaken,
        OpenError::Failed(fault) => ConfirmError::Failed(fault),
    })
}
