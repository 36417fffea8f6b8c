//! `docs/generated`: written by the code, checked in, and never out of date.

use std::fmt::Write as _;

use latchkey_identity::registry;
use latchkey_kernel::dynamo::{Entity, Personal, Table};
use serde_json::Value;

use crate::read;

/// Compares a generated document with the one that is checked in, or writes it. One test writes a file; others may read it
/// meanwhile.
pub(crate) fn check(path: &str, generated: &str) {
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        latchkey_generate::replace(path, generated).unwrap();
    }
    assert!(read(path) == generated, "{path} is out of date: run `make generate` and look at what changed");
}

/// The OpenAPI document, as the routers make it.
pub(crate) fn openapi() -> Value {
    latchkey_generate::openapi(&latchkey_tests::api_document())
}

#[test]
fn what_the_routers_decide_is_up_to_date() {
    let stale: Vec<_> = latchkey_generate::stale().unwrap().into_iter().map(|file| file.path).collect();
    assert!(stale.is_empty(), "out of date: {stale:?}; run `make generate` and look at what changed");
}

#[test]
fn the_list_of_errors_is_up_to_date() {
    let mut text =
        "# Errors\n\nEvery error answer is a problem document (RFC 9457) with one of these codes. Generated from \
                    each domain's `codes.rs`.\n\n| status | code | meaning |\n|---|---|---|\n"
            .to_owned();
    let mut codes: Vec<_> = registry::codes().collect();
    codes.sort_unstable_by_key(|code| (code.status(), code.slug()));
    for code in codes {
        writeln!(text, "| {} | `{}` | {} |", code.status().as_u16(), code.slug(), code.meaning()).unwrap();
    }
    check("docs/generated/errors.md", &text);
}

/// The domain whose `PersonalData` lists this kind of item.
fn lister(entity: Entity) -> &'static str {
    let mut domains = registry::personal_data();
    let lister = domains.find(|domain| domain.items().iter().any(|item| item.entity == entity));
    lister.map_or("-", |domain| domain.domain())
}

#[test]
fn the_data_model_is_up_to_date() {
    let mut text =
        "# Data model\n\nEvery item of the two tables, by domain. Generated from the `keys.rs` of each.\n".to_owned();
    for (table, title) in [(Table::Main, "Table `main`"), (Table::Ephemeral, "Table `ephemeral`")] {
        write!(text, "\n## {title}\n\n| item | pk | sk | index | TTL | personal data | what it is |\n").unwrap();
        text.push_str("|---|---|---|---|---|---|---|\n");
        for shape in registry::entities().filter(|shape| shape.table == table) {
            let personal = match shape.personal {
                Personal::Partition => "in its person's partition".to_owned(),
                Personal::Listed => format!("listed by `{}`", lister(shape.entity)),
                Personal::No(why) => format!("no: {why}"),
            };
            let (index, ttl) = (shape.index.unwrap_or("-"), shape.ttl.unwrap_or("-"));
            writeln!(
                text,
                "| {} | `{}` | `{}` | {index} | {ttl} | {personal} | {} |",
                shape.entity.name(),
                shape.pk,
                shape.sk,
                shape.meaning
            )
            .unwrap();
        }
    }
    check("docs/generated/data-model.md", &text);
}
