//! Changing one's password, or setting the first one, while signed in.
//!
//! Who has a password shows it in the request: that is the step-up of this act, and the freshness of the session does not
//! stand in for it, so that a device left open for a minute does not change hands. Who has none shows a mailed code
//! first. Who has a second factor has shown that, too, in the last five minutes.

use super::set_password::{How, NewPassword, SetPasswordError, judge, set_password};
use super::{Account, Password, Weakness};
use crate::app::App;
use crate::sessions::step_up::{self, Level, PasswordCheckError, Shown, StepUpRequired};
use crate::sessions::{DeviceIs, NewSession, Session, SignedIn};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;

/// What a person changes a password with.
pub struct ChangePassword {
    /// The present password; absent when the account has none.
    pub current: Option<Password>,
    /// The new one, to be judged.
    pub new: Password,
    /// Whether the person goes on, in a new session on the same device.
    pub keep_signed_in: bool,
}

/// Why it was not changed. Then everything is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// Too many tries for the account.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Something of the account's highest level must be shown first.
    #[error(transparent)]
    StepUpRequired(#[from] StepUpRequired),
    /// The account has a password, and the request shows none.
    #[error("the current password is missing")]
    CurrentMissing,
    /// The request shows a password, and the account has none.
    #[error("the account has no password")]
    CurrentUnexpected,
    /// Not the account's password.
    #[error("the password is wrong")]
    PasswordWrong,
    /// The new password may not be set.
    #[error("the password is too weak")]
    PasswordTooWeak(Weakness),
    /// All sessions of the account, this one among them, were ended meanwhile.
    #[error("the session has ended")]
    SessionEnded,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<PasswordCheckError> for ChangePasswordError {
    fn from(error: PasswordCheckError) -> Self {
        match error {
            PasswordCheckError::Refused(refused) => Self::Refused(refused),
            PasswordCheckError::Wrong => Self::PasswordWrong,
            PasswordCheckError::Failed(fault) => Self::Failed(fault),
        }
    }
}

impl From<SetPasswordError> for ChangePasswordError {
    fn from(error: SetPasswordError) -> Self {
        match error {
            SetPasswordError::Spent | SetPasswordError::Meanwhile => Self::SessionEnded,
            SetPasswordError::Failed(fault) => Self::Failed(fault),
        }
    }
}

/// Changes the password and ends all sessions. 1 limiter update, 3 with a present password, 1 or 2 hashes, 1 transaction of 4
/// items, or of 6 when
/// the person stays signed in: then the account as it is now, and its one session.
pub async fn change_password(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    input: ChangePassword,
) -> Result<Option<(Account, NewSession)>, ChangePasswordError> {
    let SignedIn { account, session, .. } = signed_in;
    let by_password = Shown { level: Level::Password, factor: None, at: client.now };
    let shown = match (account.password.is_some(), input.current) {
        (true, None) => return Err(ChangePasswordError::CurrentMissing),
        (false, Some(_)) => return Err(ChangePasswordError::CurrentUnexpected),
        (false, None) => {
            step_up::admit(app, client, account).await?;
            step_up::require(signed_in, client.now)?
        }
        (true, Some(current)) => {
            let more = Level::highest_of(account) > Level::Password;
            let shown = if more { step_up::require(signed_in, client.now)? } else { by_password };
            step_up::check_password(app, client, signed_in, current).await?;
            shown
        }
    };
    judge(app, account, &input.new).await.map_err(ChangePasswordError::PasswordTooWeak)?;
    let password = app.passwords.hash(input.new).await?;
    let changed = Account {
        password: Some(password.clone()),
        session_epoch: account.session_epoch.saturating_add(1),
        sessions_ended_at: Some(client.now),
        updated_at: client.now,
        ..account.clone()
    };
    let kept = if input.keep_signed_in {
        let device = session.device.map_or(DeviceIs::First, DeviceIs::Known);
        Some(Session::start(app, client, &changed, session.device_name.clone(), shown, device).await?)
    } else {
        None
    };
    let begins = kept.as_ref().map(|new| &new.session);
    let new = NewPassword { account, password: &password, how: How::Changed, spends: None, begins, makes_known: None };
    set_password(app, client, new).await?;
    Ok(kept.map(|new| (changed, new)))
}
