//! A way through the branches of a target prints nothing.

use crate::diagnostic::Severity;
use crate::lint::view::TemplateView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB020",
    name: "target-may-be-empty",
    group: Group::Labels,
    severity: Severity::Note,
    default: true,
    page: include_str!("target_may_be_empty.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let empty = view.target.ways.iter().any(|way| way.sketch.text.trim().is_empty());
    if !empty {
        return Vec::new();
    }
    vec![Finding::new(
        view.target.text.span,
        "a way through this target prints nothing",
    )]
}
