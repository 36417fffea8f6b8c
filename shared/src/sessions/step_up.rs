//! Step-up: before a sensitive act a person shows once more who they are.
//!
//! A session lasts for weeks, on devices that are lent, lost and left open. So what could take an account over or
//! destroy it needs something that was shown in the last five minutes, of the highest level that the account has: a
//! second factor, else its password, or, for an account that has neither, a code mailed to its address. Signing in counts
//! as showing. What is lower never stands in: a mailbox is left open as often as a browser is, and a password is what
//! the second factor is there for.

use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{SignedIn, mails, store};
use crate::accounts::mailed_code::{self, MailedCode, Purpose};
use crate::accounts::{Account, HashingError, Password, Verdict};
use crate::app::App;
use crate::audit;
use crate::client::Client;
use crate::clock::Timestamp;
use crate::dynamo::{Outcome, Row as _, StoreError};
use crate::http::Problem;
use crate::http::rate::{self, Refused, Subject};
use crate::mfa::{self, Factor, Proof, ProofError};
use crate::outbox;
use crate::secret::{Code, SealingError, SecretError};

/// How long what was shown counts.
pub const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// How strongly a person has shown who they are, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A code that was mailed to the account's address.
    MailedCode,
    /// The account's password.
    Password,
    /// One of the account's second factors, after the first.
    SecondFactor,
}

impl Level {
    /// The highest level that this account can show, and therefore must.
    pub fn highest_of(account: &Account) -> Self {
        if !account.factors.is_empty() {
            Self::SecondFactor
        } else if account.password.is_some() {
            Self::Password
        } else {
            Self::MailedCode
        }
    }

    /// The name that rows carry.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::MailedCode => "mailed_code",
            Self::Password => "password",
            Self::SecondFactor => "second_factor",
        }
    }
}

/// That a person showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// How strongly.
    pub level: Level,
    /// With which second factor.
    pub factor: Option<Factor>,
    /// When.
    pub at: Timestamp,
}

/// Something of this account's highest level must be shown first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a password, second factor or code must be shown first")]
pub struct StepUpRequired {
    /// The ways in which the account can show it, as `POST /api/auth/step-up` names them.
    pub methods: Vec<&'static str>,
}

impl StepUpRequired {
    fn of(account: &Account) -> Self {
        let methods = match Level::highest_of(account) {
            Level::SecondFactor => account.factors.methods(),
            Level::Password => vec!["password"],
            Level::MailedCode => vec!["email"],
        };
        Self { methods }
    }
}

impl From<StepUpRequired> for Problem {
    fn from(required: StepUpRequired) -> Self {
        Self::step_up_required(required.methods)
    }
}

/// Whether the session is fresh: its person showed something of the account's highest level in the last five minutes.
/// Costs nothing, since both were read to authenticate the request. Tells what it was.
pub fn require(signed_in: &SignedIn, now: Timestamp) -> Result<Shown, StepUpRequired> {
    let account = &signed_in.account;
    let enough = |shown: &Shown| shown.level >= Level::highest_of(account) && now.since(shown.at) < FRESH;
    signed_in.session.shown.filter(enough).ok_or_else(|| StepUpRequired::of(account))
}

/// A person who is signed in and whose session is fresh: what a route takes in place of [`SignedIn`] when every request
/// to it is a sensitive act.
#[derive(Debug, Clone)]
pub struct Fresh(pub SignedIn);

impl FromRequestParts<App> for Fresh {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let client = Client::from_request_parts(parts, app).await?;
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        require(&signed_in, client.now)?;
        Ok(Self(signed_in))
    }
}

/// Why the session is no fresher than before.
#[derive(Debug, thiserror::Error)]
pub enum StepUpError {
    /// Too many tries for the account.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The account cannot show it in this way.
    #[error(transparent)]
    OtherMethod(#[from] StepUpRequired),
    /// Not the account's password.
    #[error("the password is wrong")]
    PasswordWrong,
    /// Wrong, spent, expired, or never sent; or a second factor that is wrong or was used before.
    #[error("the code is not valid")]
    CodeInvalid,
    /// The session was ended meanwhile.
    #[error("the session has ended")]
    SessionEnded,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// A factor's secret does not open.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// A secret is not to be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the password shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum PasswordCheckError {
    /// Too many tries for the account.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Not the account's password.
    #[error("the password is wrong")]
    Wrong,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PasswordCheckError> for StepUpError {
    fn from(error: PasswordCheckError) -> Self {
        match error {
            PasswordCheckError::Refused(refused) => Self::Refused(refused),
            PasswordCheckError::Wrong => Self::PasswordWrong,
            PasswordCheckError::Hashing(error) => Self::Hashing(error),
            PasswordCheckError::Store(error) => Self::Store(error),
        }
    }
}

impl From<ProofError> for StepUpError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Refused(refused) => Self::Refused(refused),
            ProofError::Wrong => Self::CodeInvalid,
            ProofError::Sealing(error) => Self::Sealing(error),
            ProofError::Secret(error) => Self::Secret(error),
            ProofError::Store(error) => Self::Store(error),
        }
    }
}

/// Whether this is the account's password, for an act that shows it in its request: 1 limiter update, 1 hash; 1
/// `PutItem` if it is not. It makes no session fresh.
pub(crate) async fn check_password(
    app: &App,
    client: &Client,
    account: &Account,
    password: Password,
) -> Result<(), PasswordCheckError> {
    admit(app, client, account).await?;
    check_counted_password(app, client, account, password).await
}

/// The same for a caller that has counted the try already: 1 limiter update less.
pub(crate) async fn check_counted_password(
    app: &App,
    client: &Client,
    account: &Account,
    password: Password,
) -> Result<(), PasswordCheckError> {
    if app.passwords.verify(password, account.password.as_ref()).await? == Verdict::Wrong {
        audit::record_failed_login(app, client, Some(account.id)).await?;
        return Err(PasswordCheckError::Wrong);
    }
    Ok(())
}

/// Makes the session fresh by the account's password, if it has no second factor. 1 limiter update, 1 hash, 1
/// `UpdateItem`; or 1 `PutItem` if the password is wrong.
pub async fn by_password(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    password: Password,
) -> Result<(), StepUpError> {
    refuse_unless_highest(&signed_in.account, Level::Password)?;
    admit(app, client, &signed_in.account).await?;
    by_counted_password(app, client, signed_in, password).await
}

/// The same for a caller that has counted the try already: 1 limiter update less.
pub(crate) async fn by_counted_password(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    password: Password,
) -> Result<(), StepUpError> {
    let SignedIn { account, session, .. } = signed_in;
    refuse_unless_highest(account, Level::Password)?;
    check_counted_password(app, client, account, password).await?;
    let noted = store::note_shown(session, Shown { level: Level::Password, factor: None, at: client.now });
    match app.store.update::<store::SessionRow>(noted).await? {
        Outcome::Applied(_) => Ok(()),
        Outcome::Refused(_) => Err(StepUpError::SessionEnded),
    }
}

/// Makes the session fresh by a second factor. 1 limiter update and 1 `GetItem` together, 1 transaction of 3 items, 4 with
/// the mail about a recovery code; or 1 `PutItem` if it is wrong.
pub async fn by_factor(app: &App, client: &Client, signed_in: &SignedIn, shown: &Proof) -> Result<(), StepUpError> {
    let SignedIn { account, session, .. } = signed_in;
    refuse_unless_highest(account, Level::SecondFactor)?;
    let proven = mfa::prove(app, client, account, shown).await?;
    let shown = Shown { level: Level::SecondFactor, factor: Some(proven.factor), at: client.now };
    let transaction = proven.spend(app.store.transaction(), StepUpError::CodeInvalid);
    let noted = transaction.update(&store::note_shown(session, shown)).or(StepUpError::SessionEnded).commit().await;
    if matches!(noted, Err(StepUpError::Store(_))) {
        mfa::give_back(app, client, account.id).await;
    }
    noted
}

/// Mails a code to the address of an account that has neither password nor second factor. 1 limiter update, 1 transaction of 2 items.
pub async fn mail_code(app: &App, client: &Client, account: &Account) -> Result<(), StepUpError> {
    refuse_unless_highest(account, Level::MailedCode)?;
    admit(app, client, account).await?;
    let sealer = app.sealer().await?;
    let (mailed, code) =
        MailedCode::issue(Purpose::StepUp, account.id, &account.email, sealer.lookup_key(), &app.entropy, client.now);
    let content = mails::StepUpCode {
        name: account.name.as_str(),
        code: code.reveal(),
        code_until: mailed.code_expires_at(),
        origin: &app.origin(client),
    };
    let mail = outbox::mail(app, client, &account.email.deliverable(), &content, mailed.code_expires_at()).await?;
    app.store.transaction().put(&mailed).create(&mail).commit().await
}

/// Makes the session fresh by the mailed code, if the account has neither password nor second factor. 1 limiter update, 1 `UpdateItem` that
/// counts the try; if the code is right, 1 transaction of 2 items.
pub async fn by_code(app: &App, client: &Client, signed_in: &SignedIn, code: &Code) -> Result<(), StepUpError> {
    let SignedIn { account, session, .. } = signed_in;
    refuse_unless_highest(account, Level::MailedCode)?;
    admit(app, client, account).await?;
    let sealer = app.sealer().await?;
    let reserved = mailed_code::reserve_try(&app.store, account.id, Purpose::StepUp, client.now).await?;
    let mailed = reserved.ok_or(StepUpError::CodeInvalid)?;
    if !mailed.is(code, sealer.lookup_key()) || mailed.address() != &account.email {
        return Err(StepUpError::CodeInvalid);
    }
    app.store
        .transaction()
        .delete(&mailed.key(), Some(&mailed.unspent()))
        .or(StepUpError::CodeInvalid)
        .update(&store::note_shown(session, Shown { level: Level::MailedCode, factor: None, at: client.now }))
        .or(StepUpError::SessionEnded)
        .commit()
        .await
}

/// What is below the highest level of the account shows nothing.
fn refuse_unless_highest(account: &Account, level: Level) -> Result<(), StepUpRequired> {
    if Level::highest_of(account) == level { Ok(()) } else { Err(StepUpRequired::of(account)) }
}

/// Counts an act with the account's password or with what stands in for it, before anything is hashed, compared or
/// mailed.
pub(crate) async fn admit(app: &App, client: &Client, account: &Account) -> Result<(), Refused> {
    rate::admit(app, client, Subject::person(account.id), [app.config.rates.password]).await
}
