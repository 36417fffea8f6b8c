//! The item of an export that lies in the bucket.

use serde::{Deserialize, Serialize};

use crate::accounts::{self, Account, AccountId};
use crate::privacy::{DataRequest, DataRequestId, keys};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Condition, Entity, Key, Row, Rows, Store, Update, after, equals, from_item, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::secret::Digest;

/// An export that lies in the bucket. It stands in the index `due` until it is forgotten.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::privacy) struct DataExportRow {
    pub(super) account_id: AccountId,
    pub(super) request: DataRequestId,
    /// The key in the bucket.
    pub(in crate::privacy) object: String,
    /// What the file is called when it is downloaded.
    pub(super) file_name: String,
    /// In bytes.
    pub(super) size: u64,
    /// Of the mailed link's token.
    pub(super) token: Digest,
    pub(super) made_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) downloads: u32,
    /// The account's number when it was asked for; it opens only while the account has it.
    #[serde(default)]
    pub(super) export_epoch: u32,
    due_shard: String,
    due_at: Timestamp,
}

impl Row for DataExportRow {
    const ENTITY: Entity = keys::DATA_EXPORT;

    fn key(&self) -> Key {
        keys::data_export(self.account_id, self.request)
    }
}

impl DataExportRow {
    pub(super) fn new(
        request: &DataRequest,
        object: String,
        file_name: String,
        size: u64,
        token: Digest,
        made_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            account_id: request.account_id,
            request: request.id,
            object,
            file_name,
            size,
            token,
            made_at,
            expires_at,
            downloads: 0,
            export_epoch: request.export_epoch,
            due_shard: keys::export_due_shard(request.id),
            due_at: expires_at,
        }
    }

    /// Whether this token opens it at `now`, as far as its account says.
    pub(super) fn opens(&self, token: Digest, account: &Account, now: Timestamp) -> bool {
        self.token == token && self.expires_at > now && self.export_epoch == account.export_epoch
    }

    /// Counts a download with this token. A step of the transaction that notes it.
    pub(super) fn count(&self, now: Timestamp) -> Update {
        let good: Condition = present().and(equals("token", self.token)).and(after("expires_at", now));
        Update::of(self.key()).add("downloads", 1).only_if(&good)
    }
}

/// The export that answers a request, and its account: 1 `BatchGetItem`, 2 read units.
pub(super) async fn with_account(
    store: &Store,
    account: AccountId,
    request: DataRequestId,
) -> Result<Option<(DataExportRow, Account)>, Fault> {
    let mut found =
        store.get_many(&[keys::data_export(account, request), accounts::keys::account(account)]).await?.into_iter();
    let (Some(Some(export)), Some(Some(account))) = (found.next(), found.next()) else { return Ok(None) };
    Ok(Some((from_item(export)?, accounts::read(account)?)))
}

/// The export that answers a request: 1 `GetItem`, 1 read unit.
pub(super) async fn find(
    store: &Store,
    account: AccountId,
    request: DataRequestId,
) -> Result<Option<DataExportRow>, Fault> {
    store.get(&keys::data_export(account, request)).await
}

/// The next exports of a person, newest first: 1 `Query`, 1 read unit for each 4 KB.
pub(in crate::privacy) async fn page(
    store: &Store,
    account: AccountId,
    after: Option<DataRequestId>,
    limit: usize,
) -> Result<Rows<DataExportRow>, Fault> {
    let after = after.map(|request| keys::data_export(account, request));
    store.newest_first(&keys::data_exports_of(account), after.as_ref(), limit).await
}
