//! A template has the same target on every row.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW004",
    name: "constant-target",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("constant_target.md"),
    check: Check::Rows(check),
};

/// So many examples there have to be.
const LEAST: usize = 8;

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (template, examples) in view.examples() {
        // A guard on the answer leaves one; which is what it is for.
        if examples.len() < LEAST || template.template.when.is_some() {
            continue;
        }
        let first = &examples[0].1.targets;
        if examples.iter().all(|(_, example)| example.targets == *first) {
            let message = format!("all {} targets are `{}`", examples.len(), text::excerpt(first, 40));
            found.push(Finding::new(template.target.text.span, message));
        }
    }
    found
}
