//! A dataset with templates does not say which language its texts are in.

use crate::diagnostic::Severity;
use crate::lint::view::DatasetView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB024",
    name: "no-language",
    group: Group::Labels,
    severity: Severity::Note,
    default: true,
    page: include_str!("no_language.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    if view.templates.is_empty() || !view.dataset.languages.is_empty() {
        return Vec::new();
    }
    vec![Finding::new(
        view.dataset.span,
        format!("`{}` names no language", view.dataset.id),
    )]
}
