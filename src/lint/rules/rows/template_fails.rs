//! A template cannot be rendered for a row.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::render::Failure;
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW015",
    name: "template-fails",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("template_fails.md"),
    check: Check::Rows(check),
};

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (template, seen) in view.templates() {
        let failures = || {
            seen.iter()
                .filter(|seen| matches!(seen.example, Err(Failure::Render(_))))
        };
        if let Some(first) = failures().next()
            && let Err(Failure::Render(reason)) = &first.example
        {
            let row = &view.rows[first.row];
            let message = format!(
                "fails on {} of {}, as {}: {reason}",
                failures().count(),
                text::count(seen.len(), "row"),
                row.place
            );
            found.push(Finding::new(template.template.span, message));
        }
    }
    found
}
