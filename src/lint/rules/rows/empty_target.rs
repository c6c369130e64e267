//! A template makes an empty target of a row.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::render::Failure;
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW003",
    name: "empty-target",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("empty_target.md"),
    check: Check::Rows(check),
};

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (template, seen) in view.templates() {
        let empty: Vec<_> = seen
            .iter()
            .filter(|seen| seen.example == Err(Failure::EmptyTarget))
            .collect();
        if let Some(first) = empty.first() {
            let row = &view.rows[first.row];
            let message = format!(
                "this target is empty in {} of {}, as {}",
                empty.len(),
                text::count(seen.len(), "row"),
                row.place
            );
            found.push(Finding::new(template.target.text.span, message));
        }
    }
    found
}
