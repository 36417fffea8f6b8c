//! The primary key of an item. Each domain makes its own in its `keys.rs`; key strings appear nowhere else.

use std::fmt;

use uuid::Uuid;

use super::Table;

/// The length of a UUID as text.
const UUID: usize = 36;

/// The primary key of one item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The table.
    pub table: Table,
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

impl Key {
    /// A key of the table `main`.
    pub fn main(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { table: Table::Main, pk: pk.into(), sk: sk.into() }
    }

    /// A key of the table `ephemeral`.
    pub fn ephemeral(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { table: Table::Ephemeral, pk: pk.into(), sk: sk.into() }
    }

    /// A key under which no item ever lies, for asking whether a table answers.
    pub(super) fn nothing(table: Table) -> Self {
        Self { table, pk: "NOTHING".to_owned(), sk: "NOTHING".to_owned() }
    }
}

impl fmt::Display for Key {
    /// The key for logs, without what may name a user: of a partition key with several parts, the second is shown only
    /// if it is an id. So it is `EMAIL#…`, but `ACCOUNT#0190…` in full.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pk.split_once('#') {
            Some((kind, rest)) if !begins_with_id(rest) => write!(formatter, "{kind}#… / {}", self.sk),
            _ => write!(formatter, "{} / {}", self.pk, self.sk),
        }
    }
}

fn begins_with_id(text: &str) -> bool {
    let (first, _) = text.split_once('#').unwrap_or((text, ""));
    first.len() == UUID && Uuid::try_parse(first).is_ok()
}

/// The shard of the item with this id, of so many. The last byte of a UUIDv7 is random, so it spreads evenly.
pub fn shard_of(id: &[u8; 16], shards: u8) -> u8 {
    let [.., last] = id;
    last % shards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_are_shown_of_a_partition() {
        let id = "019caddd-b0c0-7000-8000-000000000000";
        for (pk, shown) in [
            ("MIGRATIONS".to_owned(), "MIGRATIONS".to_owned()),
            (format!("PARCEL#{id}"), format!("PARCEL#{id}")),
            (format!("LOG#{id}#2026-03"), format!("LOG#{id}#2026-03")),
            ("LOG#anonymous#2026-03-02#4".to_owned(), "LOG#…".to_owned()),
            ("ADDRESS#ada@example.com".to_owned(), "ADDRESS#…".to_owned()),
            ("COUNT#address#203.0.113.9".to_owned(), "COUNT#…".to_owned()),
            // A name that only begins like an id, and one in another form of a UUID.
            (format!("ADDRESS#{id}@example.com"), "ADDRESS#…".to_owned()),
            ("NAME#019caddd-b0c0-7000-8000-000000000000x".to_owned(), "NAME#…".to_owned()),
            ("NAME#019cadddb0c070008000000000000000".to_owned(), "NAME#…".to_owned()),
            ("#".to_owned(), "#…".to_owned()),
        ] {
            assert_eq!(Key::main(pk, "ANY").to_string(), format!("{shown} / ANY"));
        }
    }
}
