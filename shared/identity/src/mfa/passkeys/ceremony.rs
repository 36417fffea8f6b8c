//! The challenge that a passkey is to answer, while the browser asks its person.
//!
//! It is good for one act of one person, in the session or the sign-in in which it was asked for, and for five minutes.
//! What it was asked for is compared as a whole, so that one for enrolling signs nobody in, nor the other way round. The
//! transaction of the act deletes it, on the condition that it is there: of fifty who answer it, one succeeds.

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::accounts::AccountId;
use crate::app::App;
use crate::mfa::{ChallengeId, keys};
use crate::sessions::{SessionId, SignedIn};
use crate::webauthn::Challenge;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Entity, Key, Row, Store};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::secret::Digest;

/// How long a browser may take, and its person look for a key.
pub const LIFE: SignedDuration = SignedDuration::from_mins(5);

/// What a passkey is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// To be enrolled by a person who is signed in.
    Enrolment {
        /// The person's account.
        account: AccountId,
        /// The session that asks.
        session: SessionId,
    },
    /// To be enrolled in a sign-in that must not go on without a factor.
    EnrolmentAtSignIn {
        /// The account.
        account: AccountId,
        /// The sign-in that waits.
        challenge: ChallengeId,
    },
    /// To sign in somebody who has said nothing yet.
    SignIn,
    /// To finish a sign-in.
    SecondStep {
        /// The account.
        account: AccountId,
        /// The sign-in that waits.
        challenge: ChallengeId,
    },
    /// To show once more who somebody is.
    StepUp {
        /// The person's account.
        account: AccountId,
        /// The session that asks.
        session: SessionId,
    },
}

impl Occasion {
    /// To show once more who this person is.
    pub fn step_up(signed_in: &SignedIn) -> Self {
        Self::StepUp { account: signed_in.account.id, session: signed_in.session.id }
    }
}

impl fmt::Display for Occasion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enrolment { account, session } => write!(formatter, "enrolment {account} {session}"),
            Self::EnrolmentAtSignIn { account, challenge } => {
                write!(formatter, "enrolment_at_sign_in {account} {challenge}")
            }
            Self::SignIn => formatter.write_str("sign_in"),
            Self::SecondStep { account, challenge } => write!(formatter, "second_step {account} {challenge}"),
            Self::StepUp { account, session } => write!(formatter, "step_up {account} {session}"),
        }
    }
}

/// The stored form of a challenge and its occasion.
#[derive(Serialize, Deserialize)]
pub(crate) struct CeremonyRow {
    digest: Digest,
    occasion: String,
    expires_at: Timestamp,
    ttl: i64,
}

impl Row for CeremonyRow {
    const ENTITY: Entity = keys::PASSKEY_CEREMONY;

    fn key(&self) -> Key {
        keys::passkey_ceremony(self.digest)
    }
}

impl CeremonyRow {
    /// Whether it was asked for this, and not too long ago.
    pub(super) fn is_good_for(&self, occasion: &Occasion, now: Timestamp) -> bool {
        self.occasion == occasion.to_string() && self.expires_at > now
    }
}

/// A challenge for this occasion: 1 `PutItem`.
pub(super) async fn issue(app: &App, client: &Client, occasion: &Occasion) -> Result<Challenge, Fault> {
    let challenge = Challenge::generate(&app.entropy);
    let expires_at = client.now.plus(LIFE);
    let row = CeremonyRow {
        digest: challenge.digest(),
        occasion: occasion.to_string(),
        expires_at,
        ttl: expires_at.as_second(),
    };
    app.store.put(&row).await?;
    Ok(challenge)
}

/// The ceremony of a challenge, if it is good for this: 1 `GetItem`, 1 read unit.
pub(super) async fn find(
    store: &Store,
    challenge: Challenge,
    occasion: &Occasion,
    now: Timestamp,
) -> Result<Option<CeremonyRow>, Fault> {
    let found: Option<CeremonyRow> = store.get(&keys::passkey_ceremony(challenge.digest())).await?;
    Ok(found.filter(|ceremony| ceremony.is_good_for(occasion, now)))
}
