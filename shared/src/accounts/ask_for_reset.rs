//! Asking for a new password: a code and a link are mailed to the address, if it has an account.
//!
//! The answer and the work are the same whatever stands behind the address. An account gets the code. A registration
//! that waits is no account and has no password to reset: its confirmation is mailed again. An address that nobody has
//! is treated as an account that does not exist, whose code and mail are written like any other and reach nobody. Mail
//! to a stranger's address would tell its owner nothing of use, and would let anybody spend our name with their mail host.

use jiff::SignedDuration;

use super::mailed_code::{MailedCode, Purpose};
use super::nobody::nobody_with;
use super::proof_mail::proof_mail;
use super::registration::{PendingRegistration, Proofs, address_mac};
use super::store::Standing;
use super::{Account, Behind, EmailAddress, Login, behind, by_id, mails, registration_store, suspend};
use crate::app::App;
use crate::client::Client;
use crate::dynamo::StoreError;
use crate::http::rate::{self, Limit, Mailbox, Refused, Subject};
use crate::id::AccountId;
use crate::outbox;
use crate::secret::{Code, OpaqueToken, Sealer, SecretError, TokenKind};

/// How long the mailed link is good.
const LINK_LIFE: SignedDuration = Code::LIFE;

/// The kind of [`ResetLink`].
pub struct ResetLinkKind;

impl TokenKind for ResetLinkKind {
    const PREFIX: &'static str = "lkp_";
}

/// The token in the mailed link.
pub type ResetLink = OpaqueToken<ResetLinkKind>;

/// Why nothing was mailed.
#[derive(Debug, thiserror::Error)]
pub enum AskForResetError {
    /// Too many requests from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A secret is not to be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What stands behind an address that somebody asks a mail for.
enum Owner {
    Account(Box<Account>),
    Registration(Box<PendingRegistration>),
    Nobody(AccountId),
}

/// Mails a code and a link. 1 `BatchGetItem`, 2 limiter updates, 1 `GetItem`, 1 transaction of 2 items.
///
/// Past the limit of the mail address nothing is mailed, and nobody is told: the last code stays good, so that who
/// keeps asking in somebody's name cannot keep that person's code from working. What is refused so does not count, or
/// who never stops asking would keep the person from ever getting another; it costs 1 limiter update more.
pub async fn ask_for_reset(app: &App, client: &Client, email: &EmailAddress) -> Result<(), AskForResetError> {
    let sealer = app.sealer().await?;
    let limits =
        MailLimits { address: app.config.rates.password_reset, mailbox: app.config.rates.password_reset_account };
    match addressee::<AskForResetError>(app, client, &sealer, email, limits).await? {
        Some(to) => mail_code(app, client, &sealer, &to, email).await,
        None => Ok(()),
    }
}

/// How many mails may be asked for.
pub(super) struct MailLimits {
    /// By one source address.
    pub(super) address: Limit,
    /// To one mail address.
    pub(super) mailbox: Limit,
}

/// Whom a code is made out to.
pub(super) struct Addressee {
    /// The account's id, or that of nobody.
    pub(super) id: AccountId,
    /// None of nobody, whose mail reaches no one.
    pub(super) account: Option<Box<Account>>,
}

/// Whom the code is made out to that somebody asks for. None past the limit of the mail address, and where a registration
/// waits, whose confirmation is mailed again instead. 1 `BatchGetItem` and 1 limiter update together, 1 limiter update,
/// 1 `GetItem`, whoever has the address; 1 transaction of 2 items if a registration does.
pub(super) async fn addressee<E: From<Refused> + From<StoreError> + From<SecretError>>(
    app: &App,
    client: &Client,
    sealer: &Sealer,
    email: &EmailAddress,
    limits: MailLimits,
) -> Result<Option<Addressee>, E> {
    let key = sealer.lookup_key();
    let login = Login::Email(email.normalised());
    let (found, admitted) = tokio::join!(
        behind(&app.store, &login, key, client.now),
        rate::admit(app, client, Subject::address(client), [limits.address]),
    );
    admitted?;
    let mailbox = Mailbox::of(address_mac(key, &email.normalised()));
    // A mail that goes out stays counted.
    let _mail = match rate::reserve_mail(app, client, mailbox, [limits.mailbox]).await {
        Err(Refused::Limited(_)) => return Ok(None),
        reserved => reserved?,
    };
    let found = found?;
    let standing = found.standing;
    match owner(app, client, found, email, key).await? {
        Owner::Account(account) => Ok(Some(Addressee { id: account.id, account: Some(account) })),
        Owner::Nobody(id) => Ok(Some(Addressee { id, account: None })),
        Owner::Registration(waiting) => {
            mail_confirmation::<E>(app, client, sealer, &waiting, standing).await?;
            Ok(None)
        }
    }
}

/// Who has the address: 1 `GetItem`, whoever it is.
async fn owner(
    app: &App,
    client: &Client,
    behind: Behind,
    email: &EmailAddress,
    lookup_key: &[u8; 32],
) -> Result<Owner, StoreError> {
    let nobody = nobody_with(email, lookup_key);
    let waiting = behind.pending.and_then(|pending| pending.registration);
    if let (None, Some(registration)) = (behind.account, waiting) {
        let found = registration_store::by_id(&app.store, registration, client.now).await?;
        return Ok(found.map_or(Owner::Nobody(nobody), |found| Owner::Registration(Box::new(found))));
    }
    let account = by_id(&app.store, behind.account.unwrap_or(nobody)).await?;
    let account = account.filter(|account| !account.is_gone(client.now));
    Ok(account.map_or(Owner::Nobody(nobody), |account| Owner::Account(Box::new(account))))
}

async fn mail_code(
    app: &App,
    client: &Client,
    sealer: &Sealer,
    to: &Addressee,
    email: &EmailAddress,
) -> Result<(), AskForResetError> {
    let account = to.account.as_deref();
    let address = account.map_or(email, |account| &account.email);
    let (purpose, now) = (Purpose::PasswordReset, client.now);
    let (mut mailed, code) = MailedCode::issue(purpose, to.id, address, sealer.lookup_key(), &app.entropy, now);
    let link: ResetLink = mailed.add_link(LINK_LIFE, &app.entropy, now);
    let until = mailed.code_expires_at();
    let content = mails::PasswordReset {
        name: account.map_or("", |account| account.name.as_str()),
        has_password: account.is_none_or(|account| account.password.is_some()),
        code: code.reveal(),
        link: &format!("{}/reset-password?token={}", app.config.public_url, link.reveal()),
        until,
        origin: &app.origin(client),
    };
    let mail = match account {
        Some(account) if account.is_suspended() => suspend::notice(app, client, account, true).await?,
        Some(account) => outbox::mail(app, client, &account.email.deliverable(), &content, until).await?,
        None => outbox::to_nobody(app, client, &content, until).await?,
    };
    app.store.transaction().put(&mailed).create(&mail).commit().await
}

/// Mails the confirmation of a registration again, or why there can be none: the address may be held for the account
/// that gave it up. One that was confirmed a moment ago needs none.
async fn mail_confirmation<E: From<StoreError> + From<SecretError>>(
    app: &App,
    client: &Client,
    sealer: &Sealer,
    registration: &PendingRegistration,
    standing: Standing,
) -> Result<(), E> {
    let proofs = Proofs::generate(registration.id, &app.entropy);
    let code =
        Proofs::code_digest(&proofs.code, sealer.lookup_key(), registration.id, &registration.email.normalised());
    let expires_at = client.now.plus(Code::LIFE);
    let replaced = registration_store::replace_proofs(registration, &code, expires_at, proofs.link.digest());
    let mail = proof_mail(app, client, registration, &proofs, standing).await?;
    let written = app.store.transaction().update(&replaced).or(Confirmed::Meanwhile).create(&mail).commit().await;
    match written {
        Ok(()) | Err(Confirmed::Meanwhile) => Ok(()),
        Err(Confirmed::Store(error)) => Err(error.into()),
    }
}

/// How writing to a registration can fail.
#[derive(Debug, thiserror::Error)]
enum Confirmed {
    #[error("the registration was confirmed meanwhile")]
    Meanwhile,
    #[error(transparent)]
    Store(#[from] StoreError),
}
