//! A template that is declared `turned` asks for the answer, like a forward one.

use crate::catalog::Role;
use crate::diagnostic::Severity;
use crate::lint::view::TemplateView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB007",
    name: "not-turned",
    group: Group::Siblings,
    severity: Severity::Note,
    default: true,
    page: include_str!("not_turned.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let target = view.target.sketch();
    let asks = matches!(target.holes.as_slice(), [hole] if hole.print.bare && hole.reads("answer") && target.text.trim().chars().count() == 1);
    let shows = view.input.holes().next().is_some() && !view.input.prints("answer");
    if view.template.role != Role::Turned || !asks || !shows {
        return Vec::new();
    }
    vec![Finding::new(
        view.template.span,
        format!(
            "`{}` is declared turned around, and asks for the answer",
            view.template.name
        ),
    )]
}
