//! Guesses at a password, counted before they are hashed.
//!
//! Whoever shows no device token guesses at the login, and five wrong guesses make everybody wait who does the same:
//! the limit is the login's, whether or not an account has it. That would let a stranger lock a person out, so a device
//! that is known to the account guesses on a limit of its own, and passes. It is no larger, or a stolen token would be a
//! way to guess without end.
//!
//! There is one count for an account, that of its email address, however its password is compared. A guess by username is
//! counted for the username, before anything is looked up, and if it is wrong for the address as well. A session that
//! shows the password again is counted for the address from the start. Were strangers' guesses to keep it out, nobody could
//! change a password while somebody else tries it; so a session that showed no wrong password yet passes as the known
//! device that it is on.
//!
//! Whether a token is good is not known before the account is read. So a guess with a token is counted after that, for
//! the device or for the login: one update either way, which tells nobody whose account the token opens.

use super::known_device::DeviceIs;
use super::{DeviceToken, SignedIn};
use crate::accounts::{Account, EmailAddress, Login};
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Reservation, Target};
use latchkey_kernel::secret::{Macs, mac_text};

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
            None => Some(rate::reserve(app, client, login.clone(), app.config.guesses.limits).await?),
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
        let reserved = rate::reserve(app, client, target, app.config.guesses.limits).await?;
        Ok(Self { reserved: Some(reserved), is_of_device, ..self })
    }

    /// A guess by who is signed in, about to be made: 1 limiter update, 2 if it is refused, 3 if it then passes as that of a
    /// known device.
    pub(super) async fn by(app: &App, client: &Client, signed_in: &SignedIn) -> Result<Self, Refused> {
        let SignedIn { account, session, .. } = signed_in;
        let login = of_account(app.macs().await?.lookup_key(), account);
        let limits = app.config.guesses.limits;
        let (reserved, is_of_device) = match rate::reserve(app, client, login.clone(), limits).await {
            Err(Refused::Limited(_)) if session.wrong_passwords == 0 => {
                let device = Target::device(session.device.unwrap_or(session.id));
                (rate::reserve(app, client, device, limits).await?, true)
            }
            reserved => (reserved?, false),
        };
        Ok(Self { login, reserved: Some(reserved), is_of_device })
    }

    /// It was wrong. Tells whether nobody but a known device may guess after this. A guess by username that was counted for
    /// that is counted for the account as well, or, where there is none, for a decoy: 1 limiter update.
    pub(super) async fn failed(
        &self,
        app: &App,
        client: &Client,
        login: &Login,
        typed: &str,
        account: Option<&Account>,
    ) -> Result<bool, Refused> {
        if self.is_of_device || matches!(login, Login::Email(_)) {
            return Ok(self.is_last());
        }
        let macs = app.macs().await?;
        let key = macs.lookup_key();
        let decoy = || Target::login(mac_text(key, &[b"login/v1", b"decoy", login_mac(key, login, typed).as_bytes()]));
        let whose = account.map_or_else(decoy, |account| of_account(key, account));
        let was_last = rate::add_failure(app, client, whose, app.config.guesses.limits).await?;
        Ok(was_last || self.is_last())
    }

    /// Whether nobody but a known device may guess at the login after this, if it is wrong.
    pub(super) fn is_last(&self) -> bool {
        !self.is_of_device && self.reserved.as_ref().is_some_and(Reservation::is_last)
    }

    /// It was right, or was not made: 1 `UpdateItem`.
    pub(super) async fn give_back(self, app: &App) -> Result<(), Fault> {
        match self.reserved {
            Some(reserved) => reserved.give_back(app).await,
            None => Ok(()),
        }
    }
}

/// What everything is counted for that is compared with an account's password.
fn of_account(lookup_key: &[u8; 32], account: &Account) -> Target {
    of_address(lookup_key, &account.email)
}

/// What a login by this email address is counted for.
fn of_address(lookup_key: &[u8; 32], address: &EmailAddress) -> Target {
    Target::login(login_mac(lookup_key, &Login::Email(address.normalised()), ""))
}

/// Forgets the guesses at the logins of an account whose owner has just shown to have its mailbox, and need not wait for
/// what was guessed at the old password: 1 `DeleteItem` for the address and 1 for the username.
///
/// Who could do this at will could guess without end. It takes a mail that is limited by itself.
pub(crate) async fn forgive(app: &App, account: &Account) -> Result<(), Fault> {
    let macs = app.macs().await?;
    let username = async {
        match &account.username {
            Some(username) => {
                let login = Login::Username(username.folded());
                rate::forget(app, Target::login(login_mac(macs.lookup_key(), &login, ""))).await
            }
            None => Ok(()),
        }
    };
    tokio::try_join!(forget_guesses_at(app, &macs, &account.email), username)?;
    Ok(())
}

/// Forgets the guesses at an email address that an account had: 1 `DeleteItem`.
pub(crate) async fn forget_guesses_at(app: &App, macs: &Macs, address: &EmailAddress) -> Result<(), Fault> {
    rate::forget(app, of_address(macs.lookup_key(), address)).await
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
