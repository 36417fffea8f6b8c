//! Step-up: before a sensitive act a person shows once more who they are.
//!
//! A session lasts for weeks, on devices that are lent, lost and left open. So what could take an account over or
//! destroy it needs something that was shown in the last five minutes, of the highest level that the account has: a
//! second factor, else its password, or, for an account that has neither, a code mailed to its address. Signing in counts
//! as showing. What is lower never stands in: a mailbox is left open as often as a browser is, and a password is what
//! the second factor is there for.
//!
//! There is a file for each way: [`by_password`], [`by_factor`], [`by_code`].

mod by_code;
mod by_factor;
mod by_password;

use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize};

use super::SignedIn;
use crate::accounts::{Account, Factor};
use crate::app::App;
use crate::sessions::codes::STEP_UP_REQUIRED;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

pub use by_code::{by_code, mail_code};
pub use by_factor::by_factor;
pub use by_password::{PasswordCheckError, by_password};
pub(crate) use by_password::{by_counted_password, check_counted_password, check_password};

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
    pub(in crate::sessions) fn name(self) -> &'static str {
        match self {
            Self::MailedCode => "mailed_code",
            Self::Password => "password",
            Self::SecondFactor => "second_factor",
        }
    }
}

/// That a person showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// How strongly.
    #[serde(rename = "shown_level")]
    pub level: Level,
    /// With which second factor.
    #[serde(rename = "shown_factor")]
    pub factor: Option<Factor>,
    /// When.
    #[serde(rename = "shown_at")]
    pub at: Timestamp,
}

impl Shown {
    /// Read from a session's attributes: something was shown where level and time are. What cannot be read is an error,
    /// which an `Option` by itself would take for none.
    pub(super) fn whole<'de, D: Deserializer<'de>>(attributes: D) -> Result<Option<Self>, D::Error> {
        #[derive(Deserialize)]
        struct Attributes {
            #[serde(rename = "shown_level")]
            level: Option<Level>,
            #[serde(rename = "shown_factor")]
            factor: Option<Factor>,
            #[serde(rename = "shown_at")]
            at: Option<Timestamp>,
        }
        let Attributes { level, factor, at } = Attributes::deserialize(attributes)?;
        Ok(level.zip(at).map(|(level, at)| Self { level, factor, at }))
    }
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
        Self::methods(STEP_UP_REQUIRED, required.methods)
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
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// What is below the highest level of the account shows nothing.
fn refuse_unless_highest(account: &Account, level: Level) -> Result<(), StepUpRequired> {
    if Level::highest_of(account) == level { Ok(()) } else { Err(StepUpRequired::of(account)) }
}

/// Counts an act with the account's password or with what stands in for it, before anything is hashed, compared or
/// mailed.
pub(crate) async fn admit(app: &App, client: &Client, account: &Account) -> Result<(), Refused> {
    rate::admit(app, client, Subject::person(account.id), [app.config.step_up.limit]).await
}
