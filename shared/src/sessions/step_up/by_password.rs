//! Showing the password again: of an account that has no second factor, or beside what else an act needs.

use super::{Level, Shown, StepUpError, admit, refuse_unless_highest};
use crate::accounts::{Account, HashingError, Password, Verdict};
use crate::app::App;
use crate::audit;
use crate::client::Client;
use crate::dynamo::{Outcome, StoreError};
use crate::http::rate::Refused;
use crate::sessions::{SignedIn, store};

/// Why the password shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum PasswordCheckError {
    /// Too many tries for the account.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Not the account's password.
    #[error("the password is wrong")]
    Wrong,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PasswordCheckError> for StepUpError {
    fn from(error: PasswordCheckError) -> Self {
        match error {
            PasswordCheckError::Refused(refused) => Self::Refused(refused),
            PasswordCheckError::Wrong => Self::PasswordWrong,
            PasswordCheckError::Hashing(error) => Self::Hashing(error),
            PasswordCheckError::Store(error) => Self::Store(error),
        }
    }
}

/// Whether this is the account's password, for an act that shows it in its request: 1 limiter update, 1 hash; 1
/// `PutItem` if it is not. It makes no session fresh.
pub(crate) async fn check_password(
    app: &App,
    client: &Client,
    account: &Account,
    password: Password,
) -> Result<(), PasswordCheckError> {
    admit(app, client, account).await?;
    check_counted_password(app, client, account, password).await
}

/// The same for a caller that has counted the try already: 1 limiter update less.
pub(crate) async fn check_counted_password(
    app: &App,
    client: &Client,
    account: &Account,
    password: Password,
) -> Result<(), PasswordCheckError> {
    if app.passwords.verify(password, account.password.as_ref()).await? == Verdict::Wrong {
        audit::record_failed_login(app, client, Some(account.id), audit::Factor::Password).await?;
        return Err(PasswordCheckError::Wrong);
    }
    Ok(())
}

/// Makes the session fresh by the account's password, if it has no second factor. 1 limiter update, 1 hash, 1
/// `UpdateItem`; or 1 `PutItem` if the password is wrong.
pub async fn by_password(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    password: Password,
) -> Result<(), StepUpError> {
    refuse_unless_highest(&signed_in.account, Level::Password)?;
    admit(app, client, &signed_in.account).await?;
    by_counted_password(app, client, signed_in, password).await
}

/// The same for a caller that has counted the try already: 1 limiter update less.
pub(crate) async fn by_counted_password(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    password: Password,
) -> Result<(), StepUpError> {
    let SignedIn { account, session, .. } = signed_in;
    refuse_unless_highest(account, Level::Password)?;
    check_counted_password(app, client, account, password).await?;
    let noted = store::note_shown(session, Shown { level: Level::Password, factor: None, at: client.now });
    match app.store.update::<store::SessionRow>(noted).await? {
        Outcome::Applied(_) => Ok(()),
        Outcome::Refused(_) => Err(StepUpError::SessionEnded),
    }
}
