//! A mixture trains on datasets whose licenses ask for opposite things of what is made of both.

use crate::catalog::{self, Dataset, Mixture};
use crate::diagnostic::Severity;
use crate::lint::view::ProjectView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "MIX005",
    name: "license-conflict",
    group: Group::Mixture,
    severity: Severity::Note,
    default: true,
    page: include_str!("license_conflict.md"),
    check: Check::Project(check),
};

fn check(view: &ProjectView) -> Vec<Finding> {
    let mut mixtures: Vec<&Mixture> = view.catalog.mixtures.values().collect();
    mixtures.sort_by_key(|mixture| mixture.span);
    for mixture in mixtures {
        let selection = catalog::selection(view.catalog, mixture);
        let trained: Vec<&Dataset> = selection
            .trained
            .iter()
            .filter_map(|id| view.catalog.datasets.get(id))
            .filter(|d| !d.templates.is_empty())
            .collect();
        let with = |wanted: &dyn Fn(&str) -> bool| {
            trained
                .iter()
                .find(|d| d.license.as_ref().is_some_and(|license| wanted(&license.name)))
        };
        let alike = with(&|name| {
            (name.contains("-SA") && !name.contains("-NC")) || name.starts_with("GPL") || name.starts_with("ODbL")
        });
        let bound = with(&|name| name.contains("-NC") || name.contains("-ND"));
        if let (Some(alike), Some(bound)) = (alike, bound) {
            let license = |dataset: &Dataset| {
                dataset
                    .license
                    .as_ref()
                    .map_or(String::new(), |license| license.name.clone())
            };
            let message = format!(
                "`{}` trains on `{}` under {} and on `{}` under {}",
                mixture.name,
                alike.id,
                license(alike),
                bound.id,
                license(bound)
            );
            // One mixture says it for those that extend it.
            return vec![Finding::new(mixture.span, message).about(&[&alike.id, &bound.id])];
        }
    }
    Vec::new()
}
