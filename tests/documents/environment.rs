//! The environment of a function: Lambda takes 4 KB of names and values, and a deployment that needs more fails in the
//! operator's hands. So it stays below 3,500 bytes with every parameter as long as it plausibly is.

use latchkey_local::template::{Overrides, Template};
use yaml_serde::Value;

/// The most bytes that the environment of a function may have.
const ROOM: usize = 3500;

/// What the test gives each parameter, before its own name.
const MARK: &str = "mark-";

/// The longest name of what `CloudFormation` makes, such as a table of a stack with a long name.
const PHYSICAL_NAME: usize = 63;

/// How many bytes a parameter plausibly has whose declaration does not say, or says far more than anybody needs.
const PLAUSIBLE: &[(&str, usize)] = &[
    ("AllowedOrigins", 3 * 30),
    ("AppName", 30),
    ("AppUrl", 50),
    ("BrandColour", 7),
    ("ChangePasswordUrl", 60),
    ("ClientKeys", 2 * 64 + 1),
    ("ExportPrefix", 30),
    ("FacebookGraphVersion", 6),
    ("LogoUrl", 90),
    ("MailFrom", 40),
    ("OAuthDefaultRedirect", 60),
    ("OAuthRedirects", 3 * 60),
    ("PasskeyEnrollUrl", 60),
    ("PasskeyManageUrl", 60),
    ("PasskeyOrigins", 2 * 30 + 60),
    ("PasskeyRpId", 30),
    ("PrivacyUrl", 60),
    ("PublicUrl", 40),
    ("ReservedUsernames", 100),
    ("SentryDsn", 95),
    ("SentrySampleRate", 5),
    ("SupportEmail", 40),
    ("TermsUrl", 60),
    ("TokenAudience", 40),
    ("TokenClientId", 30),
    ("TrustedProxies", 4 * 19),
    ("TrustedProxyKeys", 2 * 64 + 1),
];

/// The longest plausible value of a parameter: one that is declared, the largest number, `5000/15min` of a rate, or as
/// above.
fn longest(name: &str, parameter: &Value) -> usize {
    let allowed = parameter["AllowedValues"].as_sequence().map(|values| {
        let texts = values.iter().map(|value| value.as_str().map_or_else(|| format!("{value:?}").len(), str::len));
        texts.max().unwrap()
    });
    let largest = parameter["MaxValue"].as_u64().map(|value| value.to_string().len());
    let rate = name.starts_with("Rate").then(|| "5000/15min".len());
    let known = PLAUSIBLE.iter().find(|(known, _)| *known == name).map(|(_, length)| *length);
    let found = known.or(allowed).or(largest).or(rate);
    found.unwrap_or_else(|| panic!("{name} is in the environment: say in PLAUSIBLE how long it may be"))
}

#[test]
fn the_environment_of_a_function_has_room_to_spare() {
    let document: Value = yaml_serde::from_str(latchkey_tests::TEMPLATE).unwrap();
    let parameters = document["Parameters"].as_mapping().unwrap();
    // A value of its own for each parameter, so that it is recognised where it comes out.
    let names = parameters.keys().map(|name| name.as_str().unwrap().to_owned());
    let overrides: Overrides = names.map(|name| (name.clone(), format!("{MARK}{name}"))).collect();
    let template = Template::parse_with(latchkey_tests::TEMPLATE, &overrides).unwrap();
    for function in &template.functions {
        let mut total = 0;
        for (name, value) in &function.environment {
            let length = match value.strip_prefix(MARK) {
                Some(parameter) => longest(parameter, &document["Parameters"][parameter]),
                None => PHYSICAL_NAME.max(value.len()),
            };
            total += name.len() + length;
        }
        assert!(total < ROOM, "the environment of {} may have {total} bytes", function.bin);
    }
}
