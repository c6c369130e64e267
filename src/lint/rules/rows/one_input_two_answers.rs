//! Rows that look alike through every template have different answers.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    code: "ROW023",
    name: "one-input-two-answers",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("one_input_two_answers.md"),
    check: Check::Rows(check),
};

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (template, examples) in view.examples() {
        if !template.is_forward() || template.choices().is_none() || template.input.holes().next().is_none() {
            continue;
        }
        let mut answers: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
        let clash = examples.iter().find_map(|(row, example)| {
            let (place, target) = answers.entry(&example.inputs).or_insert((&row.place, &example.targets));
            (*target != example.targets).then(|| (place.to_string(), row.place.clone()))
        });
        if let Some((one, other)) = clash {
            found.push(Finding::new(
                template.input.text.span,
                format!("{one} and {other} look alike and have different answers"),
            ));
        }
    }
    // The rows are what is wrong where all templates say so, and one place is enough then.
    if found.len() == view.view.templates.iter().filter(|t| t.is_forward()).count() {
        found.truncate(1);
    }
    found
}
