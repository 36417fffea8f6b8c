//! Showing the password again: of an account that has no second factor, or beside what else an act needs.
//!
//! Every comparison goes through here, so that a session can guess no more than a stranger: each try is reserved under the
//! account's email login, where failed sign-ins are counted as well, and given back if it is right; the user is mailed as
//! about failed sign-ins; and a session that is wrong ten times in a row is ended, since it is in the wrong hands or of no
//! use to its owner.

use super::{Level, Shown, StepUpError, admit, refuse_unless_highest};
use crate::accounts::{Password, Verdict};
use crate::app::App;
use crate::audit::{self, metrics};
use crate::sessions::guess::Guess;
use crate::sessions::{Session, SignedIn, events, keys, store, suspicions};
use latchkey_kernel::dynamo::Outcome;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;

/// A session that shows so many wrong passwords in a row is ended.
const MOST_IN_A_ROW: u32 = 10;

/// Why the password shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum PasswordCheckError {
    /// Too many tries for the account.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Not the account's password.
    #[error("the password is wrong")]
    Wrong,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<PasswordCheckError> for StepUpError {
    fn from(error: PasswordCheckError) -> Self {
        match error {
            PasswordCheckError::Refused(refused) => Self::Refused(refused),
            PasswordCheckError::Wrong => Self::PasswordWrong,
            PasswordCheckError::Failed(fault) => Self::Failed(fault),
        }
    }
}

/// Whether this is the account's password, for an act that shows it in its request. It makes no session fresh. 2 limiter
/// updates together, 1 hash, and 1 limiter update that gives the try back; seldom more ([`by_password`]).
pub(crate) async fn check_password(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    password: Password,
) -> Result<(), PasswordCheckError> {
    let (admitted, guess) = tokio::join!(admit(app, client, &signed_in.account), Guess::by(app, client, signed_in));
    match (admitted, guess) {
        (Ok(()), guess) => compare(app, client, signed_in, password, guess?).await,
        // Who is refused for the user guesses nothing.
        (Err(refused), Ok(guess)) => {
            guess.give_back(app).await?;
            Err(refused.into())
        }
        (Err(refused), Err(other)) => Err(refused.longest(other).into()),
    }
}

/// The same for a caller that has counted the act already: 1 limiter update less.
pub(crate) async fn check_counted_password(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    password: Password,
) -> Result<(), PasswordCheckError> {
    let guess = Guess::by(app, client, signed_in).await?;
    compare(app, client, signed_in, password, guess).await
}

async fn compare(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    password: Password,
    guess: Guess,
) -> Result<(), PasswordCheckError> {
    if app.passwords.verify(password, signed_in.account.password.as_ref()).await? == Verdict::Wrong {
        note_failure(app, client, signed_in, guess.is_last()).await?;
        return Err(PasswordCheckError::Wrong);
    }
    if let Err(error) = guess.give_back(app).await {
        tracing::warn!(%error, "a right password stays counted among the wrong ones");
    }
    if signed_in.session.wrong_passwords > 0 {
        store::forget_wrong_passwords(&app.store, &signed_in.session).await?;
    }
    Ok(())
}

/// How ending a session for its wrong passwords can fail.
#[derive(Debug, thiserror::Error)]
enum Ending {
    #[error("the session has ended")]
    Already,
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Writes a wrong password down: 1 `PutItem` and 1 `UpdateItem` that counts it for the session. Mails about the one that
/// uses up a limit ([`suspicions::many_failed_sign_ins`]); the tenth in a row ends the session: 1 transaction of 2 items.
async fn note_failure(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    was_last_guess: bool,
) -> Result<(), PasswordCheckError> {
    let SignedIn { account, session, .. } = signed_in;
    let failed = audit::record(app, client, Some(account.id), events::login_failed(audit::Factor::Password));
    let (failed, in_a_row) = tokio::join!(failed, store::count_wrong_password(&app.store, session));
    failed?;
    if in_a_row? >= MOST_IN_A_ROW {
        end(app, client, signed_in).await?;
    }
    if was_last_guess {
        suspicions::many_failed_sign_ins(app, client, Some(account), account.id).await?;
    }
    Ok(())
}

async fn end(app: &App, client: &Client, signed_in: &SignedIn) -> Result<(), Fault> {
    let SignedIn { account, session, .. } = signed_in;
    let ended = app
        .store
        .transaction()
        .update(&store::end(&keys::session(account.id, session.id), client.now))
        .or(Ending::Already)
        .create(&suspicions::many_wrong_passwords(app, client, account.id, session.id))
        .commit()
        .await;
    match ended {
        Ok(()) => {
            app.metrics.count(metrics::SUSPICIOUS_ACTIVITY, client.now);
            Ok(())
        }
        Err(Ending::Already) => Ok(()),
        Err(Ending::Failed(fault)) => Err(fault),
    }
}

/// Makes the session fresh by the account's password, if it has no second factor. 2 limiter updates together, 1 hash, 1
/// limiter update that gives the try back, 1 `UpdateItem`; or, if the password is wrong, 1 `PutItem` and 1 `UpdateItem`. 1
/// `UpdateItem` more for the first right password after wrong ones.
pub async fn by_password(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    password: Password,
) -> Result<(), StepUpError> {
    refuse_unless_highest(&signed_in.account, Level::Password)?;
    check_password(app, client, signed_in, password).await?;
    make_fresh(app, client, signed_in).await
}

/// The same for a caller that has counted the act already: 1 limiter update less.
pub(crate) async fn by_counted_password(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    password: Password,
) -> Result<(), StepUpError> {
    refuse_unless_highest(&signed_in.account, Level::Password)?;
    check_counted_password(app, client, signed_in, password).await?;
    make_fresh(app, client, signed_in).await
}

async fn make_fresh(app: &App, client: &Client, signed_in: &SignedIn) -> Result<(), StepUpError> {
    let noted = store::note_shown(&signed_in.session, Shown { level: Level::Password, factor: None, at: client.now });
    match app.store.update::<Session>(noted).await? {
        Outcome::Applied(_) => Ok(()),
        Outcome::Refused(_) => Err(StepUpError::SessionEnded),
    }
}
