//! New users of a provider that does not vouch for their email address: a mailed code proves it, and where the provider
//! tells no address, the user names one.
//!
//! No account that is there is looked for. An address that has one is mailed that it does, and the answer is the same, as
//! at every registration: so a provider's word for an address opens nothing, and tells nothing either.

use super::enter::{Arriving, EnterError};
use super::identity::Identity;
use super::pending_identity::{self, PendingIdentity};
use crate::accounts::{Begun, EmailAddress, Name, RegistrationToken, ask_for_proof};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// A registration that waits for an address, or for the code that was mailed to it.
pub struct EmailToProve {
    /// Goes with the code.
    pub token: RegistrationToken,
    /// Where the code was mailed; none where an address is to be named.
    pub email: Option<EmailAddress>,
    /// When the registration ends if it is not confirmed.
    pub expires_at: Timestamp,
}

/// Has the user prove the address that the provider told, if it told one. 1 transaction of 1 item, 3 if a mail goes out,
/// and 1 more where something is spent; with a mail 1 limiter update and 1 `BatchGetItem` before it.
pub(super) async fn prove_email(
    app: &App,
    client: &Client,
    identity: &Identity,
    name: Name,
    arriving: &Arriving,
) -> Result<EmailToProve, EnterError> {
    let sealer = app.sealer().await?;
    let display = app.providers.display(&identity.provider, client.now).await?;
    let begun = Begun::now(app, client);
    let waiting = PendingIdentity::begin(app, &sealer, &begun, identity, name, display);
    let mut transaction = arriving.spend(app).create(&waiting);
    let email = identity.email.as_ref().map(|email| email.address.clone());
    if let Some(email) = &email {
        transaction = ask_for_proof(app, client, transaction, waiting.registration(email)).await?;
    }
    transaction.commit().await?;
    Ok(EmailToProve { token: begun.token, email, expires_at: begun.expires_at })
}

/// Why no code is mailed.
#[derive(Debug, thiserror::Error)]
pub enum NameEmailError {
    /// Too many registrations from the IP address, or too many mails to the email address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No registration by a provider waits under this token, or too many addresses were named for it.
    #[error("no registration waits under this token")]
    TokenInvalid,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Names the address that the account is to have, in the place of the one that was named before: when it ends if it is
/// not confirmed. 1 `GetItem`, 2 limiter updates, 1 `BatchGetItem`, 1 transaction of 3 items, whether or not the address
/// has an account.
pub async fn name_email(
    app: &App,
    client: &Client,
    token: &RegistrationToken,
    email: &EmailAddress,
) -> Result<Timestamp, NameEmailError> {
    let (found, admitted) = tokio::join!(
        pending_identity::held(&app.store, token, client.now),
        rate::admit(app, client, Subject::address(client), [app.config.registration.limit]),
    );
    admitted?;
    let waiting = found?.ok_or(NameEmailError::TokenInvalid)?;
    let counted = waiting.name_another(client.now);
    let transaction = app.store.transaction().update(&counted).or(NameEmailError::TokenInvalid);
    ask_for_proof(app, client, transaction, waiting.registration(email)).await?.commit().await?;
    Ok(waiting.expires_at())
}
