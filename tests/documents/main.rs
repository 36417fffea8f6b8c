//! What is written about the code, held against the code.
//!
//! `make generate` (which sets `UPDATE_GENERATED`) writes what is generated; without it a difference fails.

mod ci;
mod configuration;
mod costs;
mod environment;
mod events;
mod generated;
mod idempotency;
mod imports;
mod limits;
mod links;
mod mails;
mod manifests;
mod parameters;
mod permissions;
mod personal_data;
mod policies;
mod releases;
mod retention;
mod routes;
mod shell;
mod slashes;
mod template;
mod throttles;
mod tidy;
mod workflows;

use std::path::PathBuf;

/// A path below the repository's root.
fn root(path: &str) -> PathBuf {
    latchkey_generate::root(path)
}

/// A file below the repository's root.
fn read(path: &str) -> String {
    latchkey_tests::repository(path)
}
