//! A mixture gives a weight to a dataset that has no templates or no rows.

use crate::catalog::Scheme;
use crate::diagnostic::Severity;
use crate::lint::view::ProjectView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "MIX006",
    name: "weight-on-nothing",
    group: Group::Mixture,
    severity: Severity::Warning,
    default: true,
    page: include_str!("weight_on_nothing.md"),
    check: Check::Project(check),
};

fn check(view: &ProjectView) -> Vec<Finding> {
    let mut found = Vec::new();
    for mixture in view.catalog.mixtures.values() {
        let Scheme::Fixed(rates) = &mixture.rates else { continue };
        for (name, rate) in rates {
            let Some(dataset) = view.catalog.datasets.get(name) else {
                continue;
            };
            let lacks = if dataset.templates.is_empty() {
                "no templates"
            } else if dataset.published == Some(0)
                || (!dataset.sources.is_empty() && dataset.sources.values().all(|source| source.absent.is_some()))
            {
                "no rows"
            } else {
                continue;
            };
            let message = format!(
                "`{}` gives `{name}` the weight {rate}, and it has {lacks}",
                mixture.name
            );
            found.push(Finding::new(mixture.span, message).about(&[name]));
        }
    }
    found
}
