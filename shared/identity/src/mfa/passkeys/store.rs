//! The passkeys' items.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::{Passkey, PasskeyName};
use crate::accounts::{AccountId, PasskeyId};
use crate::audit::Suspicion;
use crate::mfa::events::{PASSKEY_BACKUP_CHANGED, PASSKEY_COUNT_WENT_BACK};
use crate::mfa::keys;
use crate::webauthn::{PublicKey, Registered, Seen};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Entity, Key, Outcome, Row, Store, Update, from_item, present};
use latchkey_kernel::fault::Fault;

/// The stored form of a [`Passkey`]: with the key and what is compared at its next use, which lists must not show.
#[derive(Serialize, Deserialize)]
pub(crate) struct PasskeyRow {
    account_id: AccountId,
    pub(super) id: PasskeyId,
    /// What the authenticator calls it, in base64url.
    pub(super) credential_id: String,
    pub(super) public_key: PublicKey,
    sign_count: u32,
    backup_eligible: bool,
    backed_up: bool,
    pub(super) transports: Vec<String>,
    aaguid: uuid::Uuid,
    name: String,
    added_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

impl Row for PasskeyRow {
    const ENTITY: Entity = keys::PASSKEY;

    fn key(&self) -> Key {
        keys::passkey(self.account_id, self.id)
    }
}

impl PasskeyRow {
    /// A passkey that was just made.
    pub(super) fn new(account: AccountId, made: Registered, name: &PasskeyName, now: Timestamp) -> Self {
        Self {
            account_id: account,
            id: PasskeyId::of(&made.credential_id),
            credential_id: URL_SAFE_NO_PAD.encode(&made.credential_id),
            public_key: made.public_key,
            sign_count: made.sign_count,
            backup_eligible: made.backup_eligible,
            backed_up: made.backed_up,
            transports: made.transports,
            aaguid: uuid::Uuid::from_bytes(made.aaguid),
            name: name.as_str().to_owned(),
            added_at: now,
            last_used_at: None,
        }
    }

    /// What is odd about a use, though its signature is right.
    pub(super) fn suspicions(&self, seen: Seen) -> impl Iterator<Item = Suspicion> + use<> {
        let went_back = seen.went_back(self.sign_count).then_some(PASSKEY_COUNT_WENT_BACK);
        let changed = seen.backup_eligible != self.backup_eligible;
        went_back.into_iter().chain(changed.then_some(PASSKEY_BACKUP_CHANGED))
    }

    /// That it was used. What is kept is what was shown, also where it went back or changed: what follows is compared with
    /// it.
    pub(super) fn used(&self, seen: Seen, now: Timestamp) -> Update {
        Update::of(self.key())
            .set("sign_count", i64::from(seen.sign_count))
            .set("backup_eligible", seen.backup_eligible)
            .set("backed_up", seen.backed_up)
            .set("last_used_at", now)
    }
}

impl From<PasskeyRow> for Passkey {
    fn from(row: PasskeyRow) -> Self {
        Self {
            id: row.id,
            name: PasskeyName(row.name),
            backup_eligible: row.backup_eligible,
            backed_up: row.backed_up,
            aaguid: row.aaguid,
            added_at: row.added_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// That a passkey is one account's alone.
#[derive(Serialize, Deserialize)]
pub(super) struct PasskeyClaimRow {
    pub(super) id: PasskeyId,
    pub(super) account: AccountId,
}

impl Row for PasskeyClaimRow {
    const ENTITY: Entity = keys::PASSKEY_CLAIM;

    fn key(&self) -> Key {
        keys::passkey_claim(self.id)
    }
}

/// One passkey of an account: 1 `GetItem`, 1 read unit.
pub(super) async fn find(store: &Store, account: AccountId, id: PasskeyId) -> Result<Option<PasskeyRow>, Fault> {
    store.get(&keys::passkey(account, id)).await
}

/// These passkeys of an account, in this order: 1 `BatchGetItem`, 1 read unit each; no request for none.
pub(super) async fn all(
    store: &Store,
    account: AccountId,
    ids: impl Iterator<Item = PasskeyId>,
) -> Result<Vec<PasskeyRow>, Fault> {
    let wanted: Vec<Key> = ids.map(|id| keys::passkey(account, id)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    store.get_many(&wanted).await?.into_iter().flatten().map(from_item).collect()
}

/// Calls a passkey otherwise, if there is one: 1 `UpdateItem`, 1 write unit. The passkey as it is then.
pub(super) async fn rename(
    store: &Store,
    account: AccountId,
    id: PasskeyId,
    name: &PasskeyName,
) -> Result<Option<PasskeyRow>, Fault> {
    let update = Update::of(keys::passkey(account, id)).set("name", name.as_str()).only_if(&present());
    Ok(match store.update::<PasskeyRow>(update).await? {
        Outcome::Applied(row) => Some(row),
        Outcome::Refused(_) => None,
    })
}
