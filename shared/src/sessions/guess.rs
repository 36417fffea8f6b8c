//! Guesses at a password, counted before they are hashed.
//!
//! Whoever shows no device token guesses at the login, and five wrong guesses make everybody wait who does the same:
//! the limit is the login's, whether or not an account has it. That would let a stranger lock a person out, so a device
//! that is known to the account guesses on a limit of its own, and passes. It is no larger, or a stolen token would be a
//! way to guess without end.
//!
//! Whether a token is good is not known before the account is read. So a guess with a token is counted after that, for
//! the device or for the login: one update either way, which tells nobody whose account the token opens.

use super::DeviceToken;
use super::known_device::DeviceIs;
use crate::accounts::{Account, Login};
use crate::app::App;
use crate::client::Client;
use crate::dynamo::StoreError;
use crate::http::rate::{self, Refused, Reservation, Target};
use crate::secret::{SecretError, mac_text};

/// A username that nobody can have.
pub(super) const NOBODYS: &str = "-";

/// A guess at the password behind a login.
pub(super) struct Guess {
    login: Target,
    reserved: Option<Reservation>,
    is_of_device: bool,
}

impl Guess {
    /// A guess that is about to be made. Without a device token it is counted now: 1 limiter update, 2 if it is refused.
    pub(super) async fn at(
        app: &App,
        client: &Client,
        login_mac: String,
        device: Option<&DeviceToken>,
    ) -> Result<Self, Refused> {
        let login = Target::login(login_mac);
        let reserved = match device {
            Some(_) => None,
            None => Some(rate::reserve(app, client, login.clone(), app.config.rates.sign_in_failures).await?),
        };
        Ok(Self { login, reserved, is_of_device: false })
    }

    /// The guess, counted, now that it is known from which device: 1 limiter update if it was not counted before, 2 if
    /// it is refused.
    pub(super) async fn from(self, app: &App, client: &Client, device: DeviceIs) -> Result<Self, Refused> {
        if self.reserved.is_some() {
            return Ok(self);
        }
        let (target, is_of_device) = match device {
            DeviceIs::Known(device) => (Target::device(device), true),
            DeviceIs::Stranger | DeviceIs::First => (self.login.clone(), false),
        };
        let reserved = rate::reserve(app, client, target, app.config.rates.sign_in_failures).await?;
        Ok(Self { reserved: Some(reserved), is_of_device, ..self })
    }

    /// Whether nobody but a known device may guess at the login after this, if it is wrong.
    pub(super) fn is_last(&self) -> bool {
        !self.is_of_device && self.reserved.as_ref().is_some_and(Reservation::is_last)
    }

    /// It was right, or was not made: 1 `UpdateItem`.
    pub(super) async fn give_back(self, app: &App) -> Result<(), StoreError> {
        match self.reserved {
            Some(reserved) => reserved.give_back(app).await,
            None => Ok(()),
        }
    }
}

/// Why the guesses at an account's logins stay counted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForgiveError {
    /// A secret is not to be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Forgets the guesses at the logins of an account whose owner has just shown to have its mailbox, and need not wait for
/// what was guessed at the old password: 1 `DeleteItem` for the address and 1 for the username.
///
/// Who could do this at will could guess without end. It takes a mail that is limited by itself.
pub(crate) async fn forgive(app: &App, account: &Account) -> Result<(), ForgiveError> {
    let sealer = app.sealer().await?;
    let forget = |login: Login| rate::forget(app, Target::login(login_mac(sealer.lookup_key(), &login, "")));
    let username = async {
        match &account.username {
            Some(username) => forget(Login::Username(username.folded())).await,
            None => Ok(()),
        }
    };
    tokio::try_join!(forget(Login::Email(account.email.normalised())), username)?;
    Ok(())
}

/// What a login is counted by. What nobody can have is counted by what was typed, each by itself.
pub(super) fn login_mac(lookup_key: &[u8; 32], login: &Login, typed: &str) -> String {
    let (kind, text): (&[u8], &str) = match login {
        Login::Email(address) => (b"email", address),
        Login::Username(name) if name == NOBODYS => (b"nobodys", typed),
        Login::Username(name) => (b"username", name),
    };
    mac_text(lookup_key, &[b"login/v1", kind, text.as_bytes()])
}
