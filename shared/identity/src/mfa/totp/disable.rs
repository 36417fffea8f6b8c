//! Removing an authenticator app, with the password and a second factor in the request itself: that is the step-up of this
//! act, and a device that was left open for a minute does not stand in for it.
//!
//! Every other session ends; what they had shown is not to be had any more.

use crate::accounts::{self, Account, Factor, Password, Weakness};
use crate::app::App;
use crate::audit;
use crate::mfa::passkeys::Occasion;
use crate::mfa::proof::{self, Proof, ProofError, prove};
use crate::mfa::{events, keys, mails};
use crate::sessions::step_up::{self, Level, PasswordCheckError, Shown};
use crate::sessions::{self, SignedIn};
use latchkey_kernel::dynamo::Key;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;

/// What a person shows to remove it.
pub struct Disable {
    /// The password, if the account has one.
    pub password: Option<Password>,
    /// A second factor: of the app, or one that stands in for it.
    pub proof: Proof,
}

/// Why it is a factor still.
#[derive(Debug, thiserror::Error)]
pub enum DisableError {
    /// The account has no authenticator app.
    #[error("there is no such factor")]
    NotFound,
    /// Too many tries, or too many failures.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The account has a password, and the request shows none.
    #[error("the password is missing")]
    PasswordMissing,
    /// The request shows a password, and the account has none.
    #[error("the account has no password")]
    PasswordUnexpected,
    /// Not the account's password.
    #[error("the password is wrong")]
    PasswordWrong,
    /// The password may not stand alone.
    #[error("the password is too short to stand alone")]
    PasswordTooWeak(Weakness),
    /// The second factor is wrong or was used before.
    #[error("the second factor is wrong")]
    CodeInvalid,
    /// The session was ended meanwhile.
    #[error("the session has ended")]
    SessionEnded,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<PasswordCheckError> for DisableError {
    fn from(error: PasswordCheckError) -> Self {
        match error {
            PasswordCheckError::Refused(refused) => Self::Refused(refused),
            PasswordCheckError::Wrong => Self::PasswordWrong,
            PasswordCheckError::Failed(fault) => Self::Failed(fault),
        }
    }
}

impl From<ProofError> for DisableError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Refused(refused) => Self::Refused(refused),
            ProofError::Wrong => Self::CodeInvalid,
            ProofError::Failed(fault) => Self::Failed(fault),
        }
    }
}

/// Removes it. 4 limiter updates, 1 hash, 1 `GetItem`, 1 transaction of 7 items.
pub async fn disable(app: &App, client: &Client, signed_in: &SignedIn, input: Disable) -> Result<(), DisableError> {
    let SignedIn { account, session, .. } = signed_in;
    if !account.factors.has(Factor::Totp) {
        return Err(DisableError::NotFound);
    }
    let left = account.factors.without(Factor::Totp);
    match (account.password.is_some(), input.password) {
        (true, None) => return Err(DisableError::PasswordMissing),
        (false, Some(_)) => return Err(DisableError::PasswordUnexpected),
        (false, None) => step_up::admit(app, client, account).await?,
        (true, Some(password)) => {
            step_up::check_password(app, client, signed_in, password.clone()).await?;
            if left.is_empty() {
                app.password_policy.check_length(&password, false).map_err(DisableError::PasswordTooWeak)?;
            }
        }
    }
    let proven = prove(app, client, account, &Occasion::step_up(signed_in), &input.proof).await?;
    let changed = Account { factors: left, ..account.clone() };
    let gone = account.factors.not_in(&changed.factors);
    let deleted: Vec<Key> = gone.flat_map(|enrolled| keys::items_of(enrolled, account.id)).collect();
    let shown = Shown { level: Level::highest_of(&changed), factor: None, at: client.now };
    let session = sessions::store::move_to_epoch(session, account.session_epoch.saturating_add(1));
    let removed = events::factor_removed(Factor::Totp, "session");
    let transaction = proven.spend_deleting(app.store.transaction(), &deleted, || DisableError::CodeInvalid);
    let committed = transaction
        .update(&accounts::set_factors(account, &changed.factors, client.now)?)
        .or(DisableError::SessionEnded)
        .update(&sessions::store::showing(session, shown))
        .or(DisableError::SessionEnded)
        .create(&mails::factor_removed(app, client, account, Factor::Totp).await?)
        .create(&audit::row(app, client, account.id, removed))
        .commit()
        .await;
    if matches!(committed, Err(DisableError::Failed(_))) {
        proof::give_back(app, client, account.id).await;
    }
    committed
}
