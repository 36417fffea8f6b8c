//! What the README says of costs is what was measured.

use crate::read;

#[test]
fn the_readmes_costs_are_rows_of_the_benchmarks() {
    let (readme, measured) = (read("README.md"), read("docs/benchmarks.md"));
    let section = readme.split_once("## What it costs\n").unwrap().1.split("\n## ").next().unwrap();
    let rows: Vec<_> = section.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(rows.len() > 5, "the table is there");
    for row in rows {
        assert!(measured.contains(row), "docs/benchmarks.md has no such row; take the table anew:\n{row}");
    }
    let formula = section.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(measured.contains(formula), "docs/benchmarks.md has another formula");
}
