//! The items of authenticator apps: the secret that is a factor, and the one that is not yet.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::dynamo::{Condition, Entity, Key, Row, Store, StoreError, below, equals, keys, present, unset};
use crate::id::AccountId;
use crate::secret::Sealed;

/// The stored form of a secret that is a factor.
#[derive(Serialize, Deserialize)]
pub(crate) struct TotpRow {
    pub(super) account_id: AccountId,
    pub(super) sealed: Sealed,
    pub(super) added_at: Timestamp,
    /// The step of the last code that was used.
    pub(super) last_step: Option<u64>,
}

impl Row for TotpRow {
    const ENTITY: Entity = Entity::Totp;

    fn key(&self) -> Key {
        keys::totp(self.account_id)
    }
}

impl TotpRow {
    /// It is still this secret, and no code of this step or of a later one was used.
    pub(super) fn unused(&self, step: u64) -> Condition {
        let unused = unset("last_step").or(below("last_step", step));
        present().and(equals("added_at", self.added_at)).and(unused)
    }
}

/// The secret of an account: 1 `GetItem`, 1 read unit.
pub(super) async fn find(store: &Store, account: AccountId) -> Result<Option<TotpRow>, StoreError> {
    store.get(&keys::totp(account)).await
}

/// A secret that was shown and waits for one of its codes. It counts only while the account has the epoch in which it was
/// shown: what ends all sessions ends this, too.
#[derive(Serialize, Deserialize)]
pub(super) struct TotpEnrolmentRow {
    pub(super) account_id: AccountId,
    pub(super) sealed: Sealed,
    pub(super) epoch: u32,
    pub(super) expires_at: Timestamp,
    pub(super) ttl: i64,
}

impl Row for TotpEnrolmentRow {
    const ENTITY: Entity = Entity::TotpEnrolment;

    fn key(&self) -> Key {
        keys::totp_enrolment(self.account_id)
    }
}

impl TotpEnrolmentRow {
    /// It was neither confirmed nor replaced since it was read.
    pub(super) fn waiting(&self) -> Condition {
        present().and(equals("expires_at", self.expires_at))
    }
}

/// What waits to be confirmed, if it has not expired: 1 `GetItem`, 1 read unit.
pub(super) async fn waiting(
    store: &Store,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<TotpEnrolmentRow>, StoreError> {
    let found: Option<TotpEnrolmentRow> = store.get(&keys::totp_enrolment(account)).await?;
    Ok(found.filter(|found| found.expires_at > now))
}
