//! The right answer of a row is not among its options.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW002",
    name: "gold-not-offered",
    group: Group::Rows,
    severity: Severity::Error,
    default: true,
    page: include_str!("gold_not_offered.md"),
    check: Check::Rows(check),
};

fn check(view: &RowsView) -> Vec<Finding> {
    let dataset = view.view.dataset;
    let Some(answer) = &dataset.answer else {
        return Vec::new();
    };
    // One template is enough: options and answers are the row's.
    let Some((_, examples)) = view
        .examples()
        .find(|(template, examples)| template.is_forward() && !examples.is_empty())
    else {
        return Vec::new();
    };
    let lost: Vec<_> = examples
        .iter()
        .filter(|(_, e)| e.options.is_some() && e.answer_index.is_none())
        .collect();
    let Some((row, _)) = lost.first() else {
        return Vec::new();
    };
    let message = format!(
        "the right answer of {} is not among its options ({})",
        row.place,
        text::count(lost.len(), "such row")
    );
    vec![Finding::new(dataset.fields[answer.field].span, message)]
}
