//! The data requests' items, and how they are read and written.

use serde::{Deserialize, Serialize};

use super::{DataRequest, RequestType, Status};
use crate::clock::Timestamp;
use crate::dynamo::{Condition, Entity, Key, Row, Rows, Store, StoreError, Update, equals, keys, present};
use crate::id::{AccountId, DataRequestId};

/// The stored form of a [`DataRequest`].
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
}

impl Row for DataRequestRow {
    const ENTITY: Entity = Entity::DataRequest;

    fn key(&self) -> Key {
        keys::data_request(self.account_id, self.id)
    }
}

impl From<&DataRequest> for DataRequestRow {
    fn from(request: &DataRequest) -> Self {
        let DataRequest { id, account_id, request_type, status, notes, outcome, .. } = request.clone();
        let DataRequest { started_at, finished_at, created_at, updated_at, .. } = *request;
        Self { id, account_id, request_type, status, notes, outcome, started_at, finished_at, created_at, updated_at }
    }
}

impl From<DataRequestRow> for DataRequest {
    fn from(row: DataRequestRow) -> Self {
        let DataRequestRow { id, account_id, request_type, status, notes, outcome, .. } = row;
        let DataRequestRow { started_at, finished_at, created_at, updated_at, .. } = row;
        Self { id, account_id, request_type, status, notes, outcome, started_at, finished_at, created_at, updated_at }
    }
}

/// A person's request with this id: 1 `GetItem`, 1 read unit. Somebody else's lies elsewhere and is not found.
pub async fn find(store: &Store, account: AccountId, id: DataRequestId) -> Result<Option<DataRequest>, StoreError> {
    Ok(store.get::<DataRequestRow>(&keys::data_request(account, id)).await?.map(DataRequest::from))
}

/// A page of a person's requests, newest first, that follow `after`: 1 `Query`, 1 read unit for each 4 KB.
pub async fn page(
    store: &Store,
    account: AccountId,
    after: Option<DataRequestId>,
    limit: usize,
) -> Result<Rows<DataRequest>, StoreError> {
    let after = after.map(|id| keys::data_request(account, id));
    let found = store.newest_first::<DataRequestRow>(&keys::data_requests_of(account), after.as_ref(), limit).await?;
    Ok(Rows { rows: found.rows.into_iter().map(DataRequest::from).collect(), more: found.more })
}

/// Marks a request that still waits as taken back. A step of the cancelling transaction.
pub(super) fn cancel(account: AccountId, id: DataRequestId, now: Timestamp) -> Update {
    set_status(account, id, Status::Cancelled, now)
        .set("finished_at", now)
        .only_if(&present().and(equals("status", Status::Pending.name())))
}

/// Marks a request as being carried out: of this and its cancellation one happens.
pub(super) fn start(account: AccountId, id: DataRequestId, now: Timestamp) -> Update {
    set_status(account, id, Status::Processing, now).set("started_at", now).only_if(&present().and(open()))
}

/// Marks a request that is being carried out as ended so, with these words. A step of the transaction that ends it.
pub(super) fn finish(account: AccountId, id: DataRequestId, status: Status, outcome: &str, now: Timestamp) -> Update {
    set_status(account, id, status, now).set("outcome", outcome).set("finished_at", now).only_if(&present().and(open()))
}

fn set_status(account: AccountId, id: DataRequestId, status: Status, now: Timestamp) -> Update {
    Update::of(keys::data_request(account, id)).set("status", status.name()).set("updated_at", now)
}

fn open() -> Condition {
    equals("status", Status::Pending.name()).or(equals("status", Status::Processing.name()))
}
