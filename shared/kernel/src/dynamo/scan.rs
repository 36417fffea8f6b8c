//! Reading a whole table, for the command line: no function has the permission to.

use aws_sdk_dynamodb::types::AttributeValue;

use super::row::{Item, key_in, key_item};
use super::{Entity, Key, Store, StoreError, Table};
use crate::fault::Fault;

/// A part of a table.
#[derive(Debug)]
pub struct Scanned {
    /// The items of the kind that was asked for.
    pub items: Vec<Item>,
    /// Where the next part begins; none behind the last one.
    pub next: Option<Key>,
}

impl Store {
    /// The items of one kind in the next part of the main table: 1 consistent `Scan`, 1 read unit for each 4 KB that it
    /// goes through, at most 1 MB.
    pub(crate) async fn scan(&self, entity: Entity, from: Option<&Key>) -> Result<Scanned, Fault> {
        let request = self
            .client
            .scan()
            .table_name(self.table(Table::Main))
            .filter_expression("#0 = :0")
            .expression_attribute_names("#0", "entity")
            .expression_attribute_values(":0", AttributeValue::S(entity.name().to_owned()))
            .set_exclusive_start_key(from.map(key_item))
            .consistent_read(true);
        let answer = Box::pin(request.send()).await.map_err(|error| StoreError::from_sdk(&error))?;
        let next = answer.last_evaluated_key.as_ref().and_then(|key| key_in(Table::Main, key));
        Ok(Scanned { items: answer.items.unwrap_or_default(), next })
    }
}
