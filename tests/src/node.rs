//! Node, which some tests need and not every machine has.

use std::process::Command;

/// Whether this machine has Node with npm, for what the words say. A test that did not run should not look like one that
/// passed, so a machine without fails, unless `WITHOUT_NODE` is set. CI cannot set that aside.
pub fn has_node(what: &str) -> bool {
    let there = |tool: &str| Command::new(tool).arg("--version").output().is_ok_and(|it| it.status.success());
    if there("node") && there("npm") {
        return true;
    }
    let is_set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    assert!(!is_set("CI"), "CI must have Node with npm: {what}");
    assert!(
        is_set("WITHOUT_NODE"),
        "this machine has no Node with npm: {what}. Install Node 20 or later, or set WITHOUT_NODE=1 to leave that out"
    );
    eprintln!("left out, as WITHOUT_NODE asks: {what}");
    false
}
