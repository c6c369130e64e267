//! A row offers the same option twice.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW022",
    name: "options-repeat",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("options_repeat.md"),
    check: Check::Rows(check),
};

fn check(view: &RowsView) -> Vec<Finding> {
    let dataset = view.view.dataset;
    let Some(answer) = &dataset.answer else {
        return Vec::new();
    };
    let Some((_, examples)) = view
        .examples()
        .find(|(template, examples)| template.is_forward() && !examples.is_empty())
    else {
        return Vec::new();
    };
    let twice = |options: &Vec<String>| {
        options
            .iter()
            .enumerate()
            .any(|(at, option)| options[..at].contains(option))
    };
    let rows: Vec<_> = examples
        .iter()
        .filter(|(_, example)| example.options.as_ref().is_some_and(twice))
        .collect();
    let Some((row, _)) = rows.first() else {
        return Vec::new();
    };
    let message = format!(
        "{} offers an option twice ({})",
        row.place,
        text::count(rows.len(), "such row")
    );
    vec![Finding::new(dataset.fields[answer.field].span, message)]
}
