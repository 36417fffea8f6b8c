//! The plain requests: one item, several items, a page of items, one write.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use super::condition::{Condition, Placeholders, absent};
use super::retry::TRIES;
use super::row::{Item, Row, from_item, key_in, key_item, to_item};
use super::{Key, Store, StoreError};
use crate::fault::Fault;

impl Store {
    /// `GetItem`, consistent: 1 read unit per 4 KB.
    pub async fn get<R: Row>(&self, key: &Key) -> Result<Option<R>, Fault> {
        let answer = self
            .client
            .get_item()
            .table_name(self.table(key.table))
            .set_key(Some(key_item(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk(&error))?;
        answer.item.map(from_item).transpose()
    }

    /// `BatchGetItem` over both tables, consistent: 1 read unit per item and 4 KB. The items come in the order of
    /// the keys. Keys that DynamoDB leaves unprocessed are asked for again: an item that was not read is an error,
    /// never an item that does not exist.
    pub async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, Fault> {
        let mut found: Vec<Option<Item>> = vec![None; keys.len()];
        let mut wanted = self.wanted(keys)?;
        for tried in 1..=TRIES {
            let request = self.client.batch_get_item().set_request_items(Some(wanted));
            let answer = Box::pin(request.send()).await.map_err(|error| StoreError::from_sdk(&error))?;
            for (table, items) in answer.responses.unwrap_or_default() {
                for item in items {
                    let place = keys.iter().position(|key| self.table(key.table) == table && has_key(&item, key));
                    if let Some(slot) = place.and_then(|place| found.get_mut(place)) {
                        *slot = Some(item);
                    }
                }
            }
            wanted = answer.unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(found);
            }
            if tried < TRIES {
                self.pause(tried).await;
            }
        }
        Err(StoreError::Unavailable("keys left unprocessed".to_owned()).into())
    }

    fn wanted(&self, keys: &[Key]) -> Result<HashMap<String, KeysAndAttributes>, Fault> {
        let mut by_table: HashMap<String, Vec<Item>> = HashMap::new();
        for key in keys {
            by_table.entry(self.table(key.table).to_owned()).or_default().push(key_item(key));
        }
        let wanted = by_table.into_iter().map(|(table, keys)| {
            let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            keys.map(|keys| (table, keys)).map_err(|error| StoreError::Refused(error.to_string()).into())
        });
        wanted.collect()
    }

    /// `PutItem` of a new row: 1 write unit per KB.
    pub async fn put<R: Row>(&self, row: &R) -> Result<(), Fault> {
        let item = to_item(row)?;
        let request = self.client.put_item().table_name(self.table(row.key().table)).set_item(Some(item));
        self.persist(|| {
            let sending = request.clone().send();
            async move { sending.await.map(drop).map_err(|error| StoreError::from_sdk(&error)) }
        })
        .await
    }

    /// `PutItem` of a row that does not exist: 1 write unit per KB. One that exists stays as it is.
    pub async fn put_new<R: Row>(&self, row: &R) -> Result<(), Fault> {
        let item = to_item(row)?;
        let mut placeholders = Placeholders::default();
        let condition = placeholders.condition(&absent());
        let request = self
            .client
            .put_item()
            .table_name(self.table(row.key().table))
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_names(placeholders.names());
        self.persist(|| {
            let sending = request.clone().send();
            async move {
                match sending.await {
                    Ok(_) => Ok(()),
                    Err(error) => match error.as_service_error() {
                        Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                        _ => Err(StoreError::from_sdk(&error)),
                    },
                }
            }
        })
        .await
    }

    /// `DeleteItem` on a condition: 1 write unit per KB. Tells whether the condition held.
    pub async fn delete(&self, key: &Key, condition: &Condition) -> Result<bool, Fault> {
        let mut placeholders = Placeholders::default();
        let condition = placeholders.condition(condition);
        let request = self
            .client
            .delete_item()
            .table_name(self.table(key.table))
            .set_key(Some(key_item(key)))
            .condition_expression(condition)
            .set_expression_attribute_names(placeholders.names())
            .set_expression_attribute_values(placeholders.values());
        self.persist(|| {
            let sending = request.clone().send();
            async move {
                match sending.await {
                    Ok(_) => Ok(true),
                    Err(error) => match error.as_service_error() {
                        Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(false),
                        _ => Err(StoreError::from_sdk(&error)),
                    },
                }
            }
        })
        .await
    }

    /// `Query` of one partition of an index, in the order of its sort key, up to and including `until`: ½ read
    /// unit per 4 KB. Gives the keys of the items; what the index says may be behind, so callers look at them.
    pub async fn query_index_until(&self, index: &Index<'_>, until: &str, limit: i32) -> Result<Vec<Key>, Fault> {
        self.query_index(index, Some(("<=", until)), true, limit).await
    }

    /// `Query` of one partition of an index, backwards, before this value of its sort key or from its end: ½ read unit per
    /// 4 KB. Gives the same.
    pub async fn query_index_before(
        &self,
        index: &Index<'_>,
        before: Option<&str>,
        limit: i32,
    ) -> Result<Vec<Key>, Fault> {
        self.query_index(index, before.map(|before| ("<", before)), false, limit).await
    }

    /// The same of what has exactly this value of its sort key.
    pub async fn query_index_at(&self, index: &Index<'_>, at: &str) -> Result<Vec<Key>, Fault> {
        self.query_index(index, Some(("=", at)), true, 1).await
    }

    async fn query_index(
        &self,
        index: &Index<'_>,
        range: Option<(&str, &str)>,
        forward: bool,
        limit: i32,
    ) -> Result<Vec<Key>, Fault> {
        let mut query = self
            .client
            .query()
            .table_name(self.table(super::Table::Main))
            .index_name(index.name)
            .expression_attribute_names("#0", index.hash)
            .expression_attribute_values(":0", AttributeValue::S(index.partition.to_owned()))
            .scan_index_forward(forward)
            .limit(limit);
        query = match range {
            None => query.key_condition_expression("#0 = :0"),
            Some((relation, value)) => query
                .key_condition_expression(format!("#0 = :0 AND #1 {relation} :1"))
                .expression_attribute_names("#1", index.range)
                .expression_attribute_values(":1", AttributeValue::S(value.to_owned())),
        };
        let answer = query.send().await.map_err(|error| StoreError::from_sdk(&error))?;
        Ok(answer.items().iter().filter_map(|entry| key_in(super::Table::Main, entry)).collect())
    }

    /// Opens a connection, for the first request to find it: 1 `BatchGetItem` of a key that does not exist, ½ read
    /// unit. That is the operation which every function behind the API may use.
    pub async fn ping(&self) -> Result<(), Fault> {
        let keys = KeysAndAttributes::builder().keys(key_item(&Key::nothing(super::Table::Main))).build();
        let keys = keys.map_err(|error| StoreError::Refused(error.to_string()))?;
        let request = self.client.batch_get_item().request_items(self.table(super::Table::Main), keys);
        request.send().await.map(drop).map_err(|error| StoreError::from_sdk(&error).into())
    }

    /// Whether both tables answer: two `GetItem` of a key that does not exist, ½ read unit each.
    pub async fn is_reachable(&self) -> bool {
        let probe = async |table| {
            let nothing = Key::nothing(table);
            self.client.get_item().table_name(self.table(table)).set_key(Some(key_item(&nothing))).send().await.is_ok()
        };
        let (main, ephemeral) = tokio::join!(probe(super::Table::Main), probe(super::Table::Ephemeral));
        main && ephemeral
    }
}

/// One partition of a secondary index.
pub struct Index<'a> {
    /// The index.
    pub(crate) name: &'a str,
    /// Its partition key's attribute.
    pub(crate) hash: &'a str,
    /// Its sort key's attribute.
    pub(crate) range: &'a str,
    /// The partition.
    pub(crate) partition: &'a str,
}

impl<'a> Index<'a> {
    /// A partition of `due`: what is due at a time, the earliest first.
    pub fn due(partition: &'a str) -> Self {
        Self { name: "due", hash: "due_shard", range: "due_at", partition }
    }

    /// A partition of `listed`: a list over many users, in the order of its rows' `listed_by`.
    pub fn listed(partition: &'a str) -> Self {
        Self { name: "listed", hash: "listed_in", range: "listed_by", partition }
    }
}

fn has_key(item: &Item, key: &Key) -> bool {
    let is = |name: &str, value: &str| matches!(item.get(name), Some(AttributeValue::S(text)) if text == value);
    is("pk", &key.pk) && is("sk", &key.sk)
}
