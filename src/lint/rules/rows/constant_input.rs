//! A template has the same input on every row, though it prints a value.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ROW005",
    name: "constant-input",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("constant_input.md"),
    check: Check::Rows(check),
};

/// So many examples there have to be.
const LEAST: usize = 8;

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (template, examples) in view.examples() {
        let printed = template.input.holes().next().is_some();
        if examples.len() < LEAST || !printed {
            continue;
        }
        let first = examples[0].1;
        let same = examples.iter().all(|(_, example)| example.inputs == first.inputs);
        let other = examples.iter().any(|(_, example)| example.targets != first.targets);
        if same && other {
            let message = format!("all {} inputs are the same, and their targets are not", examples.len());
            found.push(Finding::new(template.input.text.span, message));
        }
    }
    found
}
