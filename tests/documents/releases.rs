//! What a release of the functions is built from: not what the operator's command line alone needs.

use std::process::Command;

use crate::{read, root};

/// The packages that the Makefile's RELEASE builds, as options of cargo.
fn release() -> Vec<String> {
    let makefile = read("Makefile");
    let line = makefile.lines().find_map(|line| line.strip_prefix("RELEASE = --release ")).unwrap();
    line.split_whitespace().map(str::to_owned).collect()
}

/// Which of the known crates these packages need.
fn needed(packages: &[String]) -> Vec<&'static str> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root(""))
        .args(["tree", "--locked", "--offline", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}"])
        .args(packages)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let tree = String::from_utf8(output.stdout).unwrap();
    let known = ["aws-config", "aws-sdk-signin", "aws-sdk-sso", "aws-sdk-ssooidc", "psl"];
    known.into_iter().filter(|name| tree.lines().any(|line| line.split(' ').next() == Some(name))).collect()
}

#[test]
fn a_release_of_the_functions_has_no_client_for_signing_in() {
    // As the rest of the workspace has them, since features are one for all that is built together.
    assert_eq!(needed(&["--workspace".to_owned()]).len(), 5);
    assert_eq!(needed(&release()), ["aws-config"]);
    let makefile = read("Makefile");
    let builds: Vec<_> =
        makefile.lines().filter(|line| line.contains("build ") && line.contains("$(FUNCTIONS)")).collect();
    assert_eq!(builds.len(), 2, "{builds:?}");
    assert!(builds.iter().all(|line| line.contains(" build $(RELEASE) ")), "{builds:?}");
}
