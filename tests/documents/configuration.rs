//! `.env.example` lists every variable, as `Config` knows it, and the template sets those without a default.

use latchkey::config::VARIABLES;
use latchkey_local::template::Template;

use crate::read;

#[test]
fn the_example_lists_every_variable_with_its_default_and_meaning() {
    let example = read(".env.example");
    for variable in VARIABLES {
        let line = format!("#{}={}\n", variable.name, variable.default.unwrap_or_default());
        let entry = format!("# {}\n{line}", variable.meaning);
        assert!(example.contains(&entry), ".env.example should hold:\n{entry}");
    }
    let known = |name: &str| VARIABLES.iter().any(|variable| variable.name == name);
    let own = ["PORT", "LOCAL_STRICT_RATES"];
    for name in example.lines().filter_map(|line| line.strip_prefix('#')?.split_once('=')).map(|(name, _)| name) {
        assert!(
            name.contains(' ') || known(name) || own.contains(&name),
            ".env.example lists {name}, which nothing reads"
        );
    }
}

#[test]
fn the_template_sets_nothing_that_is_not_read_and_all_that_must_be_set() {
    let template = Template::parse(latchkey_tests::TEMPLATE).unwrap();
    for function in &template.functions {
        for name in function.environment.keys() {
            assert!(VARIABLES.iter().any(|variable| variable.name == name), "{}: {name} is not read", function.bin);
        }
        assert!(function.environment.contains_key("SECRETS_PREFIX"), "{}: no secrets", function.bin);
        for variable in VARIABLES.iter().filter(|variable| variable.default.is_none()) {
            assert!(function.environment.contains_key(variable.name), "{}: {} is not set", function.bin, variable.name);
        }
    }
}
