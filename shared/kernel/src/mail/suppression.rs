//! Addresses that nothing is sent to: SES said that they bounce, or that their owners complain.
//!
//! The product keeps them itself and the template turns SES's own list off: that one would be for ever, and unseen. So
//! it is known why a person gets no mail, and a sender's reputation does not suffer for mails that cannot arrive.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::keys;
use crate::clock::Timestamp;
use crate::dynamo::{Entity, Key, Row, Store, present};
use crate::fault::Fault;
use crate::secret::{Macs, mac_text};

/// How long a report is believed: a mailbox that was gone may come back.
pub const BELIEVED_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);

/// Why nothing is sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SuppressionReason {
    /// Its mail server refuses it for good.
    Bounce,
    /// Its owner calls our mail unwanted.
    Complaint,
}

/// One address that nothing is sent to. The address itself is not kept, only its MAC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Suppression {
    mac: String,
    /// Why.
    pub reason: SuppressionReason,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    ttl: i64,
}

impl Row for Suppression {
    const ENTITY: Entity = keys::MAIL_SUPPRESSION;

    fn key(&self) -> Key {
        keys::mail_suppression(&self.mac)
    }
}

/// Sends nothing to this address any more: 1 `PutItem`.
pub(super) async fn suppress(
    store: &Store,
    macs: &Macs,
    address: &str,
    reason: SuppressionReason,
    now: Timestamp,
) -> Result<(), Fault> {
    let until = now.plus(BELIEVED_FOR);
    store
        .put(&Suppression { mac: suppression_mac(macs, address), reason, since: now, until, ttl: until.as_second() })
        .await
}

/// Why nothing is sent to this address, if so: 1 `GetItem`.
pub async fn suppression(
    store: &Store,
    macs: &Macs,
    address: &str,
    now: Timestamp,
) -> Result<Option<Suppression>, Fault> {
    suppression_of(store, &suppression_mac(macs, address), now).await
}

/// The same for who has the MAC of an address and not the key to make it.
pub async fn suppression_of(store: &Store, mac: &str, now: Timestamp) -> Result<Option<Suppression>, Fault> {
    let found: Option<Suppression> = store.get(&keys::mail_suppression(mac)).await?;
    Ok(found.filter(|suppression| suppression.until > now))
}

/// Where it would be noted that nothing is sent to this address.
pub fn suppression_key(macs: &Macs, address: &str) -> Key {
    keys::mail_suppression(&suppression_mac(macs, address))
}

/// Sends to this address again: 1 `DeleteItem`. Tells whether nothing was sent before.
pub async fn lift(store: &Store, macs: &Macs, address: &str) -> Result<bool, Fault> {
    store.delete(&keys::mail_suppression(&suppression_mac(macs, address)), &present()).await
}

/// By what it is known that nothing is sent to an address. Every way of writing one that differs only in case names one mailbox to us.
pub fn suppression_mac(macs: &Macs, address: &str) -> String {
    let address = address.trim().to_ascii_lowercase();
    mac_text(macs.lookup_key(), &[b"suppression/v1", address.as_bytes()])
}
