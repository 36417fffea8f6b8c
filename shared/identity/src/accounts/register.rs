//! Registering: an address, a name and a password are taken down, and the address is asked whether it agrees.
//!
//! The answer and the work are the same whether or not the address has an account: the same reads, one hash, one
//! transaction of the same three items. Only the mail differs, and only the address's owner sees it.

use super::password_policy::Owner;
use super::proof_mail::{proof_mail, reserve_mail};
use super::registration::{LIFE, PendingLogin, PendingRegistration, Proofs, RegistrationToken};
use super::{EmailAddress, Name, Password, RegistrationId, Username, Weakness, store};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::secret::{Code, OpaqueToken};

/// What a person registers with.
pub struct Register {
    /// The address, to be proven.
    pub email: EmailAddress,
    /// The full name.
    pub name: Name,
    /// The password, to be checked.
    pub password: Password,
    /// The public name, if one is chosen now.
    pub username: Option<Username>,
    /// Whether the person agrees to marketing mail.
    pub marketing_consent: bool,
}

/// What the person gets.
pub struct Registered {
    /// Goes with the code that is in the mail.
    pub token: RegistrationToken,
    /// When the registration ends if it is not confirmed.
    pub expires_at: Timestamp,
}

/// Why it was not taken down.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Too many registrations from the address, or too many mails to the mail address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Somebody has the username, or it is reserved.
    #[error("the username is taken")]
    UsernameTaken,
    /// The password may not be set.
    #[error("the password is too weak")]
    PasswordTooWeak(Weakness),
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Takes a registration down. 1 `BatchGetItem`, 2 limiter updates, 1 hash, 1 transaction of 3 items.
///
/// The limit of the mail address is counted last, when a mail is really going to be sent: otherwise a person whose
/// first passwords are too weak, or a stranger far past the limit of the own address, would use it up.
pub async fn register(app: &App, client: &Client, input: Register) -> Result<Registered, RegisterError> {
    let (taken, admitted) = tokio::join!(
        store::taken(&app.store, &input.email, input.username.as_ref(), client.now),
        rate::admit(app, client, Subject::address(client), [app.config.registration.limit]),
    );
    admitted?;
    let taken = taken?;
    let reserved = input.username.as_ref().is_some_and(|username| app.config.reserved_usernames.holds(username));
    if taken.username || reserved {
        return Err(RegisterError::UsernameTaken);
    }
    let owner = Owner { email: &input.email, name: &input.name, username: input.username.as_ref(), has_factor: false };
    app.password_policy.check(&input.password, &owner).await.map_err(RegisterError::PasswordTooWeak)?;
    let macs = app.macs().await?;
    reserve_mail(app, client, &macs, &input.email).await?;

    let id = RegistrationId::new(&app.entropy, client.now);
    let ticket: RegistrationToken = OpaqueToken::generate(*id.as_bytes(), &app.entropy);
    let proofs = Proofs::generate(id, &app.entropy);
    let password = app.passwords.hash(input.password).await?;
    let expires_at = client.now.plus(LIFE);
    let registration = PendingRegistration {
        id,
        token_digest: ticket.digest(),
        code_digest: Proofs::code_digest(&proofs.code, macs.lookup_key(), id, &input.email.normalised()),
        code_expires_at: client.now.plus(Code::LIFE),
        code_tries: 0,
        link_digest: proofs.link.digest(),
        link_tries: 0,
        email: input.email,
        name: input.name,
        username: input.username,
        password: Some(password),
        provider: None,
        marketing_consent: input.marketing_consent,
        created_at: client.now,
        expires_at,
        ttl: expires_at.as_second(),
    };
    let mail = proof_mail(app, client, &registration, &proofs, taken.email).await?;
    app.store
        .transaction::<RegisterError>()
        .create(&registration)
        .put(&PendingLogin::of(&registration, macs.lookup_key()))
        .create(&mail)
        .commit()
        .await?;
    Ok(Registered { token: ticket, expires_at })
}
