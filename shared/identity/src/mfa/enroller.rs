//! Who may enrol a factor: a person who is signed in and has just shown who they are, or one who is signing in and must
//! have a factor to go on. Who still owes a second factor is neither.

use super::EnrolmentToken;
use super::challenge::{self, ChallengeRow};
use super::passkeys::Occasion;
use crate::accounts::Account;
use crate::app::App;
use crate::sessions::SignedIn;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused};

/// A person who may enrol a factor.
#[derive(Debug)]
pub enum Enroller {
    /// One who is signed in.
    SignedIn(Box<SignedIn>),
    /// One who is signing in.
    SigningIn(Box<Pending>),
}

/// A sign-in that waits for a factor to be enrolled.
#[derive(Debug)]
pub struct Pending {
    pub(super) account: Account,
    pub(super) challenge: ChallengeRow,
}

/// Why nobody may.
#[derive(Debug, thiserror::Error)]
pub enum EnrollerError {
    /// Too many requests from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The token is spent, expired or invented, or the account's sessions were ended since.
    #[error("the token is not valid")]
    TokenInvalid,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl Enroller {
    /// The person behind the token of a sign-in: 1 `BatchGetItem`, 2 read units, and 1 limiter update.
    pub async fn signing_in(app: &App, client: &Client, token: &EnrolmentToken) -> Result<Self, EnrollerError> {
        let (found, admitted) = tokio::join!(challenge::find(app, client, token), rate::admit_visit(app, client));
        admitted?;
        let (challenge, account) = found?.ok_or(EnrollerError::TokenInvalid)?;
        Ok(Self::SigningIn(Box::new(Pending { account, challenge })))
    }

    /// The person's account.
    pub fn account(&self) -> &Account {
        match self {
            Self::SignedIn(signed_in) => &signed_in.account,
            Self::SigningIn(pending) => &pending.account,
        }
    }

    /// What a passkey is asked for that this person enrols.
    pub(super) fn occasion(&self) -> Occasion {
        match self {
            Self::SignedIn(signed_in) => {
                Occasion::Enrolment { account: signed_in.account.id, session: signed_in.session.id }
            }
            Self::SigningIn(pending) => pending.challenge.enrolment(),
        }
    }
}
