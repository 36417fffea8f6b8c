//! `docs/retention.md`: how long things are kept, from the rules of every domain.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use latchkey_identity::registry;
use latchkey_kernel::personal_data::retention::RemovedBy;

use crate::generated::check;

const BEGINNING: &str = "# What is kept, and for how long

Written by `make generate` from the rules of every domain, which the code asks; the periods are the defaults.
Where a variable is named, an owner sets it, and a changed value is true of what is written from then on.

| what | kept for | counted from | set by | removed by |
|---|---|---|---|---|
";

const END: &str = "
A session that nobody uses is refused from the moment on at which it has been idle for too long (`REFRESH_IDLE_DAYS`),
whoever asks and wherever its item still lies. It is an ended session from then on, and DynamoDB removes it like every
other: the scheduler looks for none, which would mean to read the table every night for nothing that anybody could notice.

What DynamoDB removes goes within days of its end, and is not shown in between. The exporter and the scheduler find what is
due in a sparse index: the exporter when an erasure is due, the scheduler every night at 02:00 UTC.

Backups are outside of this: point-in-time recovery of the main table reaches back 35 days, so a person who was erased is in
it for as long. Whoever restores a table erases again what was erased since: the certificates say which requests those were.
Logs are kept as long as `LogRetentionDays` of the template says; they name accounts by their ids, and addresses.
";

#[test]
fn the_table_of_retention_is_up_to_date() {
    let config = latchkey_tests::config(&[]);
    let mut text = BEGINNING.to_owned();
    for rule in registry::retention() {
        let hours = (rule.period)(&config).as_hours();
        let period = match hours {
            24 => "1 day".to_owned(),
            hours => format!("{} days", hours / 24),
        };
        let variable = rule.variable.map_or_else(|| "-".to_owned(), |name| format!("`{name}`"));
        let by = match rule.removed_by {
            RemovedBy::DynamoDb => "DynamoDB (TTL)",
            RemovedBy::Scheduler => "the scheduler",
            RemovedBy::Exporter => "the exporter",
        };
        writeln!(text, "| {} | {period} | {} | {variable} | {by} |", rule.what, rule.counted_from).unwrap();
    }
    let sign_ins = registry::events().iter().filter(|kind| kind.is_sign_in());
    let names: Vec<_> = sign_ins.map(|kind| format!("`{}`", kind.name())).collect();
    write!(text, "\nSign-in records are the lines {}.\n", names.join(", ")).unwrap();
    text.push_str(END);
    check("docs/retention.md", &text);
}

#[test]
fn every_variable_of_a_period_is_in_the_table() {
    let told: BTreeSet<_> = registry::retention().filter_map(|rule| rule.variable).collect();
    let periods = registry::sections()
        .flat_map(|section| section.variables)
        .map(|variable| variable.name)
        .filter(|name| name.contains("RETENTION"));
    assert!(periods.clone().count() >= 3 && periods.clone().all(|name| told.contains(name)), "{told:?}");
}
