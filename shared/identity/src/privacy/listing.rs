//! Data requests of all people, for those who answer for them: newest first, by kind and state.
//!
//! The index `listed` has one partition for each kind and state, so a page costs the same however many people there
//! are, and however many requests of other kinds and states. It holds keys alone, so that an entry costs one unit to write;
//! and since what an index says may be behind, the items are read for all else. Its partitions are not sharded as those of
//! `due` are: none but data requests are written to it, two a day and person, so the worst that a crowd of them
//! could slow down is themselves, while each shard would be one more request for every page.

use futures_util::future::try_join_all;

use super::store::DataRequestRow;
use super::{DataRequest, DataRequestId, RequestType, Status, keys};
use latchkey_kernel::dynamo::request::Index;
use latchkey_kernel::dynamo::{Key, Store, from_item};
use latchkey_kernel::fault::Fault;

/// The most requests of a page: as many as one `BatchGetItem` reads.
const LARGEST: usize = 100;

/// Which requests are asked for; those of every kind, or in every state, where none is named.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which {
    /// Of this kind.
    pub request_type: Option<RequestType>,
    /// In this state.
    pub status: Option<Status>,
}

/// A page of everybody's requests.
#[derive(Debug)]
pub struct Listed {
    /// Newest first.
    pub requests: Vec<DataRequest>,
    /// What the next page follows; none on the last one. It need not be among the requests of this page.
    pub next: Option<DataRequestId>,
}

impl Which {
    fn includes(self, request: &DataRequest) -> bool {
        self.request_type.is_none_or(|wanted| wanted == request.request_type)
            && self.status.is_none_or(|wanted| wanted == request.status)
    }

    /// The partitions of the index in which they stand.
    fn partitions(self) -> Vec<String> {
        let kinds = RequestType::ALL.into_iter().filter(|kind| self.request_type.is_none_or(|wanted| wanted == *kind));
        kinds
            .flat_map(|kind| Status::ALL.map(|status| (kind, status)))
            .filter(|(_, status)| self.status.is_none_or(|wanted| wanted == *status))
            .map(|(kind, status)| keys::data_requests_in(kind.name(), status.name()))
            .collect()
    }
}

/// A page of at most 100 requests of all people, newest first, that follow `after`: 1 `Query` of the index for each pair
/// of kind and state asked for, one to ten side by side, ½ read unit for each 4 KB of keys; then 1 `BatchGetItem`, 1 read
/// unit for each request. One whose state changed a moment ago may be left out; none is shown as what it no longer is.
pub async fn page_of_all(
    store: &Store,
    which: Which,
    after: Option<DataRequestId>,
    limit: usize,
) -> Result<Listed, Fault> {
    let limit = limit.min(LARGEST);
    let wanted = i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX);
    let before = after.map(keys::data_request_place);
    let partitions = which.partitions();
    let queries = partitions
        .iter()
        .map(async |partition| store.query_index_before(&Index::listed(partition), before.as_deref(), wanted).await);
    let mut found: Vec<Key> = try_join_all(queries).await?.into_iter().flatten().collect();
    found.sort_unstable_by(|one, other| other.sk.cmp(&one.sk));
    // What moves from one partition to another may be seen in both.
    found.dedup();
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).and_then(|last| keys::data_request_at(&last.sk));
    let requests = read(store, &found).await?.into_iter().filter(|request| which.includes(request)).collect();
    Ok(Listed { requests, next })
}

/// The request with this id, whoever's it is: 1 `Query` of the index for each of ten pairs of kind and state, ½ read unit
/// each, and 1 `BatchGetItem` of what they find. One whose state changed a moment ago may not be found.
pub async fn find_anybodys(store: &Store, id: DataRequestId) -> Result<Option<DataRequest>, Fault> {
    let place = keys::data_request_place(id);
    let partitions = Which::default().partitions();
    let queries =
        partitions.iter().map(async |partition| store.query_index_at(&Index::listed(partition), &place).await);
    let mut found: Vec<Key> = try_join_all(queries).await?.into_iter().flatten().collect();
    found.truncate(1);
    Ok(read(store, &found).await?.pop())
}

async fn read(store: &Store, keys: &[Key]) -> Result<Vec<DataRequest>, Fault> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let items = store.get_many(keys).await?.into_iter().flatten();
    items.map(|item| from_item::<DataRequestRow>(item).map(DataRequest::from)).collect()
}
