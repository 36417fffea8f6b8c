//! Pages of a list: the items of one partition whose sort keys begin alike, in their order.

use aws_sdk_dynamodb::types::AttributeValue;

use super::row::{Row, from_item, key_item};
use super::{Key, Store, StoreError, Table};

/// Items that lie together: one partition, and what their sort keys begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The table.
    pub table: Table,
    /// The partition key.
    pub pk: String,
    /// What the sort keys begin with.
    pub prefix: String,
}

/// Some rows of a list.
#[derive(Debug)]
pub struct Rows<R> {
    /// At most as many as were asked for.
    pub rows: Vec<R>,
    /// Whether more follow.
    pub more: bool,
}

impl Store {
    /// The next `limit` rows of a range, those with the highest sort keys first, that follow `after` (an item that need
    /// not exist any more): 1 consistent `Query`, 1 read unit for each 4 KB. It asks for one row more than is wanted,
    /// since a last key alone does not say whether anything follows it.
    pub async fn newest_first<R: Row>(
        &self,
        range: &Range,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Rows<R>, StoreError> {
        let wanted = i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX);
        let answer = self
            .client
            .query()
            .table_name(self.table(range.table))
            .key_condition_expression("#0 = :0 AND begins_with(#1, :1)")
            .expression_attribute_names("#0", "pk")
            .expression_attribute_names("#1", "sk")
            .expression_attribute_values(":0", AttributeValue::S(range.pk.clone()))
            .expression_attribute_values(":1", AttributeValue::S(range.prefix.clone()))
            .set_exclusive_start_key(after.map(key_item))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(wanted)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(&error))?;
        let items = answer.items.unwrap_or_default();
        let cut = answer.last_evaluated_key.is_some() && items.len() <= limit && !items.is_empty();
        let more = items.len() > limit || cut;
        let rows = items.into_iter().take(limit).map(from_item).collect::<Result<_, _>>()?;
        Ok(Rows { rows, more })
    }
}
