//! Retiring sealing keys: what is stored sealed is sealed anew with the key of today, and the older keys go.
//!
//! Two kinds of rows stay sealed for as long as they are there: the secret of an authenticator app, for years, and a mail
//! or job that waits, for as long as a deletion's grace. Everything else that is sealed dies by itself within a day. So a
//! key may go when the one after it has sealed for so long that neither a short-lived value of the older one is left nor
//! an environment that still seals with it ([`RETIRABLE_AFTER`]), and no row is found under it.
//!
//! A run may end anywhere and be repeated: what is sealed anew already is passed over, and the keys go last. A row that
//! changes at the same moment keeps its change, since only the value that was read is replaced.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::LocalBoxFuture;
use jiff::SignedDuration;

use super::{Entity, Item, Key, Row, Store, Update, equals, from_item};
use crate::clock::Timestamp;
use crate::entropy::Entropy;
use crate::fault::Fault;
use crate::secret::{FromSecret as _, Sealed, Sealer, SealingError, SealingMaterial, SecretError, SecretSource};

/// How long a key has sealed before older ones may go: longer than an environment goes on with secrets that it cannot
/// read again ([`crate::secret::SERVE_FOR`]), an invocation that began with them, and then the longest life of what is not
/// sealed anew, an answer under an idempotency key.
pub const RETIRABLE_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// A kind of row that stays sealed for as long as it is there, which a domain contributes.
pub struct SealedKind {
    /// The kind.
    pub entity: Entity,
    reseal: for<'a> fn(&'a Store, &'a Sealer, &'a Entropy) -> Resealing<'a>,
}

/// How many rows an older key had sealed.
type Resealing<'a> = LocalBoxFuture<'a, Result<usize, RetireError>>;

impl SealedKind {
    /// The kind of these rows.
    pub const fn of<R: HoldsSealed>() -> Self {
        Self { entity: R::ENTITY, reseal: |store, sealer, entropy| Box::pin(reseal::<R>(store, sealer, entropy)) }
    }
}

/// A row that holds something sealed, in its attribute `sealed`.
pub trait HoldsSealed: Row + 'static {
    /// The sealed value.
    fn sealed(&self) -> &Sealed;

    /// What it is sealed to.
    fn holder(&self) -> Vec<u8>;
}

/// What came of retiring keys.
#[derive(Debug, PartialEq, Eq)]
pub enum Retired {
    /// There is no older key.
    NoneOlder,
    /// The present key must have sealed until then.
    NotBefore(Timestamp),
    /// These keys are gone.
    Keys {
        /// Their numbers.
        dropped: Vec<u32>,
        /// How many rows were sealed anew.
        resealed: usize,
    },
}

/// Why keys were not retired. None of them is gone.
#[derive(Debug, thiserror::Error)]
pub enum RetireError {
    /// A row does not open with the key that it names. Without that key it never would.
    #[error("{key} does not open: {cause}; no key was removed")]
    Unreadable {
        /// Where it lies.
        key: String,
        /// Why.
        cause: SealingError,
    },
    /// The store or the secret failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Removes every sealing key but the present one and newer ones. Reads the main table twice for each kind, and once more
/// for each time that something was found; 1 `UpdateItem` for each row that is sealed anew.
pub async fn retire(
    kinds: impl IntoIterator<Item = &'static SealedKind>,
    store: &Store,
    secrets: &SecretSource,
    entropy: &Entropy,
    now: Timestamp,
) -> Result<Retired, RetireError> {
    let material: SealingMaterial = secrets.read_json(Sealer::NAME).await.map_err(Fault::from)?;
    let since = material.ring.current_since();
    let malformed = || Fault::from(SecretError::Malformed(Sealer::NAME.to_owned()));
    let sealer = Sealer::new(material.clone()).ok_or_else(malformed)?;
    if material.clone().ring.drop_before(sealer.current_key()).is_empty() {
        return Ok(Retired::NoneOlder);
    }
    let retirable_at = since.ok_or_else(malformed)?.plus(RETIRABLE_AFTER);
    if now < retirable_at {
        return Ok(Retired::NotBefore(retirable_at));
    }
    let kinds: Vec<_> = kinds.into_iter().collect();
    let mut resealed = 0;
    // The last pass is the one that finds nothing.
    loop {
        let mut found = 0;
        for kind in &kinds {
            found += (kind.reseal)(store, &sealer, entropy).await?;
        }
        if found == 0 {
            break;
        }
        resealed += found;
    }
    // Read again: a key may have been added in the meantime.
    let mut latest: SealingMaterial = secrets.read_json(Sealer::NAME).await.map_err(Fault::from)?;
    let dropped = latest.ring.drop_before(sealer.current_key());
    secrets.write_json(Sealer::NAME, &latest).await.map_err(Fault::from)?;
    Ok(Retired::Keys { dropped, resealed })
}

/// Goes through the rows of one kind. Tells how many an older key had sealed.
async fn reseal<R: HoldsSealed>(store: &Store, sealer: &Sealer, entropy: &Entropy) -> Result<usize, RetireError> {
    let mut found = 0;
    let mut from: Option<Key> = None;
    loop {
        let part = store.scan(R::ENTITY, from.as_ref()).await?;
        for item in part.items {
            found += usize::from(reseal_one::<R>(store, item, sealer, entropy).await?);
        }
        if part.next.is_none() {
            return Ok(found);
        }
        from = part.next;
    }
}

async fn reseal_one<R: HoldsSealed>(
    store: &Store,
    item: Item,
    sealer: &Sealer,
    entropy: &Entropy,
) -> Result<bool, RetireError> {
    let as_it_was = item.get("sealed").cloned().unwrap_or(AttributeValue::Null(true));
    let row: R = from_item(item)?;
    let anew = sealer
        .reseal(row.sealed(), &row.holder(), entropy)
        .map_err(|cause| RetireError::Unreadable { key: row.key().to_string(), cause })?;
    let Some(anew) = anew else { return Ok(false) };
    let update = Update::of(row.key()).set_structure(R::ENTITY, "sealed", &anew)?;
    // What is gone or has changed meanwhile is looked at by the next pass.
    store.update_item(update.only_if(&equals("sealed", as_it_was))).await.map(drop)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_when_nothing_can_be_left_of_it() {
        let longest_invocation = SignedDuration::from_mins(15);
        assert!(RETIRABLE_AFTER > crate::secret::SERVE_FOR + longest_invocation + crate::http::idempotency::LIFE);
    }
}
