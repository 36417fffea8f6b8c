//! Asking for a code to sign in with, in the place of a password: where the owner of the deployment lets people do so.
//!
//! Answer and work are the same whatever stands behind the address, as when a password is forgotten. The code is a first
//! factor and never a second one: an account that has a second factor is asked for it all the same.

use super::ask_for_reset::{Addressee, MailLimits, addressee};
use super::mailed_code::{MailedCode, Purpose};
use super::{EmailAddress, mails, suspend};
use crate::app::App;
use crate::client::Client;
use crate::dynamo::StoreError;
use crate::http::rate::Refused;
use crate::outbox;
use crate::secret::{Sealer, SecretError};

/// Why nothing was mailed.
#[derive(Debug, thiserror::Error)]
pub enum AskForSignInCodeError {
    /// Nobody signs in by a mailed code here.
    #[error("signing in by a mailed code is not offered")]
    NotOffered,
    /// Too many requests from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A secret is not to be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Mails a code. 1 `BatchGetItem`, 2 limiter updates, 1 `GetItem`, 1 transaction of 2 items.
///
/// Past the limit of the mail address nothing is mailed, and nobody is told: the last code stays good. What is refused so
/// does not count, or who never stops asking would keep the person from ever getting another; it costs 1 limiter update
/// more.
pub async fn ask_for_sign_in_code(
    app: &App,
    client: &Client,
    email: &EmailAddress,
) -> Result<(), AskForSignInCodeError> {
    if !app.config.email_code_sign_in {
        return Err(AskForSignInCodeError::NotOffered);
    }
    let sealer = app.sealer().await?;
    let limits = MailLimits { address: app.config.rates.email_code, mailbox: app.config.rates.email_code_account };
    match addressee::<AskForSignInCodeError>(app, client, &sealer, email, limits).await? {
        Some(to) => mail_code(app, client, &sealer, &to, email).await,
        None => Ok(()),
    }
}

async fn mail_code(
    app: &App,
    client: &Client,
    sealer: &Sealer,
    to: &Addressee,
    email: &EmailAddress,
) -> Result<(), AskForSignInCodeError> {
    let account = to.account.as_deref();
    let address = account.map_or(email, |account| &account.email);
    let (mut mailed, code) =
        MailedCode::issue(Purpose::SignIn, to.id, address, sealer.lookup_key(), &app.entropy, client.now);
    mailed.bind_to_epoch(account.map_or(0, |account| account.session_epoch));
    let until = mailed.code_expires_at();
    let content = mails::SignInCode {
        name: account.map_or("", |account| account.name.as_str()),
        code: code.reveal(),
        code_until: until,
        origin: &app.origin(client),
    };
    let mail = match account {
        Some(account) if account.is_suspended() => suspend::notice(app, client, account, true).await?,
        Some(account) => outbox::mail(app, client, &account.email.deliverable(), &content, until).await?,
        None => outbox::to_nobody(app, client, &content, until).await?,
    };
    app.store.transaction().put(&mailed).create(&mail).commit().await
}
