//! DynamoDB in the words of this product: keys, rows, conditions, transactions.
//!
//! One store method is one access pattern is one request (or one transaction); the methods themselves live with
//! their domains. What every request has in common is here: how rows become items and back, what a refused
//! condition means, and what is tried again.

mod condition;
mod entity;
mod error;
mod key;
pub mod migrations;
mod page;
pub mod request;
pub mod resealing;
mod retry;
mod row;
mod scan;
mod transaction;
mod update;

use std::time::Duration;

use aws_sdk_dynamodb::Client;

pub use condition::{Condition, absent, after, below, differs, equals, has, holds, lacks, present, unset};
pub use entity::{Entity, EntityShape, Personal, Table};
pub use error::StoreError;
pub use key::{Key, shard_of};
pub use page::{Range, Rows};
pub use row::{Item, Row, from_item};
pub use scan::Scanned;
pub use transaction::Transaction;
pub use update::{Outcome, Update};

use crate::entropy::Entropy;

/// How long one try of a call to AWS may take.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long all tries of a call together may take.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

/// The names of the two tables.
#[derive(Debug, Clone)]
pub struct Tables {
    /// People and business data.
    pub main: String,
    /// What expires by itself.
    pub ephemeral: String,
}

/// The two tables behind one client. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    client: Client,
    tables: std::sync::Arc<Tables>,
    entropy: Entropy,
}

impl Store {
    /// The store behind `client`; `entropy` makes transaction tokens and the jitter between tries.
    pub fn new(client: Client, tables: Tables, entropy: Entropy) -> Self {
        Self { client, tables: tables.into(), entropy }
    }

    fn table(&self, table: Table) -> &str {
        match table {
            Table::Main => &self.tables.main,
            Table::Ephemeral => &self.tables.ephemeral,
        }
    }
}
