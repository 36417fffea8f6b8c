//! What an operator does to an account: suspending it, ending its sessions, removing its second factors, deleting it.

mod acts;
mod closed;

use latchkey_tests::TestApp;
use serde_json::Value;

const ADA: &str = "ada@example.com";

fn of_kind(app: &TestApp, entity: &str) -> Vec<Value> {
    app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == entity).collect()
}

/// The lines of the audit log that tell of an operator.
fn by_operator(app: &TestApp) -> Vec<Value> {
    of_kind(app, "AuditEvent").into_iter().filter(|line| line["actor_kind"]["S"] == "operator").collect()
}

fn events(lines: &[Value]) -> Vec<&str> {
    let mut names: Vec<_> = lines.iter().map(|line| line["event"]["S"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}
