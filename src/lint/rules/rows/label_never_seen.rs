//! A declared label stands in no row.

use crate::catalog::FieldKind;
use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW020",
    name: "label-never-seen",
    group: Group::Rows,
    severity: Severity::Note,
    default: true,
    page: include_str!("label_never_seen.md"),
    check: Check::Rows(check),
};

/// So many rows for each label there have to be.
const LEAST: usize = 4;

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, field) in view.view.dataset.fields.iter().enumerate() {
        let FieldKind::Choice(labels) = &field.kind else {
            continue;
        };
        let seen: Vec<&str> = view.texts(at).map(|(_, text)| text).collect();
        if seen.len() < labels.len() * LEAST && seen.len() < 2 * LEAST {
            continue;
        }
        for label in labels.iter().filter(|label| !seen.contains(&label.name.as_str())) {
            found.push(Finding::new(
                field.span,
                format!(
                    "none of {} has the label `{}`",
                    text::count(seen.len(), "row"),
                    label.name
                ),
            ));
        }
    }
    found.truncate(1);
    found
}
