//! The environment of each function in the template: exactly the variables that the sections declare which it reads, and
//! few enough. Lambda takes 4 KB of names and values, and a deployment that needs more fails in the operator's hands; so
//! it stays below 3,500 bytes with every value at its longest.
//!
//! `make generate` writes the environments into the template, each variable with the value that it has there already, or
//! with that of the parameter of its name.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use latchkey_identity::registry;
use latchkey_kernel::config::{Process, ReadBy, Variable, environment};
use latchkey_tests::{process, processes};
use yaml_serde::Value;

use crate::read;

/// The most bytes that the environment of a function may have.
const ROOM: usize = 3500;

/// The variables that no deployment on AWS sets, and why.
const NOT_DEPLOYED: &[(&str, &str)] = &[
    ("SECRETS_DIR", "on AWS secrets are in Secrets Manager"),
    ("RATE_FACTOR", "for development"),
    ("MAXMIND_URL", "its default is MaxMind; tests name another"),
    ("SERVER_GOOGLE_CLIENT_ID", "on AWS it is in the secret `providers`"),
    ("SERVER_GOOGLE_CLIENT_SECRET", "on AWS it is in the secret `providers`"),
    ("SERVER_FACEBOOK_CLIENT_ID", "on AWS it is in the secret `providers`"),
    ("SERVER_FACEBOOK_CLIENT_SECRET", "on AWS it is in the secret `providers`"),
    ("SERVER_GITHUB_CLIENT_ID", "on AWS it is in the secret `providers`"),
    ("SERVER_GITHUB_CLIENT_SECRET", "on AWS it is in the secret `providers`"),
];

/// What the template sets of the variables that this process reads.
fn deployed(process: Process) -> impl Iterator<Item = &'static Variable> {
    let set = |variable: &&Variable| !NOT_DEPLOYED.iter().any(|(name, _)| *name == variable.name);
    environment(registry::sections(), process).into_iter().filter(set)
}

/// What every function reads.
fn globals() -> Vec<&'static str> {
    let every = registry::sections().filter(|section| matches!(section.readers, ReadBy::Every));
    let names = every.flat_map(|section| section.variables).map(|variable| variable.name);
    names.filter(|name| !NOT_DEPLOYED.iter().any(|(other, _)| other == name)).collect()
}

/// The variables that only some functions read, this one among them.
fn own(process: Process) -> Vec<&'static str> {
    let globals = globals();
    deployed(process).map(|variable| variable.name).filter(|name| !globals.contains(name)).collect()
}

#[test]
fn each_function_gets_the_variables_that_it_reads_and_no_others() {
    let template = read("infra/template.yaml");
    let expected = with_environments(&template);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        return latchkey_generate::replace("infra/template.yaml", &expected).unwrap();
    }
    assert!(template == expected, "infra/template.yaml, by `make generate`:\n{}", difference(&template, &expected));
}

/// The lines of each environment that are too many or missing.
fn difference(template: &str, expected: &str) -> String {
    let mut told = String::new();
    let lines = |text: &str| environments(text);
    for ((place, is), (_, should)) in lines(template).into_iter().zip(lines(expected)) {
        for line in is.difference(&should) {
            writeln!(told, "{place}: surplus {line}").unwrap();
        }
        for line in should.difference(&is) {
            writeln!(told, "{place}: missing {line}").unwrap();
        }
    }
    if told.is_empty() { "the order differs".to_owned() } else { told }
}

/// The lines of each environment, by the binary of the function; those of all functions first.
fn environments(template: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut found = vec![("every function".to_owned(), BTreeSet::new())];
    for line in template.lines() {
        if let Some(bin) = bin(line) {
            found.push((bin.to_owned(), BTreeSet::new()));
        } else if is_variable(line) {
            found.last_mut().unwrap().1.insert(line.trim().to_owned());
        }
    }
    found
}

/// The binary of the function whose code is in this line.
fn bin(line: &str) -> Option<&str> {
    line.strip_prefix("      CodeUri: ../target/lambda/")?.strip_suffix('/')
}

/// Whether a line sets a variable of an environment.
fn is_variable(line: &str) -> bool {
    let name = line.trim_start().split_once(": ").map_or("", |(name, _)| name);
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    line.starts_with("        ")
        && name.len() > 3
        && name.contains(|c: char| c == '_' || c.is_ascii_uppercase())
        && name.bytes().all(upper)
}

/// The template with the environments that the declarations ask for.
fn with_environments(template: &str) -> String {
    let document: Value = yaml_serde::from_str(template).unwrap();
    let mut written = String::new();
    let (mut names, mut indent) = (globals(), 4);
    let mut lines = template.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(bin) = bin(line) {
            (names, indent) = (own(process(bin)), 6);
        }
        if line == format!("{:indent$}Environment:", "") {
            while lines.next_if(|next| next.trim_start() == "Variables:" || is_variable(next)).is_some() {}
            continue;
        }
        writeln!(written, "{line}").unwrap();
        // Behind how its log is written, which every function says.
        if line.starts_with(&format!("{:indent$}LoggingConfig:", "")) && !names.is_empty() {
            writeln!(written, "{:indent$}Environment:\n{:indent$}  Variables:", "", "").unwrap();
            for name in std::mem::take(&mut names) {
                writeln!(written, "{:indent$}    {name}: {}", "", value_of(name, template, &document)).unwrap();
            }
        }
    }
    written
}

/// What a variable is set to: what it is set to already, or the parameter of its name.
fn value_of(name: &str, template: &str, document: &Value) -> String {
    let mut set = template.lines().filter(|line| is_variable(line)).map(str::trim_start);
    if let Some(value) = set.find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")) {
        return value.to_owned();
    }
    let parameters = document["Parameters"].as_mapping().unwrap();
    let wanted = |key: &str| name.replace('_', "").eq_ignore_ascii_case(key);
    let found = parameters.iter().find(|(key, _)| key.as_str().is_some_and(wanted));
    let (key, parameter) =
        found.unwrap_or_else(|| panic!("{name} has no parameter: add one, or say in NOT_DEPLOYED why"));
    let key = key.as_str().unwrap();
    if parameter["Type"] == "CommaDelimitedList" { format!("!Join [\",\", !Ref {key}]") } else { format!("!Ref {key}") }
}

#[test]
fn the_environment_of_a_function_has_room_to_spare() {
    let mut table = String::new();
    let mut too_large = Vec::new();
    for process in processes().iter().copied() {
        let (Process::Api(function) | Process::Worker(function)) = process else { continue };
        let bytes: usize = deployed(process).map(|variable| variable.name.len() + variable.longest).sum();
        writeln!(table, "{function}: {} variables, at most {bytes} bytes of {ROOM}", deployed(process).count())
            .unwrap();
        if bytes > ROOM {
            too_large.push(function);
        }
    }
    assert!(too_large.is_empty(), "the environment is too large of {too_large:?}:\n{table}");
}

#[test]
fn the_longest_value_of_a_variable_is_at_least_what_its_parameter_takes() {
    let document: Value = yaml_serde::from_str(&latchkey_tests::TEMPLATE).unwrap();
    let mut bounded = 0;
    for variable in registry::sections().flat_map(|section| section.variables) {
        let wanted = |key: &str| variable.name.replace('_', "").eq_ignore_ascii_case(key);
        let mut parameters = document["Parameters"].as_mapping().unwrap().iter();
        let Some((_, parameter)) = parameters.find(|(key, _)| key.as_str().is_some_and(wanted)) else { continue };
        let allowed = parameter["AllowedValues"].as_sequence().into_iter().flatten();
        let allowed = allowed.filter_map(|value| value.as_str().map(str::len)).max();
        let largest = parameter["MaxValue"].as_u64().map(|value| value.to_string().len());
        let longest = parameter["MaxLength"].as_u64().map(|length| usize::try_from(length).unwrap());
        for length in [allowed, largest, longest].into_iter().flatten() {
            bounded += 1;
            assert!(variable.longest >= length, "{} may have {length} bytes", variable.name);
        }
        let default = variable.default.unwrap_or_default();
        assert!(variable.longest >= default.len(), "{} has a longer default", variable.name);
    }
    assert!(bounded >= 18, "{bounded} bounds were found");
}
