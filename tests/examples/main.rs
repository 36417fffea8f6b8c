//! The examples, run as their readers would: real interpreters, a real socket, the real present time.
//!
//! What they need is fetched into `.local/examples` at the first run. On a machine without Node
//! Node's part fails, unless `WITHOUT_NODE` is set.

mod authorizer;
mod interpreters;
mod issuer;
mod verifiers;

use std::path::{Path, PathBuf};

/// A path below the repository's root.
fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A file of the example.
fn example(file: &str) -> PathBuf {
    root("examples/protect-your-api").join(file)
}
