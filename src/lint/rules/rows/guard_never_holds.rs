//! No row is admitted by the guard of a template.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW016",
    name: "guard-never-holds",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("guard_never_holds.md"),
    check: Check::Rows(check),
};

/// So many rows there have to be.
const LEAST: usize = 8;

fn check(view: &RowsView) -> Vec<Finding> {
    let never = view
        .templates()
        .filter(|(template, seen)| template.template.when.is_some() && seen.is_empty());
    if view.len() < LEAST {
        return Vec::new();
    }
    never
        .map(|(template, _)| {
            let guard = template.template.when.as_deref().unwrap_or_default();
            Finding::new(
                template.template.span,
                format!(
                    "none of {} is admitted by `when {guard}`",
                    text::count(view.len(), "row")
                ),
            )
        })
        .collect()
}
