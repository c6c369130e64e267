//! A template prints a field that may be null, under no condition.

use crate::diagnostic::Severity;
use crate::jinja::{Part, Print};
use crate::lint::view::TemplateView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB019",
    name: "null-unguarded",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("null_unguarded.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let mut found = Vec::new();
    let guard = view.template.when.as_deref().unwrap_or_default();
    for body in view.bodies() {
        let mut bare = Vec::new();
        unconditional(&body.parts, &mut bare);
        for print in bare {
            if !print.bare {
                continue;
            }
            let safe = print
                .filters
                .iter()
                .any(|filter| matches!(filter.as_str(), "default" | "d"));
            let nullable = print.names.iter().find(|name| {
                let field = view.dataset.field(name).map(|at| (at, &view.dataset.fields[at]));
                // A row without an answer is left out before any template sees it.
                field.is_some_and(|(at, field)| {
                    field.nullable && view.dataset.answer.as_ref().is_none_or(|answer| answer.field != at)
                })
            });
            if let Some(name) = nullable
                && !safe
                && !guard.contains(name.as_str())
                && !body.text.value[print.expr.clone()].contains(" if ")
            {
                found.push(Finding::new(
                    body.place(print.at.clone()),
                    format!("`{name}` may be null, and is printed all the same"),
                ));
            }
        }
    }
    found
}

/// What is printed whatever the row.
fn unconditional<'p>(parts: &'p [Part], out: &mut Vec<&'p Print>) {
    for part in parts {
        if let Part::Print(print) = part {
            out.push(print);
        }
    }
}
