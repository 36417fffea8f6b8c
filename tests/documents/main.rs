//! What is written about the code, held against the code.
//!
//! `make docs` (which sets `UPDATE_DOCS`) writes what is generated; without it a difference fails.

mod api_page;
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

use std::path::{Path, PathBuf};

/// A path below the repository's root.
fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A file below the repository's root.
fn read(path: &str) -> String {
    std::fs::read_to_string(root(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
