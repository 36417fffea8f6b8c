//! The data requests' items, and how they are read and written.

use serde::{Deserialize, Serialize};

use super::{DataRequest, DataRequestId, RequestType, Status, keys};
use crate::accounts::AccountId;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Condition, Entity, Key, Row, Rows, Store, Update, equals, present};
use latchkey_kernel::fault::Fault;

/// The stored form of a [`DataRequest`]. It stands in the index `listed` by its kind and state.
#[derive(Serialize, Deserialize)]
pub(super) struct DataRequestRow {
    id: DataRequestId,
    account_id: AccountId,
    request_type: RequestType,
    status: Status,
    notes: Option<String>,
    outcome: Option<String>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(default)]
    export_epoch: u32,
    #[serde(skip_deserializing)]
    listed_in: String,
    #[serde(skip_deserializing)]
    listed_by: String,
}

impl Row for DataRequestRow {
    const ENTITY: Entity = keys::DATA_REQUEST;

    fn key(&self) -> Key {
        keys::data_request(self.account_id, self.id)
    }
}

impl From<&DataRequest> for DataRequestRow {
    fn from(request: &DataRequest) -> Self {
        let DataRequest { id, account_id, request_type, status, notes, outcome, .. } = request.clone();
        let DataRequest { started_at, finished_at, created_at, updated_at, export_epoch, .. } = *request;
        let listed_in = keys::data_requests_in(request_type.name(), status.name());
        Self {
            id,
            account_id,
            request_type,
            status,
            notes,
            outcome,
            started_at,
            finished_at,
            created_at,
            updated_at,
            export_epoch,
            listed_in,
            listed_by: keys::data_request_place(id),
        }
    }
}

impl From<DataRequestRow> for DataRequest {
    fn from(row: DataRequestRow) -> Self {
        let DataRequestRow { id, account_id, request_type, status, notes, outcome, .. } = row;
        let DataRequestRow { started_at, finished_at, created_at, updated_at, export_epoch, .. } = row;
        Self {
            id,
            account_id,
            request_type,
            status,
            notes,
            outcome,
            started_at,
            finished_at,
            created_at,
            updated_at,
            export_epoch,
        }
    }
}

/// A person's request with this id: 1 `GetItem`, 1 read unit. Somebody else's lies elsewhere and is not found.
pub async fn find(store: &Store, account: AccountId, id: DataRequestId) -> Result<Option<DataRequest>, Fault> {
    Ok(store.get::<DataRequestRow>(&keys::data_request(account, id)).await?.map(DataRequest::from))
}

/// A page of a person's requests, newest first, that follow `after`: 1 `Query`, 1 read unit for each 4 KB.
pub async fn page(
    store: &Store,
    account: AccountId,
    after: Option<DataRequestId>,
    limit: usize,
) -> Result<Rows<DataRequest>, Fault> {
    let after = after.map(|id| keys::data_request(account, id));
    let found = store.newest_first::<DataRequestRow>(&keys::data_requests_of(account), after.as_ref(), limit).await?;
    Ok(Rows { rows: found.rows.into_iter().map(DataRequest::from).collect(), more: found.more })
}

/// Marks a deletion that still waits as taken back. A step of the cancelling transaction.
pub(super) fn cancel(account: AccountId, id: DataRequestId, now: Timestamp) -> Update {
    set_status((account, id), RequestType::Delete, Status::Cancelled, now)
        .set("finished_at", now)
        .only_if(&present().and(equals("status", Status::Pending.name())))
}

/// Marks a request as being carried out: of this and its cancellation one happens.
pub(super) fn start(account: AccountId, id: DataRequestId, kind: RequestType, now: Timestamp) -> Update {
    set_status((account, id), kind, Status::Processing, now).set("started_at", now).only_if(&present().and(open()))
}

/// Marks an export that is being carried out as ended so, with these words. A step of the transaction that ends it.
pub(super) fn finish(account: AccountId, id: DataRequestId, status: Status, outcome: &str, now: Timestamp) -> Update {
    set_status((account, id), RequestType::Export, status, now)
        .set("outcome", outcome)
        .set("finished_at", now)
        .only_if(&present().and(open()))
}

/// With the partition of the index: 2 write units more, 1 where it was and 1 where it is.
fn set_status((account, id): (AccountId, DataRequestId), kind: RequestType, status: Status, now: Timestamp) -> Update {
    Update::of(keys::data_request(account, id))
        .set("status", status.name())
        .set("listed_in", keys::data_requests_in(kind.name(), status.name()))
        .set("updated_at", now)
}

fn open() -> Condition {
    equals("status", Status::Pending.name()).or(equals("status", Status::Processing.name()))
}
