//! The items of authenticator apps: the secret that is a factor, and those that are not yet.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::holder;
use crate::accounts::AccountId;
use crate::mfa::{TotpEnrolmentId, keys};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::resealing::HoldsSealed;
use latchkey_kernel::dynamo::{
    Condition, Entity, Item, Key, Row, Store, Update, below, differs, equals, present, unset,
};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::secret::Sealed;

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
    const ENTITY: Entity = keys::TOTP;

    fn key(&self) -> Key {
        keys::totp(self.account_id)
    }
}

impl HoldsSealed for TotpRow {
    fn sealed(&self) -> &Sealed {
        &self.sealed
    }

    fn holder(&self) -> Vec<u8> {
        holder(self.account_id)
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
pub(super) async fn find(store: &Store, account: AccountId) -> Result<Option<TotpRow>, Fault> {
    store.get(&keys::totp(account)).await
}

/// The secrets that were shown to a user and wait for one of their codes: the newest, and the one before it, so that a page
/// that is loaded again does not make the QR code useless that was just scanned. They are one item, so that asking for a
/// secret is one write whatever else waits, and there are never more than two.
#[derive(Serialize, Deserialize)]
pub(super) struct TotpEnrolmentRow {
    account_id: AccountId,
    newest_id: TotpEnrolmentId,
    newest: Waiting,
    former_id: Option<TotpEnrolmentId>,
    former: Option<Waiting>,
}

/// A secret that waits. It counts only while the account has the epoch in which it was shown: what ends all sessions ends
/// this, too.
#[derive(Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) sealed: Sealed,
    pub(super) epoch: u32,
    pub(super) expires_at: Timestamp,
}

impl Row for TotpEnrolmentRow {
    const ENTITY: Entity = keys::TOTP_ENROLMENT;
    const VERSION: u32 = 2;

    fn key(&self) -> Key {
        keys::totp_enrolment(self.account_id)
    }

    /// Version 1 was one secret, whose attributes were the item's own.
    fn upcast(item: &mut Item, _from: u32) {
        let fields = ["sealed", "epoch", "expires_at"].into_iter();
        let newest = fields.filter_map(|name| item.remove_entry(name)).collect();
        item.insert("newest".to_owned(), AttributeValue::M(newest));
        item.insert("newest_id".to_owned(), AttributeValue::S(uuid::Uuid::nil().to_string()));
    }
}

impl TotpEnrolmentRow {
    /// The secrets that wait at this moment for a user whose account has this epoch, the newest first.
    pub(super) fn waiting(&self, epoch: u32, now: Timestamp) -> impl Iterator<Item = (TotpEnrolmentId, &Waiting)> {
        let former = self.former_id.zip(self.former.as_ref());
        let all = std::iter::once((self.newest_id, &self.newest)).chain(former);
        all.filter(move |(_, waiting)| waiting.epoch == epoch && waiting.expires_at > now)
    }

    /// This one was neither confirmed nor pushed out by newer ones since it was read.
    pub(super) fn still_waits(id: TotpEnrolmentId) -> Condition {
        let id = id.to_string();
        equals("newest_id", &id).or(equals("former_id", &id))
    }
}

/// Keeps a secret that was shown, beside the one that was shown before it: 1 `UpdateItem`, 1 write unit per KB. Sent twice,
/// since the answer to the first time was lost, it does nothing the second time.
pub(super) async fn add_waiting(
    store: &Store,
    account: AccountId,
    id: TotpEnrolmentId,
    waiting: &Waiting,
) -> Result<(), Fault> {
    let id = id.to_string();
    let update = Update::of(keys::totp_enrolment(account))
        .set("v", TotpEnrolmentRow::VERSION)
        .set("entity", TotpEnrolmentRow::ENTITY.name())
        .set("account_id", account.to_string())
        .set("ttl", waiting.expires_at.as_second())
        .set_to_former("former_id", "newest_id")
        .set_to_former("former", "newest")
        .set("newest_id", &id)
        .set_structure(TotpEnrolmentRow::ENTITY, "newest", waiting)?
        .only_if(&differs("newest_id", &id));
    store.update_item(update).await.map(drop)
}

/// What waits to be confirmed: 1 `GetItem`, 1 read unit.
pub(super) async fn waiting(store: &Store, account: AccountId) -> Result<Option<TotpEnrolmentRow>, Fault> {
    store.get(&keys::totp_enrolment(account)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_kernel::dynamo::from_item;

    #[test]
    fn a_secret_that_was_shown_before_there_could_be_two_still_waits() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let sealed = [("key", AttributeValue::N("1".to_owned())), ("nonce", text("n")), ("ciphertext", text("c"))];
        let item = Item::from(
            [
                ("v", AttributeValue::N("1".to_owned())),
                ("account_id", text("00000000-0000-7000-8000-000000000000")),
                ("sealed", AttributeValue::M(sealed.map(|(name, value)| (name.to_owned(), value)).into())),
                ("epoch", AttributeValue::N("3".to_owned())),
                ("expires_at", text("2026-03-02T09:45:00.000Z")),
                ("ttl", AttributeValue::N("1772444700".to_owned())),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        let row: TotpEnrolmentRow = from_item(item).unwrap();
        let at = |text: &str| serde_json::from_value::<Timestamp>(text.into()).unwrap();
        assert_eq!(row.waiting(3, at("2026-03-02T09:44:59.999Z")).count(), 1);
        assert_eq!(row.waiting(3, at("2026-03-02T09:45:00.000Z")).count(), 0, "it has expired");
        assert_eq!(row.waiting(4, at("2026-03-02T09:44:59.999Z")).count(), 0, "all sessions were ended");
    }
}
