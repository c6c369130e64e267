//! A dataset with templates does not say how its answers are scored.

use crate::diagnostic::Severity;
use crate::lint::view::DatasetView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB023",
    name: "no-metric",
    group: Group::Labels,
    severity: Severity::Note,
    default: true,
    page: include_str!("no_metric.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    if view.templates.is_empty() || !view.dataset.metrics.is_empty() {
        return Vec::new();
    }
    vec![Finding::new(
        view.dataset.span,
        format!("`{}` names no metric", view.dataset.id),
    )]
}
