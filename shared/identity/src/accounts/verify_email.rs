//! Proving the address with the mailed code: the account comes into being, and its owner is signed in, or sent to enrol
//! the second factor that the account must have.

use super::open_account::{Begins, OpenError, account_of, open};
use super::registration::{Proofs, RegistrationToken};
use super::{RegistrationId, Username, registration_store};
use crate::app::App;
use crate::mfa::challenge::issue;
use crate::sessions::step_up::{Level, Shown};
use crate::sessions::{DeviceIs, Entry, FirstFactor, NextStep, Session};
use crate::social;
use latchkey_kernel::dynamo::{equals, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::secret::Code;

/// What proves the address.
pub struct VerifyEmail {
    /// The registration's token.
    pub token: RegistrationToken,
    /// The code from the mail.
    pub code: Code,
    /// Another username than the one registered with, or a first one.
    pub username: Option<Username>,
    /// What the person calls the device.
    pub device_name: Option<String>,
}

/// Why the address is not proven.
#[derive(Debug, thiserror::Error)]
pub enum VerifyEmailError {
    /// Too many confirmations from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Wrong, spent, expired, or of another registration.
    #[error("the code is not valid")]
    CodeInvalid,
    /// Somebody has the username, or it is reserved; the code stays good.
    #[error("the username is taken")]
    UsernameTaken,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Proves the address. 1 limiter update and 1 `UpdateItem` that counts the try; if the code is right, 1 transaction, and
/// 1 `GetItem` before it where a provider told who registers.
pub async fn verify_email(app: &App, client: &Client, input: VerifyEmail) -> Result<NextStep, VerifyEmailError> {
    rate::admit(app, client, Subject::address(client), [app.config.confirmation.limit]).await?;
    let macs = app.macs().await?;
    let id = RegistrationId::from_bytes(input.token.id());
    let reserved = registration_store::reserve_code_try(&app.store, id, input.token.digest(), client.now).await?;
    let mut registration = reserved.ok_or(VerifyEmailError::CodeInvalid)?;
    let given = Proofs::code_digest(&input.code, macs.lookup_key(), id, &registration.email.normalised());
    if given != registration.code_digest {
        return Err(VerifyEmailError::CodeInvalid);
    }
    registration.username = input.username.or(registration.username);
    if registration.username.as_ref().is_some_and(|username| app.config.reserved_usernames.holds(username)) {
        registration_store::return_code_try(&app.store, &registration).await?;
        return Err(VerifyEmailError::UsernameTaken);
    }
    let mut account = account_of(app, &registration, client);
    let connection = if registration.provider.is_some() {
        let identity = social::waiting(&app.store, id, client.now).await?.ok_or(VerifyEmailError::CodeInvalid)?;
        Some(identity.connect_to(app, client, (&*app.sealer().await?, &macs), &mut account)?)
    } else {
        None
    };
    let unspent = present().and(equals("code_digest", registration.code_digest.as_str()));
    // Who holds the registration's token chose its password, or came by its provider.
    let (by, level) = match connection {
        None => (FirstFactor::Password, Level::Password),
        Some(_) => (FirstFactor::Provider, Level::MailedCode),
    };
    let entry = Entry { by, device_name: input.device_name, device: DeviceIs::First };
    let opened = if app.config.mfa.required.of(&account) {
        let (challenge, token) = issue(app, client, &account, entry);
        let begins = Begins::Enrolment(&challenge);
        let account = (&account, connection.as_ref());
        open(app, &registration, &unspent, account, begins, client).await.map(|()| NextStep::Enrolment(token))
    } else {
        account.login_count = 1;
        account.last_login_at = Some(client.now);
        account.last_login_ip = Some(client.address);
        let shown = Shown { level, factor: None, at: client.now };
        let new = Session::start(app, client, &account, entry.device_name, shown, entry.device).await?;
        let begins = Begins::Session(&new.session);
        let opened = open(app, &registration, &unspent, (&account, connection.as_ref()), begins, client).await;
        opened.map(|()| NextStep::SignedIn(Box::new((account, new))))
    };
    match opened {
        Ok(next) => Ok(next),
        Err(OpenError::UsernameTaken) => {
            registration_store::return_code_try(&app.store, &registration).await?;
            Err(VerifyEmailError::UsernameTaken)
        }
        // Who proved an address that has an account by now is told no more than who proved nothing.
        Err(OpenError::Spent | OpenError::EmailTaken) => Err(VerifyEmailError::CodeInvalid),
        Err(OpenError::Failed(fault)) => {
            // Five faults of ours must not use up a right code. If this fails as well, the try is lost.
            let _ = registration_store::return_code_try(&app.store, &registration).await;
            Err(fault.into())
        }
    }
}
