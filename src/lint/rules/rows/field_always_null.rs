//! A field is null in every row.

use crate::catalog::FieldKind;
use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW021",
    name: "field-always-null",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("field_always_null.md"),
    check: Check::Rows(check),
};

/// So many rows there have to be.
const LEAST: usize = 8;

fn check(view: &RowsView) -> Vec<Finding> {
    if view.len() < LEAST {
        return Vec::new();
    }
    let fields = view.view.dataset.fields.iter().enumerate();
    // An empty list is a value.
    let null = fields.filter(|(at, field)| {
        field.nullable && !matches!(field.kind, FieldKind::List) && view.texts(*at).next().is_none()
    });
    null.map(|(_, field)| {
        Finding::new(
            field.span,
            format!("`{}` is null in all {}", field.name, text::count(view.len(), "row")),
        )
    })
    .collect()
}
