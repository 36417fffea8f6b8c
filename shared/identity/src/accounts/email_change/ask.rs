//! Asking for another address: a code goes to it.
//!
//! The answer and the work are the same whether or not the address has an account: its claim is read, a code is written,
//! a mail is sent. Only the mail differs, and only the address's owner sees it; the code is then told to nobody.

use super::mails;
use crate::accounts::mailed_code::{MailedCode, Purpose};
use crate::accounts::mails::NEWS;
use crate::accounts::proof_mail::reserve_mail;
use crate::accounts::store::{self, Standing};
use crate::accounts::{EmailAddress, Password};
use crate::app::App;
use crate::sessions::SignedIn;
use crate::sessions::step_up::{self, Level, StepUpError, StepUpRequired};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::outbox::{self, OutboxItem};
use latchkey_kernel::secret::Code;

/// Why no code was mailed.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Too many changes or passwords by this person, or too many mails to the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is the account's address already, as it is written.
    #[error("the account has this address already")]
    SameAddress,
    /// The password, or a code that was mailed to the present address, must be shown first.
    #[error(transparent)]
    StepUpRequired(#[from] StepUpRequired),
    /// Not the account's password.
    #[error("the password is wrong")]
    PasswordWrong,
    /// The session was ended meanwhile.
    #[error("the session has ended")]
    SessionEnded,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<StepUpError> for AskError {
    fn from(error: StepUpError) -> Self {
        match error {
            StepUpError::Refused(refused) => Self::Refused(refused),
            StepUpError::OtherMethod(required) => Self::StepUpRequired(required),
            // No code is shown here.
            StepUpError::PasswordWrong | StepUpError::CodeInvalid => Self::PasswordWrong,
            StepUpError::SessionEnded => Self::SessionEnded,
            StepUpError::Failed(fault) => Self::Failed(fault),
        }
    }
}

/// Mails a code to the address that the account is to have; when the code expires. 2 limiter updates, 1 `BatchGetItem`, 1
/// transaction of 2 items; with a password besides 2 limiter updates, 1 hash and 1 `UpdateItem`.
///
/// Without `password`, and with it if the account has a second factor, the session must be fresh.
pub async fn ask(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    new: &EmailAddress,
    password: Option<Password>,
) -> Result<Timestamp, AskError> {
    let account = &signed_in.account;
    // Another spelling of it is proven like another address: its host may tell the two apart.
    let respelled = new.normalised() == account.email.normalised();
    if respelled && new.as_str() == account.email.as_str() {
        return Err(AskError::SameAddress);
    }
    let (limit, person) = (app.config.account_changes.email_limit, Subject::person(account.id));
    let more_than_password = Level::highest_of(account) > Level::Password;
    match password {
        None => {
            rate::admit(app, client, person, [limit]).await?;
            step_up::require(signed_in, client.now)?;
        }
        Some(password) => {
            rate::admit(app, client, person, [limit, app.config.step_up.limit]).await?;
            if more_than_password {
                step_up::require(signed_in, client.now)?;
                let checked = step_up::check_counted_password(app, client, signed_in, password).await;
                checked.map_err(StepUpError::from)?;
            } else {
                step_up::by_counted_password(app, client, signed_in, password).await?;
            }
        }
    }
    let macs = app.macs().await?;
    let (standing, admitted) =
        tokio::join!(store::taken(&app.store, new, None, client.now), reserve_mail(app, client, &macs, new),);
    admitted?;
    let (purpose, session, key) = (Purpose::EmailChange, signed_in.session.id, macs.lookup_key());
    let (mailed, code) = MailedCode::issue(purpose, account, session, new, key, &app.entropy, client.now);
    let standing = match standing?.email {
        // The account's own, from a change that can still be undone.
        Standing::Held { by, .. } if by == account.id => Standing::Free,
        // The account's own, in another spelling.
        Standing::Taken if respelled => Standing::Free,
        standing => standing,
    };
    let mail = mail(app, client, new, standing, &code, mailed.code_expires_at()).await?;
    app.store.transaction::<AskError>().put(&mailed).create(&mail).commit().await?;
    Ok(mailed.code_expires_at())
}

/// The mail to the new address. It may be a stranger's, so it carries nothing that the asking user wrote; but where the
/// request came from, which its reader may need to know.
async fn mail(
    app: &App,
    client: &Client,
    new: &EmailAddress,
    standing: Standing,
    code: &Code,
    code_until: Timestamp,
) -> Result<OutboxItem, Fault> {
    let (to, until) = (new.deliverable(), client.now.plus(NEWS));
    let origin = &app.origin(client);
    match standing {
        Standing::Free => {
            let content = mails::EmailChangeCode { code: code.reveal(), code_until, origin };
            outbox::mail(app, client, &to, &content, code_until).await
        }
        Standing::Taken => outbox::mail(app, client, &to, &mails::EmailChangeTaken { origin }, until).await,
        Standing::Held { until: held_until, .. } => {
            outbox::mail(app, client, &to, &mails::AddressHeld { held_until, origin }, until).await
        }
    }
}
