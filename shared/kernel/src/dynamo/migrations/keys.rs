//! The keys of what the tables know of themselves.

use crate::dynamo::Key;
use crate::entities;

entities! {
    DEPLOYMENT: "Deployment" {
        table: Main, pk: "DEPLOYMENT", sk: "DEPLOYMENT", index: None, ttl: None,
        personal: No("tells nothing of a person"),
        meaning: "When the tables came into being, and a mark that ties them to their secrets."
    }
    MIGRATION_LEDGER: "MigrationLedger" {
        table: Main, pk: "MIGRATIONS", sk: "LEDGER", index: None, ttl: None,
        personal: No("tells nothing of a person"),
        meaning: "Which migration was taken last, how far the next one is, and which run is at it."
    }
}

/// [`DEPLOYMENT`].
pub fn deployment() -> Key {
    Key::main("DEPLOYMENT".to_owned(), "DEPLOYMENT")
}

/// [`MIGRATION_LEDGER`].
pub fn migration_ledger() -> Key {
    Key::main("MIGRATIONS".to_owned(), "LEDGER")
}
