//! What docs/costs.md says is what was measured.

use crate::read;

#[test]
fn costs_are_rows_of_the_benchmarks() {
    let (costs, measured) = (read("docs/costs.md"), read("docs/benchmarks.md"));
    let rows: Vec<_> = costs.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(rows.len() > 5, "the table is there");
    for row in rows {
        assert!(measured.contains(row), "docs/benchmarks.md has no such row; take the table anew:\n{row}");
    }
    let formula = costs.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(measured.contains(formula), "docs/benchmarks.md has another formula");
}

/// Dollars for a million of an operation, from its row.
fn price(measured: &str, operation: &str) -> f64 {
    let row = measured.lines().find(|line| line.starts_with(&format!("| {operation} |")));
    let row = row.unwrap_or_else(|| panic!("{operation} has no row"));
    row.trim_end_matches('|').rsplit('|').next().unwrap().trim().parse().unwrap()
}

/// What a stack costs in a month without requests, in dollars.
const AT_REST: f64 = 3.0;

#[test]
fn a_month_of_users_costs_what_the_measured_rows_add_up_to() {
    let (readme, costs, measured) = (read("README.md"), read("docs/costs.md"), read("docs/benchmarks.md"));
    let [sign_in, refresh, mail] =
        ["POST /api/auth/token", "POST /api/auth/token/refresh", "(a mail)"].map(|row| price(&measured, row));
    let million = 4.0 * sign_in + 120.0 * refresh + 0.5 * mail;
    let sum = format!("4 x {sign_in:.2} + 120 x {refresh:.2} + 0.5 x {mail:.2} = {million:.0} dollars");
    assert!(costs.contains(&sum), "docs/costs.md has another sum: {sum}");
    for (document, text, users, millions) in [
        ("docs/costs.md", &costs, "10,000", 0.01),
        ("docs/costs.md", &costs, "100,000", 0.1),
        ("docs/costs.md", &costs, "1,000,000", 1.0),
        ("README.md", &readme, "100,000 users a month", 0.1),
        ("README.md", &readme, "1,000,000", 1.0),
    ] {
        let row = format!("| {users} | {:.0} $ |", million * millions + AT_REST);
        assert!(text.contains(&row), "{document} has another row: {row}");
    }
}
