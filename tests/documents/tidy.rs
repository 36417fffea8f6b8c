//! Rules of the house that a compiler does not know.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use latchkey_identity::registry::entities;

use crate::{read, root};

/// Every Rust file of the repository, from its root.
pub(crate) fn rust_files() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if entry.is_dir() && name != "target" && !name.starts_with('.') {
                collect(&entry, found);
            } else if name.ends_with(".rs") {
                found.push(entry);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["shared", "functions", "infra", "tests"] {
        collect(&root(folder), &mut found);
    }
    found
}

fn text(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn every_file_says_what_it_is() {
    for file in rust_files() {
        let text = text(&file);
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > 8, "{} should open with `//!`", file.display());
    }
}

#[test]
fn no_file_holds_two_ideas() {
    for file in rust_files() {
        let lines = text(&file).lines().count();
        assert!(lines <= 400, "{} has {lines} lines", file.display());
    }
}

#[test]
fn a_mains_only_business_is_wiring() {
    for file in rust_files()
        .into_iter()
        .filter(|file| file.ends_with("main.rs") && file.to_string_lossy().contains("functions"))
    {
        let lines = text(&file).lines().count();
        assert!(lines <= 20, "{} has {lines} lines", file.display());
    }
}

#[test]
fn key_strings_stand_in_files_of_keys_alone() {
    // What a form of a key begins with: `"ACCOUNT#` of `ACCOUNT#{account}`.
    let begins = |form: &str| {
        let (kind, _) = form.split_once('#')?;
        (!kind.contains('{')).then(|| format!("\"{kind}#"))
    };
    let prefixes: BTreeSet<_> = entities().flat_map(|shape| [shape.pk, shape.sk]).filter_map(begins).collect();
    assert!(prefixes.len() >= 24, "{prefixes:?}");
    let product = rust_files().into_iter().filter(|file| {
        let path = file.to_string_lossy();
        path.contains("shared/") || path.contains("functions/")
    });
    let (mut files, mut found) = (0, BTreeSet::new());
    for file in product {
        let whole = text(&file);
        if file.ends_with("keys.rs") && whole.contains("\nentities! {") {
            files += 1;
            found.extend(prefixes.iter().filter(|prefix| whole.contains(*prefix)).cloned());
            continue;
        }
        for prefix in &prefixes {
            assert!(!whole.contains(prefix), "{} holds the key string {prefix}", file.display());
        }
    }
    assert!(files >= 12 && found == prefixes, "{files} files hold {found:?}");
}

#[test]
fn every_kind_of_token_begins_in_its_own_way() {
    let mut prefixes = Vec::new();
    for file in rust_files().into_iter().filter(|file| file.to_string_lossy().contains("shared/")) {
        let text = text(&file);
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let declared = product.lines().filter(|line| line.contains("const PREFIX") && line.contains('='));
        prefixes.extend(declared.map(|line| line.split('"').nth(1).unwrap().to_owned()));
    }
    assert!(prefixes.len() >= 8, "{prefixes:?}");
    let different: BTreeSet<_> = prefixes.iter().collect();
    assert_eq!(different.len(), prefixes.len(), "{prefixes:?}");
}

#[test]
fn the_domain_knows_nothing_of_the_local_cloud() {
    for file in rust_files().into_iter().filter(|file| {
        let path = file.to_string_lossy();
        path.contains("shared/") || path.contains("functions/")
    }) {
        let text = text(&file);
        for word in ["dynoxide", "sqlite", "latchkey_local"] {
            assert!(!text.contains(word), "{} knows of {word}", file.display());
        }
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = read("Cargo.toml");
    let dependencies = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for line in dependencies.lines().filter(|line| line.contains(" = ") && !line.contains("path = ")) {
        assert!(line.contains(" # "), "no reason beside: {line}");
    }
}

#[test]
fn the_compiler_that_rustup_takes_is_the_one_that_the_manifest_promises() {
    let quoted = |file: &str, key: &str| {
        let text = read(file);
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        line.split('"').nth(1).unwrap().to_owned()
    };
    let (channel, promised) = (quoted("rust-toolchain.toml", "channel = "), quoted("Cargo.toml", "rust-version = "));
    let (series, patch) = channel.rsplit_once('.').unwrap();
    assert_eq!(series, promised, "Cargo.toml promises what is never built with");
    assert!(patch.parse::<u8>().is_ok(), "{channel} is a moving target");
    // Named there, they would be fetched by every command on every machine.
    let settings = read("rust-toolchain.toml");
    assert_eq!(settings.lines().filter(|line| line.contains(" = ")).count(), 1, "{settings}");
}

#[test]
fn what_is_ours_has_one_name() {
    // Two things of one name are told apart by their modules: `secret::Code`. A re-export may name what it gives out.
    let files = rust_files().into_iter().filter(|file| {
        let path = file.to_string_lossy();
        path.contains("shared/") || path.contains("functions/")
    });
    for file in files {
        let text = text(&file);
        for import in text.split(';').filter_map(|part| part.split_once("use ").map(|(_, import)| import.trim())) {
            let ours = ["crate::", "latchkey", "self::", "super::"].iter().any(|root| import.starts_with(root));
            let is_re_export = text.contains(&format!("pub use {import};"));
            let renamed = import.split([',', '{', '}']).find(|item| item.contains(" as ") && !item.contains(" as _"));
            assert!(!ours || is_re_export || renamed.is_none(), "{} renames {renamed:?}", file.display());
        }
    }
}
