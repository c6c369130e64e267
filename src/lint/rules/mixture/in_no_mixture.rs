//! A dataset with templates is in no mixture.

use std::collections::BTreeSet;

use crate::catalog;
use crate::diagnostic::Severity;
use crate::lint::view::ProjectView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "MIX010",
    name: "in-no-mixture",
    group: Group::Mixture,
    severity: Severity::Note,
    default: true,
    page: include_str!("in_no_mixture.md"),
    check: Check::Project(check),
};

fn check(view: &ProjectView) -> Vec<Finding> {
    let mixtures = &view.catalog.mixtures;
    if mixtures.is_empty() {
        return Vec::new();
    }
    let mut used: BTreeSet<String> = BTreeSet::new();
    for mixture in mixtures.values() {
        let selection = catalog::selection(view.catalog, mixture);
        used.extend(selection.trained.into_iter().chain(selection.evaluated));
    }
    let unused = view
        .datasets
        .iter()
        .filter(|dataset| !dataset.templates.is_empty() && !used.contains(&dataset.dataset.id));
    unused
        .map(|dataset| {
            Finding::new(
                dataset.dataset.span,
                format!("no mixture has `{}` in it", dataset.dataset.id),
            )
            .about(&[&dataset.dataset.id])
        })
        .collect()
}
