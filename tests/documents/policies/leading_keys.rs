//! In which partitions of a table a function may do what its policy allows: `dynamodb:LeadingKeys`.

use std::collections::{BTreeMap, BTreeSet};

use yaml_serde::Value;

use super::{Partitions, bin, resource};

/// A statement about a table.
struct Statement {
    allows: bool,
    actions: BTreeSet<String>,
    table: String,
    /// What the keys of its partitions begin with; none means that it is about all of them.
    partitions: Option<Vec<String>>,
}

impl Statement {
    fn concerns(&self, action: &str, table: &str, partition: &str) -> bool {
        let here = |patterns: &Vec<String>| patterns.iter().any(|pattern| matches(pattern, partition));
        self.actions.contains(action) && self.table == table && self.partitions.as_ref().is_none_or(here)
    }
}

/// Whether a key is like a pattern of the one form that policies here have.
fn matches(pattern: &str, key: &str) -> bool {
    let start = pattern.strip_suffix('*').unwrap();
    assert!(start.ends_with('#') && !start.contains(['*', '?']), "{pattern} is no whole kind of partition");
    key.starts_with(start)
}

/// What each function's policy says about tables.
fn statements() -> BTreeMap<String, Vec<Statement>> {
    let template: Value = yaml_serde::from_str(&latchkey_tests::TEMPLATE).unwrap();
    let resources = template["Resources"].as_mapping().unwrap().values();
    let functions = resources.filter(|resource| resource["Type"] == "AWS::Serverless::Function");
    functions
        .map(|function| {
            let policies = function["Properties"]["Policies"].as_sequence().unwrap();
            let statements = policies.iter().flat_map(|policy| policy["Statement"].as_sequence().unwrap());
            (bin(&function["Properties"]), statements.filter_map(statement).collect())
        })
        .collect()
}

fn statement(value: &Value) -> Option<Statement> {
    let actions = value["Action"].as_sequence().unwrap().iter().map(|action| action.as_str().unwrap().to_owned());
    let actions: BTreeSet<_> = actions.filter(|action| action.starts_with("dynamodb:")).collect();
    if actions.is_empty() {
        return None;
    }
    let allows = value["Effect"] == "Allow";
    let partitions = value["Condition"].as_mapping().map(|condition| {
        // An allowance is for requests all of whose keys are like these, a refusal for those of which any is.
        let operator = if allows { "ForAllValues:StringLike" } else { "ForAnyValue:StringLike" };
        assert_eq!(condition.len(), 1, "{value:?}");
        let keys = value["Condition"][operator]["dynamodb:LeadingKeys"].as_sequence();
        let keys = keys.unwrap_or_else(|| panic!("{value:?} is not about partitions by {operator}"));
        keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect()
    });
    Some(Statement { allows, actions, table: resource(&value["Resource"]), partitions })
}

fn admits(statements: &[Statement], action: &str, table: &str, partition: &str) -> bool {
    let mut concerned = statements.iter().filter(|statement| statement.concerns(action, table, partition)).peekable();
    concerned.peek().is_some() && concerned.all(|statement| statement.allows)
}

/// Each function may do in each partition what it was seen to do there, and each kind of partition that a statement
/// names was needed.
pub(super) fn hold_what_was_used(used: &BTreeMap<String, Partitions>) {
    for (function, statements) in statements() {
        let used = &used[&function];
        for (action, table, partition) in used {
            assert!(admits(&statements, action, table, partition), "{function} may not {action} {table} {partition}");
        }
        for statement in statements.iter().filter(|statement| statement.allows) {
            for pattern in statement.partitions.iter().flatten() {
                for action in &statement.actions {
                    let needed = used
                        .iter()
                        .any(|(used, table, key)| used == action && *table == statement.table && matches(pattern, key));
                    assert!(needed, "{function} was never seen to {action} {pattern}");
                }
            }
        }
    }
}

#[test]
fn a_worker_may_not_reach_into_partitions_that_are_not_its_business() {
    let statements = statements();
    let account = "ACCOUNT#0197f3a0-0000-7000-8000-000000000001";
    let audit = "AUDIT#0197f3a0-0000-7000-8000-000000000001#2026-03";
    for (function, action, partitions) in [
        ("mailer", "GetItem", &[account, audit, "OUTBOX#1", "EMAIL#ada@example.com"][..]),
        ("mailer", "UpdateItem", &[account, audit, "SUPPRESSION#1", "DEPLOYMENT"]),
        ("mailer", "DeleteItem", &[account, audit, "SUPPRESSION#1", "EMAIL#ada@example.com"]),
        ("feedback", "PutItem", &[account, audit, "OUTBOX#1", "EMAIL#ada@example.com", "SUPPRESSION"]),
        ("scheduler", "UpdateItem", &[account, audit, "SUPPRESSION#1", "MIGRATIONS"]),
        ("scheduler", "DeleteItem", &[audit, "OUTBOX#1", "EMAIL#ada@example.com", "SUPPRESSION#1"]),
        ("exporter", "UpdateItem", &[audit]),
        ("auth", "DeleteItem", &[audit]),
    ] {
        for partition in partitions {
            let action = format!("dynamodb:{action}");
            assert!(
                !admits(&statements[function], &action, "MainTable", partition),
                "{function}: {action} {partition}"
            );
        }
    }
    assert!(admits(&statements["mailer"], "dynamodb:UpdateItem", "MainTable", "OUTBOX#1"));
    assert!(admits(&statements["feedback"], "dynamodb:PutItem", "MainTable", "SUPPRESSION#1"));
}
