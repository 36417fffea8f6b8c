//! The harness: the whole API in one process, over a real engine and with the real SDK.
//!
//! `TestApp::new()` builds the tables from the template, puts the routers of all functions behind the template's
//! routes, and talks to them in the events that API Gateway sends. Nothing listens, nothing sleeps, and no test
//! sees another's tables. A test that leaves a mail unsent fails.
//!
//! ```ignore
//! let (app, ada) = TestApp::new().with_account("ada@example.com").await;
//! let me = ada.get("/api/auth/me").await;
//! ```

mod account;
mod answer;
mod app;
mod browser;
mod bucket;
mod caller;
mod configuration;
mod connector;
mod copy;
mod downloads;
mod email_change;
mod engine;
mod entropy;
mod factors;
mod faults;
mod inbox;
mod issued;
mod log;
mod node;
mod operations;
mod operator;
mod passkeys;
mod providers;
mod vault;
mod workers;

use std::sync::LazyLock;

use latchkey_local::template::Template;

pub use account::{NEW_PASSWORD, PASSWORD, Person};
pub use answer::Answer;
pub use app::{TRACE, TestApp};
pub use browser::{Browser, OWN_ORIGIN};
pub use bucket::{BucketFault, Shelf};
pub use caller::Caller;
pub use configuration::{config, process, processes};
pub use downloads::{Downloads, Sent};
pub use engine::{Call, Engine, Units};
pub use factors::{Authenticator, code_of};
pub use faults::Fault;
pub use log::Log;
pub use node::has_node;
pub use operations::{
    ADA, Besides, By, EVERYTHING, Facts, JsonBody, Operation, Ready, Variation, anonymous_json, api_document,
    inventory, json_bodies, operation, operations,
};
pub use passkeys::{new_passkey, new_passkey_of};
pub use providers::{
    ACME, Asked, BACK, CLIENT_ID, CLIENT_SECRET, Play, Signing, ada_at_acme, ada_at_facebook, ada_at_github,
    ada_at_google, ada_everywhere, answered,
};
pub use vault::Vault;

/// A database of places with networks that are reserved for documentation (`tests/places/build.py`).
pub const PLACES: &[u8] = include_bytes!("../places/places.mmdb");

/// The template, as the local cloud and `CloudFormation` read it. Read when a test runs: one that was changed, by hand or
/// by `make generate`, asks for no compiling.
pub static TEMPLATE: LazyLock<String> = LazyLock::new(|| repository("infra/template.yaml"));

/// The same, parsed once: every test application reads it.
pub fn template() -> &'static Template {
    static PARSED: LazyLock<Template> = LazyLock::new(|| Template::parse(&TEMPLATE).unwrap());
    &PARSED
}

/// A file of the repository, by its path from the root.
pub fn repository(path: &str) -> String {
    latchkey_generate::read(path).unwrap_or_else(|error| panic!("{error}"))
}
