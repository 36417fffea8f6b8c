//! Signing in with a password.
//!
//! The work is the same for a known login and an unknown one: two reads (the claim with what waits for the address,
//! then the account or none), one hash, one write. A second hash is computed where the address was registered within a
//! day, whether or not the registration was confirmed meanwhile, and known and unknown addresses are registered alike. Each
//! try is reserved before it is hashed (`guess`).

use super::begin::{Entry, FirstFactor, NextStep, go_on};
use super::guess::{Guess, NOBODYS, login_mac};
use super::known_device::{DeviceIs, issuing_session};
use super::{DeviceToken, events, store, suspicions};
use crate::accounts::{
    self, Account, AccountId, Behind, EmailAddress, Login, Password, PendingLogin, Suspended, Username, Verdict,
};
use crate::app::App;
use crate::audit::{self, Factor};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// What a person signs in with.
pub struct SignIn {
    /// An address or a username, as typed.
    pub login: String,
    /// The password.
    pub password: Password,
    /// What the person calls the device.
    pub device_name: Option<String>,
    /// What the device shows to be known. One that is not good makes it a stranger, no more.
    pub device_token: Option<DeviceToken>,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Too many sign-ins from the address, or too many wrong passwords for the login.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No account has this login and this password.
    #[error("the login or the password is wrong")]
    InvalidCredentials,
    /// The password is right, but the registration is not confirmed.
    #[error("the address is not confirmed yet")]
    VerificationRequired,
    /// What was shown is right, but the account is suspended.
    #[error(transparent)]
    Suspended(#[from] Suspended),
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Signs a person in, or asks for a second factor. 1 `BatchGetItem` and 2 limiter updates together, 1 `BatchGetItem`, 1 or
/// 2 hashes, then together 1 transaction of 3 items, 4 with the mail about a device that is not known, 1 if a second factor
/// is asked for, and 1 `UpdateItem` that gives the guess back; or 1 `PutItem` if it fails, and for a username 1 limiter
/// update before it. With a device token the second limiter update comes after the second read.
///
/// Seldom more: from a country from which nobody had signed in, 1 write before the transaction (`suspicions::new_country`);
/// after the guess that uses up a limit, what tells of it (`suspicions::many_failed_sign_ins`).
///
/// Whether an account has a second factor is told to its right password alone.
pub async fn sign_in(app: &App, client: &Client, input: SignIn) -> Result<NextStep, SignInError> {
    let login = read_login(&input.login);
    let macs = app.macs().await?;
    let device_token = input.device_token.as_ref();
    let (found, admitted, guess) = tokio::join!(
        accounts::behind(&app.store, &login, macs.lookup_key(), client.now),
        rate::admit(app, client, Subject::address(client), [app.config.sign_in.sign_in]),
        Guess::at(app, client, login_mac(macs.lookup_key(), &login, &input.login), device_token),
    );
    let guess = match (admitted, guess) {
        (Ok(()), guess) => guess?,
        // Who is refused for the address guesses nothing.
        (Err(refused), Ok(guess)) => {
            guess.give_back(app).await?;
            return Err(refused.into());
        }
        (Err(refused), Err(guess)) => return Err(refused.longest(guess).into()),
    };
    let Behind { account, pending, .. } = found?;
    // Where there is no account, one that cannot exist is read: its id is older than every other.
    let id = account.unwrap_or(AccountId::from_bytes([0; 16]));
    let (account, issuing) = store::account_and(&app.store, id, device_token.map(issuing_session)).await?;
    let device = account
        .as_ref()
        .map_or(DeviceIs::Stranger, |account| DeviceIs::of(account, issuing.as_ref(), device_token, client.now));
    let guess = guess.from(app, client, device).await?;
    let stored = account.as_ref().and_then(|account| account.password.as_ref());
    match (app.passwords.verify(input.password.clone(), stored).await?, account) {
        (Verdict::Wrong, account) => {
            let error = match pending {
                Some(pending) => judge_pending(app, input.password, &pending).await?,
                None => SignInError::InvalidCredentials,
            };
            let nobody = nobody_behind(&login, &input.login, macs.lookup_key());
            // Whoever erases an account that is due must not have to look for lines that are added meanwhile.
            let account = account.filter(|account| !account.is_gone(client.now));
            let was_last = guess.failed(app, client, &login, &input.login, account.as_ref()).await?;
            write_down_failure(app, client, account.as_ref(), nobody, was_last).await?;
            Err(error)
        }
        (_, None) => Err(SignInError::InvalidCredentials),
        // What is left of an account that was deleted; a registration of the same password is not its own.
        (_, Some(account)) if account.is_gone(client.now) => Err(SignInError::InvalidCredentials),
        (verdict, Some(account)) => {
            let rehashed = match verdict {
                Verdict::RightButOutdated => Some(app.passwords.hash(input.password).await?),
                _ => None,
            };
            let entry = Entry { by: FirstFactor::Password, device_name: input.device_name, device };
            let changed = SignInError::InvalidCredentials;
            let (next, given_back) = tokio::join!(
                go_on(app, client, app.store.transaction(), account, entry, rehashed.as_ref(), changed),
                guess.give_back(app),
            );
            if let Err(error) = given_back {
                tracing::warn!(%error, "a right password stays counted among the wrong ones");
            }
            next
        }
    }
}

/// Writes a failed sign-in down, and that it used up a limit, if it did.
async fn write_down_failure(
    app: &App,
    client: &Client,
    account: Option<&Account>,
    nobody: AccountId,
    was_last_guess: bool,
) -> Result<(), SignInError> {
    audit::record(app, client, account.map(|account| account.id), events::login_failed(Factor::Password)).await?;
    if was_last_guess {
        suspicions::many_failed_sign_ins(app, client, account, nobody).await?;
    }
    if client.tally.was_last(app.config.sign_in.sign_in.name()) {
        suspicions::many_sign_ins_from_address(app, client).await?;
    }
    Ok(())
}

/// Who stands in for the account that a login does not have. What nobody can have is told apart by what was typed.
fn nobody_behind(login: &Login, typed: &str, lookup_key: &[u8; 32]) -> AccountId {
    match login {
        Login::Username(name) if name == NOBODYS => {
            accounts::nobody_behind(&Login::Username(typed.to_owned()), lookup_key)
        }
        login => accounts::nobody_behind(login, lookup_key),
    }
}

/// Reads what was typed; what is neither an address nor a username is looked up as one that nobody can have.
fn read_login(typed: &str) -> Login {
    if let Ok(email) = EmailAddress::parse(typed) {
        return Login::Email(email.normalised());
    }
    match Username::parse(typed) {
        Ok(username) => Login::Username(username.folded()),
        Err(_) => Login::Username(NOBODYS.to_owned()),
    }
}

/// Whether the password is that of a registration that still waits to be confirmed. Asked whether or not the address has an
/// account as well: who registers somebody's address and signs in with the password of that registration learns nothing.
/// The password of one that was confirmed is hashed all the same, and is a wrong one: it may have been changed since, and
/// the account may have another address.
async fn judge_pending(app: &App, password: Password, pending: &PendingLogin) -> Result<SignInError, Fault> {
    Ok(match app.passwords.verify(password, pending.password.as_ref()).await? {
        Verdict::Right | Verdict::RightButOutdated if pending.is_unfinished() => SignInError::VerificationRequired,
        _ => SignInError::InvalidCredentials,
    })
}
