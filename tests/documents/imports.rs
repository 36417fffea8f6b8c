//! Who may import whom: crates downwards, modules of the kernel downwards, and between identity's domains one direction or
//! a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::root;
use crate::tidy::rust_files;

/// The modules of the kernel, from the bottom up. Each imports only what stands before it.
const KERNEL: &[&str] = &[
    "clock",
    "entropy",
    "typed",
    "id",
    "outbound",
    "fault",
    "secret",
    "telemetry",
    "dynamo",
    "bucket",
    "rate",
    "config",
    "geo",
    "kernel",
    "personal_data",
    "http",
    "mail",
    "outbox",
    "domain",
    "start",
];

/// The modules of identity, from the bottom up. Each imports what stands before it, and what [`UPWARDS`] argues.
const IDENTITY: &[&str] = &["webauthn", "accounts", "audit", "privacy", "mfa", "sessions", "social", "app", "registry"];

/// The imports in identity that go upwards, and why. One bounded context: an account, its sessions and its factors change
/// together, in one transaction.
const UPWARDS: &[(&str, &str, &str)] = &[
    ("accounts", "app", "rules take the application, which holds the services of all domains"),
    ("audit", "app", "rules take the application, which holds the services of all domains"),
    ("privacy", "app", "rules take the application, which holds the services of all domains"),
    ("mfa", "app", "rules take the application, which holds the services of all domains"),
    ("sessions", "app", "rules take the application, which holds the services of all domains"),
    ("social", "app", "rules take the application, which holds the services of all domains"),
    ("app", "registry", "a process starts with the names of all items, which its reports may hold"),
    ("accounts", "audit", "what a rule does is recorded in its own transaction"),
    ("accounts", "privacy", "the account row names its deletion, and taking an account back cancels it"),
    (
        "accounts",
        "mfa",
        "a confirmed registration may have to enrol a factor, and undoing an email change removes factors",
    ),
    ("accounts", "sessions", "a confirmed registration signs in, and sensitive changes need a session that stepped up"),
    ("accounts", "social", "a registration may come from a provider, and undoing an email change disconnects it"),
    ("mfa", "sessions", "factors are enrolled and removed in a session, and a second factor ends in one"),
];

/// Which crates of ours a crate may name, by the folder of its sources.
const CRATES: &[(&str, &[&str])] = &[("shared/kernel", &[]), ("shared/identity", &["latchkey_kernel"])];

/// The modules that each module of a crate names, without its tests.
fn imports(crate_folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let sources = root(crate_folder).join("src");
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in rust_files() {
        let Ok(inside) = file.strip_prefix(&sources) else { continue };
        if inside == Path::new("lib.rs") || inside.ends_with("tests.rs") {
            continue;
        }
        let module = inside.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
        let named = named_after("crate::", &code_of(&file));
        imports.entry(module.clone()).or_default().extend(named.into_iter().filter(|name| *name != module));
    }
    let modules: BTreeSet<String> = imports.keys().cloned().collect();
    for named in imports.values_mut() {
        named.retain(|name| modules.contains(name));
    }
    imports
}

/// A file's code, without comments and unit tests.
fn code_of(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The first names of the paths that begin so: `crate::a::b`, and `crate::{a, b::c}`.
fn named_after(prefix: &str, code: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (place, _) in code.match_indices(prefix) {
        // Not `$crate::`, nor the end of another name.
        if code[..place].ends_with(|c: char| c == '$' || c == '_' || c.is_alphanumeric()) {
            continue;
        }
        let rest = &code[place + prefix.len()..];
        match rest.strip_prefix('{') {
            None => named.extend(first_name(rest)),
            Some(list) => {
                let mut depth = 0;
                for part in list.split_inclusive(['{', '}', ',']) {
                    if depth == 0 {
                        named.extend(first_name(part.trim_start()));
                    }
                    match part.chars().last() {
                        Some('{') => depth += 1,
                        Some('}') if depth == 0 => break,
                        Some('}') => depth -= 1,
                        _ => {}
                    }
                }
            }
        }
    }
    named
}

fn first_name(text: &str) -> Option<String> {
    let name: String = text.chars().take_while(|c| *c == '_' || c.is_alphanumeric()).collect();
    (!name.is_empty()).then_some(name)
}

/// The largest set of modules in which each reaches every other.
fn largest_circle(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let reach = |from: &String| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = next.pop() {
            for named in imports.get(&module).into_iter().flatten() {
                if seen.insert(named.clone()) {
                    next.push(named.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = imports.keys().map(|module| (module, reach(module))).collect();
    let circle = |module: &String| -> Vec<String> {
        let back = |other: &&String| reached.get(*other).is_some_and(|reached| reached.contains(module));
        reached[module].iter().filter(back).cloned().collect()
    };
    imports.keys().map(circle).max_by_key(Vec::len).unwrap_or_default()
}

/// What of these imports goes upwards in this order.
fn upwards(order: &[&str], imports: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<(String, String)> {
    let place = |module: &str| {
        order.iter().position(|known| *known == module).unwrap_or_else(|| panic!("{module} has no place in the order"))
    };
    let arrows = imports.iter().flat_map(|(from, named)| named.iter().map(move |to| (from.clone(), to.clone())));
    arrows.filter(|(from, to)| place(to) > place(from)).collect()
}

#[test]
fn crates_import_downwards() {
    for (folder, allowed) in CRATES {
        for file in rust_files().into_iter().filter(|file| file.starts_with(root(folder))) {
            let code = code_of(&file);
            let named =
                code.match_indices("latchkey_").map(|(place, _)| first_name(&code[place..]).unwrap_or_default());
            let against: BTreeSet<String> = named.filter(|name| !allowed.contains(&name.as_str())).collect();
            assert!(against.is_empty(), "{} names {against:?}", file.display());
        }
    }
    let functions: BTreeSet<String> = std::fs::read_dir(root("functions"))
        .unwrap()
        .map(|entry| format!("latchkey_{}", entry.unwrap().file_name().to_string_lossy()))
        .collect();
    for file in rust_files().into_iter().filter(|file| file.starts_with(root("functions"))) {
        let own = file.strip_prefix(root("functions")).unwrap().iter().next().unwrap().to_string_lossy().into_owned();
        let code = code_of(&file);
        let others = functions.iter().filter(|other| **other != format!("latchkey_{own}"));
        for other in others.filter(|other| code.contains(&format!("{other}::"))) {
            assert_eq!(own, "front", "{} names {other}", file.display());
        }
    }
}

#[test]
fn modules_of_the_kernel_import_downwards() {
    let imports = imports("shared/kernel");
    assert!(imports.len() >= KERNEL.len() && imports["http"].contains("kernel"), "the scan finds imports");
    println!("largest circle in the kernel: {:?}", largest_circle(&imports));
    assert_eq!(upwards(KERNEL, &imports), BTreeSet::new(), "these imports in the kernel go upwards");
}

#[test]
fn domains_of_identity_import_in_one_direction_or_for_a_reason() {
    let imports = imports("shared/identity");
    println!("largest circle in identity: {:?}", largest_circle(&imports));
    let argued = UPWARDS.iter().map(|(from, to, _)| ((*from).to_owned(), (*to).to_owned())).collect();
    assert_eq!(upwards(IDENTITY, &imports), argued, "imports that go upwards, and those that are argued");
}

#[test]
fn a_circle_and_an_upward_import_are_found() {
    let code = "use crate::a::b;\nuse crate::{c::d, e::{f, g}};\nlet x = crate::h(); $crate::no::thing; other_crate::k";
    let names: Vec<String> = named_after("crate::", code).into_iter().collect();
    assert_eq!(names, ["a", "c", "e", "h"]);
    let arrow = |from: &str, to: &[&str]| (from.to_owned(), to.iter().map(|name| (*name).to_owned()).collect());
    let imports = BTreeMap::from([arrow("a", &["b"]), arrow("b", &["c"]), arrow("c", &["b"]), arrow("d", &["a"])]);
    assert_eq!(largest_circle(&imports), ["b", "c"]);
    assert_eq!(upwards(&["c", "b", "a", "d"], &imports), BTreeSet::from([("c".to_owned(), "b".to_owned())]));
}
