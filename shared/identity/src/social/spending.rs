//! What is used up by coming in: each of them by one conditional write, in the transaction that lets the user in.

use serde::{Deserialize, Serialize};

use super::keys;
use super::visit::ExchangeRow;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Entity, Key, Row, Transaction};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::secret::Digest;

/// What a user comes in with.
pub(super) enum Spending {
    /// Nothing of ours: a provider's access token or code, which it alone knows to be used.
    Nothing,
    /// The exchange code of a visit.
    Return(Box<ExchangeRow>),
    /// An `id_token`, whose issuer does not know who was shown it.
    IdToken(UsedIdToken),
}

impl Spending {
    /// The step that spends it, if there is one: 1 item.
    pub(super) fn add_to<'a, E: From<Fault>>(&self, transaction: Transaction<'a, E>, spent: E) -> Transaction<'a, E> {
        match self {
            Self::Nothing => transaction,
            Self::Return(found) => transaction.delete(&found.key(), Some(&found.unspent())).or(spent),
            Self::IdToken(used) => transaction.create(used).or(spent),
        }
    }
}

/// An `id_token` that was used. It is kept until the token expires: from then on the token itself is refused.
#[derive(Serialize, Deserialize)]
pub(super) struct UsedIdToken {
    digest: Digest,
    expires_at: Timestamp,
    ttl: i64,
}

impl Row for UsedIdToken {
    const ENTITY: Entity = keys::USED_ID_TOKEN;

    fn key(&self) -> Key {
        keys::used_id_token(self.digest)
    }
}

impl UsedIdToken {
    /// This token, which expires then. Its digest is that of what was signed: a signature has other forms (ES256 has a
    /// second one that is as good), and what was signed has none.
    pub(super) fn of(token: &str, expires_at: Timestamp) -> Self {
        let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
        Self { digest: Digest::of(signed.as_bytes()), expires_at, ttl: expires_at.as_second() }
    }
}
