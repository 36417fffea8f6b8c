//! The keys of data requests and of what becomes of them. Their lines of the chart stand with all others.

use super::{OUTBOX_SHARDS, main, shard_of};
use crate::dynamo::page::Range;
use crate::dynamo::{Key, Table};
use crate::id::{AccountId, ConsentId, DataRequestId};

/// [`Entity::DataRequest`](super::Entity::DataRequest).
pub fn data_request(account: AccountId, id: DataRequestId) -> Key {
    main(format!("ACCOUNT#{account}"), data_request_place(id))
}

/// The sort key of an [`Entity::DataRequest`](super::Entity::DataRequest), and where it stands in the index `listed`.
pub fn data_request_place(id: DataRequestId) -> String {
    format!("REQUEST#{id}")
}

/// The request that the sort key of an [`Entity::DataRequest`](super::Entity::DataRequest) names.
pub fn data_request_at(place: &str) -> Option<DataRequestId> {
    place.strip_prefix("REQUEST#")?.parse().ok()
}

/// The partition of the index `listed` in which requests of this kind in this state stand, by their names.
pub fn data_requests_in(kind: &str, status: &str) -> String {
    format!("REQUESTS#{kind}#{status}")
}

/// Every [`Entity::DataRequest`](super::Entity::DataRequest) of an account.
pub fn data_requests_of(account: AccountId) -> Range {
    Range { table: Table::Main, pk: format!("ACCOUNT#{account}"), prefix: "REQUEST#".to_owned() }
}

/// [`Entity::DataExport`](super::Entity::DataExport).
pub fn data_export(account: AccountId, request: DataRequestId) -> Key {
    main(format!("ACCOUNT#{account}"), format!("EXPORT#{request}"))
}

/// Every [`Entity::DataExport`](super::Entity::DataExport) of an account.
pub fn data_exports_of(account: AccountId) -> Range {
    Range { table: Table::Main, pk: format!("ACCOUNT#{account}"), prefix: "EXPORT#".to_owned() }
}

/// The partition of the index `due` that an export waits in to be forgotten.
pub fn export_due_shard(request: DataRequestId) -> String {
    format!("EXPORT#{}", shard_of(request.as_bytes(), OUTBOX_SHARDS))
}

/// The partitions of the index `due` that exports wait in.
pub fn export_due_shards() -> impl Iterator<Item = String> {
    (0..OUTBOX_SHARDS).map(|shard| format!("EXPORT#{shard}"))
}

/// Whose export, and for which request, the key of an [`Entity::DataExport`](super::Entity::DataExport) names.
pub fn export_of(pk: &str, sk: &str) -> Option<(AccountId, DataRequestId)> {
    Some((pk.strip_prefix("ACCOUNT#")?.parse().ok()?, sk.strip_prefix("EXPORT#")?.parse().ok()?))
}

/// [`Entity::Consent`](super::Entity::Consent).
pub fn consent(account: AccountId, id: ConsentId) -> Key {
    main(format!("ACCOUNT#{account}"), format!("CONSENT#{id}"))
}

/// Every [`Entity::Consent`](super::Entity::Consent) of an account.
pub fn consents_of(account: AccountId) -> Range {
    Range { table: Table::Main, pk: format!("ACCOUNT#{account}"), prefix: "CONSENT#".to_owned() }
}

/// [`Entity::Erasure`](super::Entity::Erasure).
pub fn erasure(partition: String) -> Key {
    main(partition, "ERASURE")
}

/// [`Entity::ErasureCertificate`](super::Entity::ErasureCertificate).
pub fn erasure_certificate(request: DataRequestId) -> Key {
    main(format!("CERTIFICATE#{request}"), "CERTIFICATE")
}

/// The partition key of what is one account's alone.
pub fn partition(account: AccountId) -> String {
    format!("ACCOUNT#{account}")
}

/// The partition in which everything lies that is a person's and nobody else's, in this table.
pub fn partition_of(account: AccountId, table: Table) -> Range {
    Range { table, pk: format!("ACCOUNT#{account}"), prefix: String::new() }
}
