//! Step-up: before a sensitive act a person shows once more who they are.
//!
//! A session lasts for weeks, on devices that are lent, lost and left open. So what could take an account over or
//! destroy it needs something that was shown in the last five minutes, of the highest level that the account has: its
//! password, or, for an account that has none, a code mailed to its address. Signing in counts as showing. A code never
//! stands in for a password: a mailbox is left open as often as a browser is.

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
use crate::outbox;
use crate::secret::{Code, SecretError};

/// How long what was shown counts.
pub const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// How strongly a person has shown who they are, weakest first. A second factor ranks above a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A code that was mailed to the account's address.
    MailedCode,
    /// The account's password.
    Password,
}

impl Level {
    /// The highest level that this account can show, and therefore must.
    pub fn highest_of(account: &Account) -> Self {
        if account.password.is_some() { Self::Password } else { Self::MailedCode }
    }

    /// The name that rows carry.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::MailedCode => "mailed_code",
            Self::Password => "password",
        }
    }

    /// The ways to show it, as `POST /api/auth/step-up` names them.
    fn methods(self) -> Vec<&'static str> {
        match self {
            Self::MailedCode => vec!["email"],
            Self::Password => vec!["password"],
        }
    }
}

/// That a person showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// How strongly.
    pub level: Level,
    /// When.
    pub at: Timestamp,
}

/// Something of this account's highest level must be shown first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a password or code must be shown first")]
pub struct StepUpRequired {
    /// The ways in which the account can show it.
    pub methods: Vec<&'static str>,
}

impl StepUpRequired {
    fn of(account: &Account) -> Self {
        Self { methods: Level::highest_of(account).methods() }
    }
}

impl From<StepUpRequired> for Problem {
    fn from(required: StepUpRequired) -> Self {
        Self::step_up_required(required.methods)
    }
}

/// Whether the session is fresh: its person showed something of the account's highest level in the last five minutes.
/// Costs nothing, since both were read to authenticate the request.
pub fn require(signed_in: &SignedIn, now: Timestamp) -> Result<(), StepUpRequired> {
    is_enough(&signed_in.account, signed_in.session.shown, now)
}

/// Whether what was shown is enough for a sensitive act on this account.
pub fn is_enough(account: &Account, shown: Option<Shown>, now: Timestamp) -> Result<(), StepUpRequired> {
    let enough = |shown: Shown| shown.level >= Level::highest_of(account) && now.since(shown.at) < FRESH;
    if shown.is_some_and(enough) { Ok(()) } else { Err(StepUpRequired::of(account)) }
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
    /// Wrong, spent, expired, or never sent.
    #[error("the code is not valid")]
    CodeInvalid,
    /// The session was ended meanwhile.
    #[error("the session has ended")]
    SessionEnded,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// A secret is not to be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the session fresh by the account's password. 1 limiter update, 1 hash, 1 `UpdateItem`; or 1 `PutItem` if the
/// password is wrong.
pub async fn by_password(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    password: Password,
) -> Result<(), StepUpError> {
    if signed_in.account.password.is_some() {
        admit(app, client, &signed_in.account).await?;
    }
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
    let Some(stored) = &account.password else { return Err(StepUpRequired::of(account).into()) };
    if app.passwords.verify(password, Some(stored)).await? == Verdict::Wrong {
        audit::record_failed_login(app, client, Some(account.id)).await?;
        return Err(StepUpError::PasswordWrong);
    }
    let noted = store::note_shown(session, Shown { level: Level::Password, at: client.now });
    match app.store.update::<store::SessionRow>(noted).await? {
        Outcome::Applied(_) => Ok(()),
        Outcome::Refused(_) => Err(StepUpError::SessionEnded),
    }
}

/// Mails a code to the address of an account that has no password. 1 limiter update, 1 transaction of 2 items.
pub async fn mail_code(app: &App, client: &Client, account: &Account) -> Result<(), StepUpError> {
    refuse_if_it_has_more(account)?;
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

/// Makes the session fresh by the mailed code, if the account has no password. 1 limiter update, 1 `UpdateItem` that
/// counts the try; if the code is right, 1 transaction of 2 items.
pub async fn by_code(app: &App, client: &Client, signed_in: &SignedIn, code: &Code) -> Result<(), StepUpError> {
    let SignedIn { account, session, .. } = signed_in;
    refuse_if_it_has_more(account)?;
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
        .update(&store::note_shown(session, Shown { level: Level::MailedCode, at: client.now }))
        .or(StepUpError::SessionEnded)
        .commit()
        .await
}

/// A mailed code is the lowest level: an account that has another shows that one.
fn refuse_if_it_has_more(account: &Account) -> Result<(), StepUpRequired> {
    if Level::highest_of(account) == Level::MailedCode { Ok(()) } else { Err(StepUpRequired::of(account)) }
}

/// Counts an act with the account's password or with what stands in for it, before anything is hashed, compared or
/// mailed.
pub(crate) async fn admit(app: &App, client: &Client, account: &Account) -> Result<(), Refused> {
    rate::admit(app, client, Subject::person(account.id), [app.config.rates.password]).await
}
