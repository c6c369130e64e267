//! More than three templates of a dataset are turned around.

use crate::catalog::Role;
use crate::diagnostic::Severity;
use crate::lint::view::DatasetView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB005",
    name: "many-turned",
    group: Group::Siblings,
    severity: Severity::Note,
    default: true,
    page: include_str!("many_turned.md"),
    check: Check::Dataset(check),
};

/// How many FLAN had.
const MOST: usize = 3;

fn check(view: &DatasetView) -> Vec<Finding> {
    // Another direction of one task, as in translation, is no other task; an input that asks for nothing of the row is.
    let around: Vec<_> = view
        .templates
        .iter()
        .filter(|template| template.template.role == Role::Turned)
        .collect();
    let Some(first) = around.get(MOST) else {
        return Vec::new();
    };
    let message = format!(
        "{} of {} templates of `{}` are turned around",
        around.len(),
        view.templates.len(),
        view.dataset.id
    );
    vec![Finding::new(first.template.span, message).help("three of ten are what FLAN had")]
}
