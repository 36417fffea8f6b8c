//! Asking for the verification mail again: a new code and link; the old ones die by it.

use super::proof_mail::{proof_mail, reserve_mail};
use super::registration::{Proofs, RegistrationToken};
use super::{RegistrationId, registration_store, store};
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::secret::Code;

/// Why no mail is sent.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// Too many requests from the address, or too many mails to the mail address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No registration waits under this token: it is confirmed, expired, or never was.
    #[error("no registration waits under this token")]
    TokenInvalid,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Sends the mail of a registration again. 1 `GetItem`, 1 `BatchGetItem`, 2 limiter updates, 1 transaction of 2
/// items, whether or not the address has an account by now.
pub async fn resend(app: &App, client: &Client, token: &RegistrationToken) -> Result<(), ResendError> {
    let id = RegistrationId::from_bytes(token.id());
    let (found, by_address) = tokio::join!(
        registration_store::find(&app.store, id, token.digest(), client.now),
        rate::admit(app, client, Subject::address(client), [app.config.registration.limit]),
    );
    by_address?;
    let registration = found?.ok_or(ResendError::TokenInvalid)?;
    let macs = app.macs().await?;
    let (claims, by_mail) = tokio::join!(
        store::taken(&app.store, &registration.email, None, client.now),
        reserve_mail(app, client, &macs, &registration.email),
    );
    by_mail?;
    let standing = claims?.email;
    let proofs = Proofs::generate(id, &app.entropy);
    let code = Proofs::code_digest(&proofs.code, macs.lookup_key(), id, &registration.email.normalised());
    let replaced =
        registration_store::replace_proofs(&registration, &code, client.now.plus(Code::LIFE), proofs.link.digest());
    let mail = proof_mail(app, client, &registration, &proofs, standing).await?;
    app.store.transaction().update(&replaced).or(ResendError::TokenInvalid).create(&mail).commit().await
}
