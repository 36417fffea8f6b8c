//! Signing in with a password.
//!
//! The work is the same for a known login, an unknown one and a pending registration: two reads (the claim, then
//! the account or what stands in its place), one hash, and one write.

use super::{NewSession, Session};
use crate::accounts::store::{self, Login};
use crate::accounts::{Account, EmailAddress, HashedPassword, HashingError, Password, Username, Verdict, address_mac};
use crate::app::App;
use crate::audit::{self, Event};
use crate::client::Client;
use crate::dynamo::StoreError;
use crate::http::rate::{self, Refused};

/// What a person signs in with.
pub struct SignIn {
    /// An address or a username, as typed.
    pub login: String,
    /// The password.
    pub password: Password,
    /// What the person calls the device.
    pub device_name: Option<String>,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Too many sign-ins from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No account has this login and this password.
    #[error("the login or the password is wrong")]
    InvalidCredentials,
    /// The password is right, but the registration is not confirmed.
    #[error("the address is not confirmed yet")]
    VerificationRequired,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who the login may be.
enum Candidate {
    Account(Box<Account>),
    Pending(HashedPassword),
    Nobody,
}

/// Signs a person in. 2 `GetItem`, 1 limiter update, 1 hash, 1 transaction of 3 items; or 1 `PutItem` if it fails.
pub async fn sign_in(app: &App, client: &Client, input: SignIn) -> Result<(Account, NewSession), SignInError> {
    let login = read_login(&input.login);
    let (id, admitted) = tokio::join!(
        store::id_of(&app.store, &login),
        rate::admit(&app.store, "sign_in", client.address_block(), app.config.rates.sign_in, client.now),
    );
    admitted?;
    let candidate = match id? {
        Some(id) => store::by_id(&app.store, id).await?.map(Box::new).map_or(Candidate::Nobody, Candidate::Account),
        None => pending(app, client, &login).await?,
    };
    let stored = match &candidate {
        Candidate::Account(account) => account.password.as_ref(),
        Candidate::Pending(password) => Some(password),
        Candidate::Nobody => None,
    };
    let verdict = app.passwords.verify(input.password.clone(), stored).await?;
    match candidate {
        Candidate::Account(account) if verdict != Verdict::Wrong => {
            let rehashed = match verdict {
                Verdict::RightButOutdated => Some(app.passwords.hash(input.password).await?),
                _ => None,
            };
            begin(app, client, *account, rehashed.as_ref(), input.device_name).await
        }
        Candidate::Account(account) => fail(app, client, Some(&account), SignInError::InvalidCredentials).await,
        Candidate::Pending(_) if verdict != Verdict::Wrong => {
            fail(app, client, None, SignInError::VerificationRequired).await
        }
        _ => fail(app, client, None, SignInError::InvalidCredentials).await,
    }
}

/// Reads what was typed; what is neither an address nor a username is looked up as it is, and found nowhere.
fn read_login(typed: &str) -> Login {
    if let Ok(email) = EmailAddress::parse(typed) {
        return Login::Email(email.normalised());
    }
    match Username::parse(typed) {
        Ok(username) => Login::Username(username.folded()),
        Err(_) => Login::Username("-".to_owned()),
    }
}

/// What is read in place of the account. Names have no pending registrations; the same read is made all the same.
async fn pending(app: &App, client: &Client, login: &Login) -> Result<Candidate, StoreError> {
    let (Login::Email(name) | Login::Username(name)) = login;
    let found = store::pending_login(&app.store, &address_mac(app.sealer.lookup_key(), name)).await?;
    let waiting = found.filter(|pending| pending.expires_at > client.now);
    Ok(waiting.map_or(Candidate::Nobody, |pending| Candidate::Pending(pending.password)))
}

async fn begin(
    app: &App,
    client: &Client,
    mut account: Account,
    rehashed: Option<&HashedPassword>,
    device_name: Option<String>,
) -> Result<(Account, NewSession), SignInError> {
    let new = Session::start(app, client, &account, device_name);
    let signed_in = Event::Login { session: new.session.id, method: "password" };
    app.store
        .transaction()
        .update(&store::record_sign_in(&account, client, rehashed)?)
        .or(SignInError::InvalidCredentials)
        .create(&new.session.row())
        .create(&audit::row(app, client, account.id, signed_in))
        .commit()
        .await?;
    account.login_count = account.login_count.saturating_add(1);
    account.last_login_at = Some(client.now);
    account.last_login_ip = Some(client.address);
    Ok((account, new))
}

async fn fail<T>(app: &App, client: &Client, account: Option<&Account>, error: SignInError) -> Result<T, SignInError> {
    audit::record_failed_login(app, client, account.map(|account| account.id)).await?;
    Err(error)
}
