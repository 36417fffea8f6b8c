//! The template's parameters: what a deployment is asked, in an order in which a newcomer can answer.

use std::collections::{BTreeMap, BTreeSet};

use fancy_regex::Regex;
use latchkey_identity::app::Config;
use latchkey_kernel::config::Process;
use yaml_serde::Value;

fn template() -> Value {
    yaml_serde::from_str(&latchkey_tests::TEMPLATE).unwrap()
}

/// Whether a stack takes a value: of a list each entry must match the pattern, without the blanks around it.
fn is_taken(parameter: &str, value: &str) -> bool {
    let declared = &template()["Parameters"][parameter];
    let pattern = Regex::new(declared["AllowedPattern"].as_str().unwrap()).unwrap();
    assert_eq!(declared["Type"], "CommaDelimitedList");
    value.split(',').all(|entry| pattern.is_match(entry.trim()).unwrap())
}

/// Whether the functions start with it.
fn starts(origins: &str) -> bool {
    let variables = [
        ("PUBLIC_URL", "https://id.example.com"),
        ("MAIL_FROM", "no-reply@example.com"),
        ("MAIN_TABLE", "main"),
        ("EPHEMERAL_TABLE", "ephemeral"),
        ("SECRETS_PREFIX", "example"),
        ("ALLOWED_ORIGINS", origins),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::from_variables(Process::Tool, &BTreeMap::from(variables)).is_ok()
}

#[test]
fn origins_are_taken_by_the_template_and_by_the_functions_as_browsers_write_them() {
    for origins in [
        "",
        "https://app.example.com",
        "https://app.example.com:8443",
        "https://xn--bcher-kva.example",
        "https://app_1.example.com, https://www.example.com",
        "https://localhost:5173",
        "https://192.0.2.1",
        "https://[2001:db8::1]:8443",
        "http://localhost:5173",
        "http://127.0.0.1:5500,http://[::1]:5500,http://localhost",
    ] {
        assert!(is_taken("AllowedOrigins", origins), "the template refuses {origins:?}");
        assert!(starts(origins), "the functions refuse {origins:?}");
    }
}

#[test]
fn origins_that_no_browser_writes_are_refused_by_the_template_and_by_the_functions() {
    for origins in [
        "*",
        "null",
        "app.example.com",
        "https://",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://app.example.com?a=b",
        "https://App.example.com",
        "HTTPS://app.example.com",
        "https://*.example.com",
        "https://app..example.com",
        "https://app.example.com.",
        "https://bücher.example",
        "https://ada@app.example.com",
        "https://app.example.com:",
        "https://app.example.com:0443",
        "https://app.example.com:443",
        "https://app.example.com:port",
        "http://localhost:80",
        "http://app.example.com",
        "http://192.168.0.10:5173",
        "http://localhost.example.com",
        "http://localhost:5173/",
        "https://a.example https://b.example",
        "https://a.example;https://b.example",
        "https://a.example, https://b.example/",
    ] {
        assert!(!is_taken("AllowedOrigins", origins), "the template takes {origins:?}");
        assert!(!starts(origins), "the functions take {origins:?}");
    }
}

#[test]
fn a_refused_value_is_answered_with_what_is_expected() {
    let words = template()["Parameters"]["AllowedOrigins"]["ConstraintDescription"].as_str().unwrap().to_owned();
    for word in ["https://app.example.com", "no slash at the end", "no *", "localhost"] {
        assert!(words.contains(word), "{words}");
    }
}

#[test]
fn every_parameter_stands_in_one_group() {
    let template = template();
    let interface = &template["Metadata"]["AWS::CloudFormation::Interface"];
    let mut grouped = Vec::new();
    for group in interface["ParameterGroups"].as_sequence().unwrap() {
        assert!(group["Label"]["default"].as_str().is_some_and(|label| !label.is_empty()));
        grouped.extend(group["Parameters"].as_sequence().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()));
    }
    let once: BTreeSet<_> = grouped.iter().cloned().collect();
    let declared = template["Parameters"].as_mapping().unwrap().keys().map(|name| name.as_str().unwrap().to_owned());
    assert_eq!(
        once,
        declared.collect::<BTreeSet<_>>(),
        "a parameter without a group, or a group's without a declaration"
    );
    assert_eq!(once.len(), grouped.len(), "a parameter stands in two groups");
    // What mails cannot be sent without comes first.
    assert!(grouped[..3].contains(&"MailFrom".to_owned()), "{:?}", &grouped[..3]);
    for name in interface["ParameterLabels"].as_mapping().unwrap().keys() {
        assert!(once.contains(name.as_str().unwrap()), "{name:?} has a label and no declaration");
    }
}
