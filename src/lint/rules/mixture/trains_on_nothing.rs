//! A mixture leaves no dataset with templates to train on.

use crate::catalog;
use crate::diagnostic::Severity;
use crate::lint::view::ProjectView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "MIX009",
    name: "trains-on-nothing",
    group: Group::Mixture,
    severity: Severity::Warning,
    default: true,
    page: include_str!("trains_on_nothing.md"),
    check: Check::Project(check),
};

fn check(view: &ProjectView) -> Vec<Finding> {
    let mut found = Vec::new();
    for mixture in view.catalog.mixtures.values() {
        let selection = catalog::selection(view.catalog, mixture);
        let uses = |id: &String| {
            view.catalog
                .datasets
                .get(id)
                .is_some_and(|dataset| dataset.templates.iter().any(|t| mixture.uses(t)))
        };
        let any = view
            .catalog
            .datasets
            .values()
            .any(|dataset| !dataset.templates.is_empty());
        if any && !selection.trained.iter().any(uses) {
            found.push(Finding::new(
                mixture.span,
                format!("`{}` trains on nothing", mixture.name),
            ));
        }
    }
    found
}
