//! Asking a browser for a passkey: what it is told, and a challenge that is good for this act alone.
//!
//! Who signs in with a passkey alone is asked without being named: the authenticator knows whose it is. So there is
//! nothing in the answer that could tell whether somebody has an account.

use super::store::{self, PasskeyRow};
use super::{MOST, Occasion, ceremony, verification};
use crate::accounts::{Account, Factor};
use crate::app::App;
use crate::mfa::Enroller;
use crate::mfa::challenge::{self, SecondStepToken};
use crate::sessions::{SignedIn, step_up};
use crate::webauthn::{Challenge, UserVerification};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused};

pub use super::ceremony::LIFE;

/// A passkey that the account has, as a browser finds it again.
#[derive(Debug)]
pub struct Descriptor {
    /// What the authenticator calls it, in base64url.
    pub credential_id: String,
    /// How its authenticator is reached.
    pub transports: Vec<String>,
}

impl From<PasskeyRow> for Descriptor {
    fn from(row: PasskeyRow) -> Self {
        Self { credential_id: row.credential_id, transports: row.transports }
    }
}

/// What a browser needs to make a passkey.
#[derive(Debug)]
pub struct ToEnrol {
    /// What is to be signed.
    pub challenge: Challenge,
    /// The account, as authenticators know it from then on.
    pub user_handle: [u8; 16],
    /// The person's address, by which an authenticator lists the passkey.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// The passkeys that the account has already: no authenticator makes a second one.
    pub known: Vec<Descriptor>,
}

/// What a browser needs to use one.
#[derive(Debug)]
pub struct ToShow {
    /// What is to be signed.
    pub challenge: Challenge,
    /// The passkeys that will do; none means any that the person chooses.
    pub allowed: Vec<Descriptor>,
    /// Whether the authenticator must verify its user.
    pub verification: UserVerification,
}

/// Why no passkey is asked for.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Too many for the account, or from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The token is spent, expired or invented, or the account's sessions were ended since.
    #[error("the token is not valid")]
    TokenInvalid,
    /// The account has no passkey that could be shown.
    #[error("the account has no passkey")]
    NoPasskey,
    /// The account has as many as it may.
    #[error("the account has too many passkeys")]
    TooMany,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Asks for a new one. 1 limiter update, 1 `BatchGetItem` if there are others, 1 `PutItem`.
pub async fn to_enrol(app: &App, client: &Client, enroller: &Enroller) -> Result<ToEnrol, AskError> {
    let account = enroller.account();
    if account.factors.passkeys().count() >= MOST {
        return Err(AskError::TooMany);
    }
    step_up::admit(app, client, account).await?;
    let known = known(app, account).await?;
    Ok(ToEnrol {
        challenge: ceremony::issue(app, client, &enroller.occasion()).await?,
        user_handle: *account.id.as_bytes(),
        email: account.email.as_str().to_owned(),
        name: account.name.as_str().to_owned(),
        known,
    })
}

/// Asks for one to sign in with, of nobody in particular. 1 limiter update, 1 `PutItem`.
pub async fn to_sign_in(app: &App, client: &Client) -> Result<ToShow, AskError> {
    rate::admit_visit(app, client).await?;
    let challenge = ceremony::issue(app, client, &Occasion::SignIn).await?;
    Ok(ToShow { challenge, allowed: Vec::new(), verification: UserVerification::Required })
}

/// Asks for one to finish a sign-in with. 1 `BatchGetItem` and 1 limiter update together, 1 `BatchGetItem`, 1 `PutItem`.
pub async fn to_finish(app: &App, client: &Client, token: &SecondStepToken) -> Result<ToShow, AskError> {
    let (found, admitted) = tokio::join!(challenge::find(app, client, token), rate::admit_visit(app, client));
    admitted?;
    let (challenge, account) = found?.ok_or(AskError::TokenInvalid)?;
    of_account(app, client, &account, &challenge.second_step()).await
}

/// Asks for one to show again who the person is. 1 `BatchGetItem`, 1 `PutItem`.
pub async fn to_step_up(app: &App, client: &Client, signed_in: &SignedIn) -> Result<ToShow, AskError> {
    of_account(app, client, &signed_in.account, &Occasion::step_up(signed_in)).await
}

async fn of_account(app: &App, client: &Client, account: &Account, occasion: &Occasion) -> Result<ToShow, AskError> {
    if !account.factors.has(Factor::Passkey) {
        return Err(AskError::NoPasskey);
    }
    let allowed = known(app, account).await?;
    let challenge = ceremony::issue(app, client, occasion).await?;
    Ok(ToShow { challenge, allowed, verification: verification(account, occasion) })
}

async fn known(app: &App, account: &Account) -> Result<Vec<Descriptor>, Fault> {
    let rows = store::all(&app.store, account.id, account.factors.passkeys()).await?;
    Ok(rows.into_iter().map(Descriptor::from).collect())
}
