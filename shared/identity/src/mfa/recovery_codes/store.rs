//! The recovery codes' item.

use serde::{Deserialize, Serialize};

use super::{COUNT, RecoveryCode};
use crate::accounts::AccountId;
use crate::mfa::keys;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Entity, Key, Row, Store};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::fault::Fault;

/// The stored form of the codes that are left.
#[derive(Serialize, Deserialize)]
pub(crate) struct RecoveryCodesRow {
    account_id: AccountId,
    issued_at: Timestamp,
    #[serde(with = "serde_dynamo::string_set", default, skip_serializing_if = "Vec::is_empty")]
    digests: Vec<String>,
}

impl Row for RecoveryCodesRow {
    const ENTITY: Entity = keys::RECOVERY_CODES;

    fn key(&self) -> Key {
        keys::recovery_codes(self.account_id)
    }
}

impl RecoveryCodesRow {
    /// New codes, to be shown this once, and the row that replaces that of the old ones.
    pub(crate) fn issue(
        account: AccountId,
        lookup_key: &[u8; 32],
        entropy: &Entropy,
        now: Timestamp,
    ) -> (Vec<RecoveryCode>, Self) {
        let codes: Vec<RecoveryCode> = (0..COUNT).map(|_| RecoveryCode::generate(entropy)).collect();
        let digests = codes.iter().map(|code| code.digest(account, lookup_key)).collect();
        (codes, Self { account_id: account, issued_at: now, digests })
    }

    /// Whether this code is among those that are left.
    pub(super) fn has(&self, digest: &str) -> bool {
        self.digests.iter().any(|known| known == digest)
    }

    /// How many are left.
    pub(crate) fn left(&self) -> usize {
        self.digests.len()
    }

    /// When they were made.
    pub(crate) fn issued_at(&self) -> Timestamp {
        self.issued_at
    }
}

/// The codes of an account: 1 `GetItem`, 1 read unit.
pub(crate) async fn find(store: &Store, account: AccountId) -> Result<Option<RecoveryCodesRow>, Fault> {
    store.get(&keys::recovery_codes(account)).await
}
