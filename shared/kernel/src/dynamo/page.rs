//! Pages of a list: the items of one partition whose sort keys begin alike, in their order.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use super::row::{Item, Row, from_item, key_in, key_item};
use super::{Key, Store, StoreError, Table};
use crate::fault::Fault;

/// Items that lie together: one partition, and what their sort keys begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The table.
    pub table: Table,
    /// The partition key.
    pub pk: String,
    /// What the sort keys begin with; empty for the whole partition.
    pub prefix: String,
}

impl Range {
    /// A range of the table `main`.
    pub fn main(pk: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self { table: Table::Main, pk: pk.into(), prefix: prefix.into() }
    }
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
    ) -> Result<Rows<R>, Fault> {
        self.rows(range, after, limit, false).await
    }

    /// The same with the lowest sort keys first.
    pub async fn oldest_first<R: Row>(
        &self,
        range: &Range,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Rows<R>, Fault> {
        self.rows(range, after, limit, true).await
    }

    async fn rows<R: Row>(
        &self,
        range: &Range,
        after: Option<&Key>,
        limit: usize,
        forward: bool,
    ) -> Result<Rows<R>, Fault> {
        let wanted = i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX);
        let answer = self
            .query_of(range)
            .set_exclusive_start_key(after.map(key_item))
            .scan_index_forward(forward)
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

    /// The keys of at most `limit` items of a range, whatever they are, each with the name of its kind: 1 consistent
    /// `Query`, 1 read unit for each 4 KB that the items have.
    pub async fn keys_in(&self, range: &Range, limit: i32) -> Result<Vec<(String, Key)>, Fault> {
        let answer = self
            .query_of(range)
            .projection_expression("#0, #9, #8")
            .expression_attribute_names("#9", "sk")
            .expression_attribute_names("#8", "entity")
            .limit(limit)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(&error))?;
        let with_entity = |item: &Item| {
            let entity = item.get("entity").and_then(|name| name.as_s().ok()).cloned().unwrap_or_default();
            Some((entity, key_in(range.table, item)?))
        };
        Ok(answer.items().iter().filter_map(with_entity).collect())
    }

    fn query_of(&self, range: &Range) -> QueryFluentBuilder {
        let query = self
            .client
            .query()
            .table_name(self.table(range.table))
            .expression_attribute_names("#0", "pk")
            .expression_attribute_values(":0", AttributeValue::S(range.pk.clone()))
            .consistent_read(true);
        if range.prefix.is_empty() {
            return query.key_condition_expression("#0 = :0");
        }
        query
            .key_condition_expression("#0 = :0 AND begins_with(#1, :1)")
            .expression_attribute_names("#1", "sk")
            .expression_attribute_values(":1", AttributeValue::S(range.prefix.clone()))
    }
}
