//! The keys of data requests and of what becomes of them.

use super::DataRequestId;
use crate::accounts::AccountId;
use crate::accounts::keys::{account_of, partition};
use latchkey_kernel::dynamo::{Key, Range, shard_of};
use latchkey_kernel::entities;
use latchkey_kernel::outbox::keys::SHARDS;

entities! {
    DATA_REQUEST: "DataRequest" {
        table: Main, pk: "ACCOUNT#{account}", sk: "REQUEST#{request}",
        index: Some("listed: listed_in, the kind and the state; listed_by"), ttl: None,
        personal: Partition,
        meaning: "What a person asked us to do with their data, and how far it is."
    }
    DATA_EXPORT: "DataExport" {
        table: Main, pk: "ACCOUNT#{account}", sk: "EXPORT#{request}",
        index: Some("due: due_shard, due_at, when it is to be forgotten"), ttl: None,
        personal: Partition,
        meaning: "An export that lies in the bucket: the digest of its link, until when it is good, how often it was used."
    }
    ERASURE_CERTIFICATE: "ErasureCertificate" {
        table: Main, pk: "CERTIFICATE#{request}", sk: "CERTIFICATE", index: None, ttl: None,
        personal: No("names nobody: when an account was erased, and how many items of each kind"),
        meaning: "That a request to delete an account was carried out, and what was removed."
    }
}

/// [`DATA_REQUEST`].
pub fn data_request(account: AccountId, id: DataRequestId) -> Key {
    Key::main(partition(account), data_request_place(id))
}

/// The sort key of a [`DATA_REQUEST`], also in the index `listed`.
pub fn data_request_place(id: DataRequestId) -> String {
    format!("REQUEST#{id}")
}

/// The request that the sort key of a [`DATA_REQUEST`] names.
pub fn data_request_at(place: &str) -> Option<DataRequestId> {
    place.strip_prefix("REQUEST#")?.parse().ok()
}

/// The partition of the index `listed` in which requests of this kind in this state stand, by their names.
pub fn data_requests_in(kind: &str, status: &str) -> String {
    format!("REQUESTS#{kind}#{status}")
}

/// Every [`DATA_REQUEST`] of an account.
pub fn data_requests_of(account: AccountId) -> Range {
    Range::main(partition(account), "REQUEST#")
}

/// [`DATA_EXPORT`].
pub fn data_export(account: AccountId, request: DataRequestId) -> Key {
    Key::main(partition(account), format!("EXPORT#{request}"))
}

/// Every [`DATA_EXPORT`] of an account.
pub fn data_exports_of(account: AccountId) -> Range {
    Range::main(partition(account), "EXPORT#")
}

/// The partition of the index `due` that an export waits in to be forgotten.
pub fn export_due_shard(request: DataRequestId) -> String {
    format!("EXPORT#{}", shard_of(request.as_bytes(), SHARDS))
}

/// The partitions of the index `due` that exports wait in.
pub fn export_due_shards() -> impl Iterator<Item = String> {
    (0..SHARDS).map(|shard| format!("EXPORT#{shard}"))
}

/// Whose export, and for which request, the key of a [`DATA_EXPORT`] names.
pub fn export_of(pk: &str, sk: &str) -> Option<(AccountId, DataRequestId)> {
    Some((account_of(pk)?, sk.strip_prefix("EXPORT#")?.parse().ok()?))
}

/// [`ERASURE_CERTIFICATE`].
pub fn erasure_certificate(request: DataRequestId) -> Key {
    Key::main(format!("CERTIFICATE#{request}"), "CERTIFICATE")
}
