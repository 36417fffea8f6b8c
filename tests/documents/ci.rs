//! `.ci/run`, run with a stand-in for `make`: which steps it takes, and what it says of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::{read, root};

/// Takes every step but the one that FAILING names.
const MAKE: &str = "#!/bin/sh\n[ \"$*\" != \"$FAILING\" ]\n";

/// Runs it in a folder of this name, with a step that fails.
fn run(name: &str, failing: &str) -> (Output, Vec<String>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    for (path, text) in [(".ci/run", read(".ci/run").as_str()), ("bin/make", MAKE)] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(folder.join(".ci/run"));
    let output = command.envs([("PATH", path.as_str()), ("FAILING", failing)]).env_remove("CI").output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    // Its last lines are the table: minutes, then the step.
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    let steps = said.lines().filter_map(|line| line.trim().split_once("  ").map(|(_, step)| step.to_owned()));
    let steps = steps.collect();
    (output, steps)
}

#[test]
fn the_last_lines_say_how_long_each_step_took() {
    let (output, steps) = run("ci-passes", "none");
    assert!(output.status.success(), "{output:?}");
    let expected = [
        "step",
        "make check WITHOUT=documents",
        "make test",
        "make test-journey",
        "make test-browser",
        "make deploy-test",
        "in all",
    ];
    assert_eq!(steps, expected);
}

#[test]
fn a_step_that_fails_is_the_last_and_the_table_says_so() {
    let (output, steps) = run("ci-fails", "test-journey");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let expected = ["step", "make check WITHOUT=documents", "make test", "make test-journey (failed)", "in all"];
    assert_eq!(steps, expected);
}

/// The commands of a recipe, as `make` would run them.
fn recipe(words: &[&str]) -> String {
    let mut command = Command::new("make");
    // A make that runs this test hands its own words on.
    let output = command
        .args(["--dry-run", "--no-print-directory"])
        .args(words)
        .env_remove("MAKEFLAGS")
        .current_dir(root(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// They take two minutes. Alone, both recipes run them: a change to a document must not pass `make check`.
#[test]
fn the_documents_are_compared_once_by_ci_and_by_each_recipe_that_people_run() {
    let documents = "cargo test --workspace --test documents";
    assert!(recipe(&["check"]).contains(documents));
    assert!(!recipe(&["check", "WITHOUT=documents"]).contains("cargo test"));
    assert_eq!(recipe(&["test"]).trim(), "cargo test --workspace");
}
