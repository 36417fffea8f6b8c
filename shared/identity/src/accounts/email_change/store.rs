//! The chain's item, and the steps of transactions that write it and the claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::chain::{Chain, Step};
use super::claims::Change;
use crate::accounts::store::EmailClaimRow;
use crate::accounts::{AccountId, EmailAddress, keys};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Condition, Entity, Key, Row, Store, Transaction, Update, absent, below, equals, has};
use latchkey_kernel::fault::Fault;

/// How long rows are kept that are of no use any more.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The stored form of a [`Chain`]. `revision` is drawn anew by every write.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EmailUndoRow {
    account_id: AccountId,
    revision: String,
    steps: Vec<Step>,
    ttl: i64,
}

impl Row for EmailUndoRow {
    const ENTITY: Entity = keys::EMAIL_UNDO;

    fn key(&self) -> Key {
        keys::email_undo(self.account_id)
    }
}

/// A chain as it was read, with what a write must find unchanged.
pub(super) struct Found {
    pub(super) chain: Chain,
    unchanged: Condition,
}

/// The chain of an account at `now`: 1 `GetItem`, 1 read unit.
pub(super) async fn chain(store: &Store, account: AccountId, now: Timestamp) -> Result<Found, Fault> {
    Ok(match store.get::<EmailUndoRow>(&keys::email_undo(account)).await? {
        None => Found { chain: Chain::default(), unchanged: absent() },
        Some(row) => Found { unchanged: equals("revision", &row.revision), chain: Chain::of(row.steps, now) },
    })
}

/// Whether a change of the account's address can still be undone: 1 `GetItem`, 1 read unit.
pub(crate) async fn can_be_undone(store: &Store, account: AccountId, now: Timestamp) -> Result<bool, Fault> {
    Ok(!chain(store, account, now).await?.chain.steps().is_empty())
}

/// Where the chain of an account lies.
pub(crate) fn chain_key(account: AccountId) -> Key {
    keys::email_undo(account)
}

/// Holds of a chain in which nothing is left to undo.
pub(crate) fn nothing_to_undo(now: Timestamp) -> Condition {
    absent().or(below("ttl", now.plus(KEPT).as_second()))
}

/// The addresses that an account gave up, each with the moment until which it is held, also those that have expired
/// and are still written down: 1 `GetItem`, 1 read unit.
pub(in crate::accounts) async fn addresses_given_up(
    store: &Store,
    account: AccountId,
) -> Result<Vec<(EmailAddress, Timestamp)>, Fault> {
    let row = store.get::<EmailUndoRow>(&keys::email_undo(account)).await?;
    let steps = row.map(|row| row.steps).unwrap_or_default();
    Ok(steps.into_iter().map(|step| (step.address, step.until)).collect())
}

/// How a transaction that changes addresses can be refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the code or link was spent meanwhile")]
    Spent,
    #[error("the address belongs to another account")]
    Taken,
    #[error("the account's addresses changed meanwhile")]
    Stale,
    #[error("the session was ended meanwhile")]
    SessionEnded,
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Writes the chain in the place of the one that was read.
pub(super) fn write_chain<'a>(
    transaction: Transaction<'a, Refusal>,
    app: &App,
    account: AccountId,
    found: &Found,
    next: &Chain,
    now: Timestamp,
) -> Transaction<'a, Refusal> {
    let row = EmailUndoRow {
        account_id: account,
        revision: URL_SAFE_NO_PAD.encode(app.entropy.bytes::<12>()),
        steps: next.steps().to_vec(),
        ttl: next.ends_at().unwrap_or(now).plus(KEPT).as_second(),
    };
    transaction.put_if(&row, &found.unchanged).or(Refusal::Stale)
}

/// Writes the claims. One that is taken must be free: never claimed, or held until a moment that has passed.
pub(super) fn write_claims(
    mut transaction: Transaction<'_, Refusal>,
    account: AccountId,
    changes: Vec<Change>,
    now: Timestamp,
) -> Transaction<'_, Refusal> {
    let mine = equals("account", account.to_string());
    for change in changes {
        transaction = match change {
            Change::Take(address) => {
                transaction.put_if(&EmailClaimRow::new(address, account), &EmailClaimRow::free(now)).or(Refusal::Taken)
            }
            Change::Return(address) => {
                let held = mine.clone().and(has("held_until"));
                let back = Update::of(keys::email_claim(&address)).remove("held_until").remove("ttl").only_if(&held);
                transaction.update(&back).or(Refusal::Stale)
            }
            Change::Hold(address, until) => {
                let hold = Update::of(keys::email_claim(&address))
                    .set("held_until", until)
                    .set("ttl", until.plus(KEPT).as_second())
                    .only_if(&mine);
                transaction.update(&hold).or(Refusal::Stale)
            }
            Change::Release(address) => {
                transaction.delete(&keys::email_claim(&address), Some(&mine)).or(Refusal::Stale)
            }
        };
    }
    transaction
}
