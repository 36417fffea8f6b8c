//! What the manifests decide for every build: one set of features, and test binaries for what has tests.
//!
//! Cargo is asked, since what it builds follows from many manifests at once. It answers from the lock file, offline.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::root;

/// What cargo answers about the workspace.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo).args(arguments).args(["--offline", "--locked"]).current_dir(root("")).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The crates that a build takes, with the features of each. A crate may be built twice, for programs and for macros.
fn features(edges: &str) -> BTreeMap<String, BTreeSet<String>> {
    let asked = ["tree", "--workspace", "--prefix", "none", "--format", "{p}|{f}", "--edges", edges];
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in cargo(&asked).lines().filter(|line| !line.is_empty()) {
        let (package, features) = line.trim_end_matches(" (*)").split_once('|').unwrap();
        found.entry(package.to_owned()).or_default().extend(features.split(',').map(str::to_owned));
    }
    found
}

/// Cargo compiles a crate anew for another set of features, and with it all that stand on it: `make dev` after `make test`
/// would compile hundreds of crates again.
#[test]
fn tests_are_built_of_the_crates_that_programs_are_built_of() {
    let (programs, tests) = (features("normal,build"), features("normal,build,dev"));
    assert!(programs.len() > 300 && tests.len() >= programs.len(), "{} and {}", programs.len(), tests.len());
    let differ = |(package, with): (&String, &BTreeSet<String>)| {
        let more: Vec<_> =
            with.difference(tests.get(package).unwrap()).chain(tests[package].difference(with)).collect();
        (!more.is_empty()).then(|| format!("{package} gets {more:?} from dev-dependencies alone"))
    };
    let differing: Vec<_> = programs.iter().filter_map(differ).collect();
    assert!(differing.is_empty(), "move them to the dependencies of tests/Cargo.toml: {differing:#?}");
}

/// The file of a crate's root and those of the modules below it, which lie in this folder.
fn files_of(file: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    found.push(file.to_owned());
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut elsewhere = None;
    for line in text.lines().map(str::trim) {
        let path = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]"));
        let module = line.strip_suffix(';').and_then(|line| line.split_once("mod "));
        let module = module.filter(|(before, _)| before.is_empty() || before.starts_with("pub"));
        if let Some((_, name)) = module {
            let (flat, below) = (folder.join(format!("{name}.rs")), folder.join(name));
            let file = elsewhere.take().unwrap_or(if flat.exists() { flat } else { below.join("mod.rs") });
            files_of(&file, &below, found);
        }
        elsewhere = path.map(|path| file.with_file_name(path));
    }
}

/// Whether a file has a test, and whether it has an example that is compiled.
fn has_tests(file: &Path) -> (bool, bool) {
    let text = std::fs::read_to_string(file).unwrap();
    let lines = || text.lines().map(str::trim_start);
    let tested = lines().any(|line| line == "#[test]" || line.starts_with("#[tokio::test"));
    let comments = lines().filter_map(|line| line.strip_prefix("///").or_else(|| line.strip_prefix("//!")));
    let mut fences = comments.filter_map(|line| line.trim_start().strip_prefix("```")).step_by(2);
    (tested, fences.any(|words| !["text", "ignore", "json", "sh"].contains(&words)))
}

/// A harness without tests is linked and run for nothing; tests without a harness are never run, without a word.
#[test]
fn a_library_or_program_is_built_as_a_test_if_it_has_one() {
    let answer: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).unwrap();
    let packages = answer["packages"].as_array().unwrap().iter();
    let targets = packages.flat_map(|package| package["targets"].as_array().unwrap());
    let (mut wrong, mut with_tests) = (Vec::new(), 0);
    for target in targets {
        let kind = target["kind"][0].as_str().unwrap();
        if !["lib", "bin"].contains(&kind) {
            continue;
        }
        let source = Path::new(target["src_path"].as_str().unwrap());
        let mut files = Vec::new();
        files_of(source, source.parent().unwrap(), &mut files);
        let (tests, examples): (Vec<_>, Vec<_>) = files.iter().map(|file| has_tests(file)).unzip();
        let has = (tests.contains(&true), kind == "lib" && examples.contains(&true));
        let says = (target["test"] == true, target["doctest"] == true);
        with_tests += usize::from(has.0);
        for (what, has, says) in [("test", has.0, says.0), ("doctest", has.1, says.1)] {
            if has != says {
                let (name, file) = (target["name"].as_str().unwrap(), source.display());
                wrong.push(format!("the {kind} {name} ({file}) should say `{what} = {has}`"));
            }
        }
    }
    assert!(with_tests >= 4, "{with_tests} crates with tests of their own were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
