//! What waits between the steps of a sign-in: the first factor was right, and a second one is to be shown, or enrolled.
//!
//! Nobody is signed in by it. Each of the two waits has a kind of token of its own, so that none can be used for the
//! other, or as any other token; both die with the account's epoch, as everything does that a password let in. The row
//! is spent in the transaction that begins the session.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::passkeys::Occasion;
use super::{ChallengeId, keys};
use crate::accounts::{self, Account, AccountId};
use crate::app::App;
use crate::sessions::Entry;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Condition, Entity, Key, Row, equals, from_item, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::secret::{Digest, OpaqueToken, TokenKind};

/// A kind of wait.
pub trait Wait: TokenKind {
    /// How long its token is good.
    const LIFE: SignedDuration;
}

/// The kind of [`SecondStepToken`].
pub struct SecondStepKind;

impl TokenKind for SecondStepKind {
    const PREFIX: &'static str = "lkm_";
}

impl Wait for SecondStepKind {
    const LIFE: SignedDuration = SignedDuration::from_mins(5);
}

/// Held by who showed a first factor and is to show a second one. It names account and challenge.
pub type SecondStepToken = OpaqueToken<SecondStepKind, 32>;

/// The kind of [`EnrolmentToken`].
pub struct EnrolmentKind;

impl TokenKind for EnrolmentKind {
    const PREFIX: &'static str = "lkn_";
}

impl Wait for EnrolmentKind {
    // Finding and installing an app takes longer than reading a code off one.
    const LIFE: SignedDuration = SignedDuration::from_mins(15);
}

/// Held by who showed a first factor and must enrol a second one. It names account and challenge.
pub type EnrolmentToken = OpaqueToken<EnrolmentKind, 32>;

/// The stored form of a challenge.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ChallengeRow {
    account_id: AccountId,
    id: ChallengeId,
    digest: Digest,
    epoch: u32,
    pub(super) entry: Entry,
    expires_at: Timestamp,
    ttl: i64,
}

impl Row for ChallengeRow {
    const ENTITY: Entity = keys::CHALLENGE;

    fn key(&self) -> Key {
        keys::challenge(self.account_id, self.id)
    }
}

impl ChallengeRow {
    /// It was not spent since it was read.
    pub(super) fn unspent(&self) -> Condition {
        present().and(equals("digest", self.digest))
    }

    /// What a passkey is asked for that is to finish this sign-in.
    pub(super) fn second_step(&self) -> Occasion {
        Occasion::SecondStep { account: self.account_id, challenge: self.id }
    }

    /// What one is asked for that is to be enrolled in it.
    pub(super) fn enrolment(&self) -> Occasion {
        Occasion::EnrolmentAtSignIn { account: self.account_id, challenge: self.id }
    }
}

/// A challenge for a person who entered so far, and its token. It waits once the caller has created the row.
pub(crate) fn issue<K: Wait>(
    app: &App,
    client: &Client,
    account: &Account,
    entry: Entry,
) -> (ChallengeRow, OpaqueToken<K, 32>) {
    let id = ChallengeId::new(&app.entropy, client.now);
    let token = OpaqueToken::of_two(account.id.as_bytes(), id.as_bytes(), &app.entropy);
    let expires_at = client.now.plus(K::LIFE);
    let row = ChallengeRow {
        account_id: account.id,
        id,
        digest: token.digest(),
        epoch: account.session_epoch,
        entry,
        expires_at,
        ttl: expires_at.as_second(),
    };
    (row, token)
}

/// The challenge of a token and its account: 1 `BatchGetItem`, 2 read units. None when the token is spent, expired or
/// invented, or when the account's sessions were ended since.
pub(super) async fn find<K: Wait>(
    app: &App,
    client: &Client,
    token: &OpaqueToken<K, 32>,
) -> Result<Option<(ChallengeRow, Account)>, Fault> {
    let [account, id] = token.halves();
    let (account, id) = (AccountId::from_bytes(account), ChallengeId::from_bytes(id));
    let mut found =
        app.store.get_many(&[keys::challenge(account, id), accounts::keys::account(account)]).await?.into_iter();
    let (Some(Some(challenge)), Some(Some(account))) = (found.next(), found.next()) else { return Ok(None) };
    let (challenge, account) = (from_item::<ChallengeRow>(challenge)?, accounts::read(account)?);
    let good = challenge.digest == token.digest()
        && challenge.expires_at > client.now
        && challenge.epoch == account.session_epoch
        && !account.is_closed(client.now);
    Ok(good.then_some((challenge, account)))
}
