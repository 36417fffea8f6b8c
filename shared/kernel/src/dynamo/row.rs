//! Rows: private structs of the stores, and the attributes that every item has besides.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Entity, Key, StoreError, Table};
use crate::fault::Fault;

/// An item as DynamoDB knows it.
pub type Item = HashMap<String, AttributeValue>;

/// A stored form. Every item carries `pk`, `sk`, its `entity` and `v`, the version of its shape.
pub trait Row: Serialize + DeserializeOwned {
    /// Which kind of item it is, as a `keys.rs` declares it.
    const ENTITY: Entity;
    /// The version of this shape; readers bring older ones up to date in [`Row::upcast`].
    const VERSION: u32 = 1;

    /// Where the row lies.
    fn key(&self) -> Key;

    /// Turns an item of an older version into one of this version.
    fn upcast(_item: &mut Item, _from: u32) {}
}

/// The item of a row.
pub(super) fn to_item<R: Row>(row: &R) -> Result<Item, Fault> {
    let key = row.key();
    let mut item: Item = serde_dynamo::to_item(row).map_err(|error| corrupt::<R>(&key.to_string(), &error))?;
    item.retain(|_, value| !matches!(value, AttributeValue::Null(_)));
    item.insert("v".to_owned(), AttributeValue::N(R::VERSION.to_string()));
    item.insert("entity".to_owned(), AttributeValue::S(R::ENTITY.name().to_owned()));
    item.insert("pk".to_owned(), AttributeValue::S(key.pk));
    item.insert("sk".to_owned(), AttributeValue::S(key.sk));
    Ok(item)
}

/// The row of an item, whatever version it was written in.
pub fn from_item<R: Row>(mut item: Item) -> Result<R, Fault> {
    let key = key_in(Table::Main, &item);
    let corrupt =
        |cause: &dyn std::fmt::Display| corrupt::<R>(&key.as_ref().map(ToString::to_string).unwrap_or_default(), cause);
    let version = match item.get("v") {
        Some(AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    };
    match version {
        Some(version) if version == R::VERSION => {}
        Some(version) if version < R::VERSION => R::upcast(&mut item, version),
        _ => return Err(corrupt(&"its version is missing or newer than this program")),
    }
    serde_dynamo::from_item(item).map_err(|error| corrupt(&error))
}

fn corrupt<R: Row>(key: &str, cause: &dyn std::fmt::Display) -> Fault {
    StoreError::Corrupt { entity: R::ENTITY.name(), key: key.to_owned(), cause: cause.to_string() }.into()
}

/// The key that an item or an index's entry has; none if it is not whole.
pub(super) fn key_in(table: Table, item: &Item) -> Option<Key> {
    let text = |name: &str| item.get(name)?.as_s().ok().cloned();
    Some(Key { table, pk: text("pk")?, sk: text("sk")? })
}

/// The key's attributes.
pub(super) fn key_item(key: &Key) -> Item {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.pk.clone())),
        ("sk".to_owned(), AttributeValue::S(key.sk.clone())),
    ])
}
