//! Values of a field that templates print begin or end in white space.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW019",
    name: "blank-edges",
    group: Group::Rows,
    severity: Severity::Note,
    default: true,
    page: include_str!("blank_edges.md"),
    check: Check::Rows(check),
};

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, field) in view.view.dataset.fields.iter().enumerate() {
        let printed = view.view.templates.iter().any(|t| {
            t.bodies()
                .any(|body| body.holes().any(|hole| hole.print.bare && hole.name() == field.name))
        });
        let blank = view.texts(at).filter(|(_, text)| text.trim() != *text).count();
        let all = view.texts(at).count();
        if printed && blank > 0 {
            let message = format!(
                "{blank} of {} of `{}` begin or end in white space",
                text::count(all, "value"),
                field.name
            );
            found.push(Finding::new(field.span, message).help("say `clean { trim }`"));
        }
    }
    found
}
