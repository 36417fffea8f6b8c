//! The certificate of an erasure: that a request was carried out, when, and how much was removed. It names nobody; who
//! has the request's id, as its person does, finds it.

use serde::{Deserialize, Serialize};

use crate::privacy::{DataRequestId, keys};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Entity, Key, Row, Store};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::personal_data::Tally;

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The request that was carried out.
    pub request: DataRequestId,
    /// When the request was made.
    pub requested_at: Option<Timestamp>,
    /// When carrying it out began.
    pub started_at: Timestamp,
    /// When nothing was left.
    pub erased_at: Timestamp,
    /// How many items of each kind were removed; of the lines of the audit log: how many go on without the person.
    pub removed: Tally,
}

impl Row for Certificate {
    const ENTITY: Entity = keys::ERASURE_CERTIFICATE;

    fn key(&self) -> Key {
        keys::erasure_certificate(self.request)
    }
}

/// The certificate of this request, if it was carried out: 1 `GetItem`, 1 read unit.
pub async fn certificate(store: &Store, request: DataRequestId) -> Result<Option<Certificate>, Fault> {
    store.get(&keys::erasure_certificate(request)).await
}
