//! A dataset does not say under which license it is.

use crate::diagnostic::Severity;
use crate::lint::view::ProjectView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "MIX004",
    name: "no-license",
    group: Group::Mixture,
    severity: Severity::Warning,
    default: true,
    page: include_str!("no_license.md"),
    check: Check::Project(check),
};

fn check(view: &ProjectView) -> Vec<Finding> {
    let without = view
        .datasets
        .iter()
        .filter(|dataset| dataset.dataset.license.is_none() && !dataset.templates.is_empty());
    without
        .map(|dataset| {
            Finding::new(
                dataset.dataset.span,
                format!("`{}` names no license", dataset.dataset.id),
            )
            .about(&[&dataset.dataset.id])
        })
        .collect()
}
