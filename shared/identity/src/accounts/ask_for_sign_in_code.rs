//! Asking for a code to sign in with, in the place of a password: where the operator lets users do so.
//!
//! Answer and work are the same whatever stands behind the address, as when a password is forgotten. The code is a first
//! factor and never a second one: an account that has a second factor is asked for it all the same. It dies with the
//! account's sessions, by whatever ends them.

use super::code_flow::{self, FlowKind, FlowToken, Mailed, Purpose};
use super::code_request::{Addressee, Due, MailLimits, Requested, addressee};
use super::{EmailAddress, mails, suspend};
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;
use latchkey_kernel::outbox;
use latchkey_kernel::secret::{Macs, TokenKind};

/// The kind of [`SignInToken`].
pub struct SignInTokenKind;

impl TokenKind for SignInTokenKind {
    const PREFIX: &'static str = "lki_";
}

impl FlowKind for SignInTokenKind {
    const PURPOSE: Purpose = Purpose::SignIn;
}

/// Binds the mailed code to the request for it.
pub type SignInToken = FlowToken<SignInTokenKind>;

/// Why nothing was mailed.
#[derive(Debug, thiserror::Error)]
pub enum AskForSignInCodeError {
    /// Nobody signs in by a mailed code here.
    #[error("signing in by a mailed code is not offered")]
    NotOffered,
    /// Too many requests from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Mails a code; the token that it is good with. 2 `BatchGetItem`s, 3 limiter updates, 1 transaction of 2 items; past a
/// limit of the email address see `addressee`.
pub async fn ask_for_sign_in_code(
    app: &App,
    client: &Client,
    email: &EmailAddress,
) -> Result<Requested<SignInTokenKind>, AskForSignInCodeError> {
    if !app.config.code_sign_in.is_on {
        return Err(AskForSignInCodeError::NotOffered);
    }
    let macs = app.macs().await?;
    let limits = MailLimits { address: app.config.code_sign_in.limit, mailbox: app.config.code_sign_in.mails };
    match addressee::<SignInTokenKind, AskForSignInCodeError>(app, client, &macs, email, limits).await? {
        Due::Code(to) => mail_code(app, client, &macs, *to, email).await,
        Due::Nothing(account) => {
            let token = code_flow::token_of_nothing(account, macs.lookup_key(), &app.entropy);
            Ok(Requested::new(token, client))
        }
    }
}

async fn mail_code(
    app: &App,
    client: &Client,
    macs: &Macs,
    to: Addressee,
    email: &EmailAddress,
) -> Result<Requested<SignInTokenKind>, AskForSignInCodeError> {
    let (purpose, address, now) = (Purpose::SignIn, to.address(email), client.now);
    let (mailed, code) = Mailed::issue(purpose, to.id, address, to.epoch(), macs.lookup_key(), &app.entropy, now);
    let account = to.account.as_ref();
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
    Ok(to.begin(app, client, macs, &mailed, &mail).await?)
}
