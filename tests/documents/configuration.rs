//! `.env.example` lists every variable that a domain declares.

use latchkey_identity::registry;

use crate::read;

#[test]
fn the_example_lists_every_variable_with_its_default_and_meaning() {
    let example = read(".env.example");
    let variables: Vec<_> = registry::sections().flat_map(|section| section.variables).collect();
    for variable in &variables {
        let line = format!("#{}={}\n", variable.name, variable.default.unwrap_or_default());
        let entry = format!("# {}\n{line}", variable.meaning);
        assert!(example.contains(&entry), ".env.example should hold:\n{entry}");
    }
    let known = |name: &str| variables.iter().any(|variable| variable.name == name);
    let own = ["PORT", "LOCAL_STRICT_RATES"];
    for name in example.lines().filter_map(|line| line.strip_prefix('#')?.split_once('=')).map(|(name, _)| name) {
        assert!(
            name.contains(' ') || known(name) || own.contains(&name),
            ".env.example lists {name}, which nothing reads"
        );
    }
}
