//! A mixture uses every row of a dataset more than ten times, by the rows that its publishers count.

use crate::diagnostic::Severity;
use crate::lint::view::{ProjectView, planned};
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "MIX008",
    name: "many-passes",
    group: Group::Mixture,
    severity: Severity::Warning,
    default: true,
    page: include_str!("many_passes.md"),
    check: Check::Project(check),
};

/// More passes than this are too many.
const PASSES: u64 = 10;

fn check(view: &ProjectView) -> Vec<Finding> {
    let mut found = Vec::new();
    for mixture in view.catalog.mixtures.values() {
        for (id, quota) in planned(view.catalog, mixture) {
            let rows = view
                .catalog
                .datasets
                .get(&id)
                .and_then(|dataset| dataset.published)
                .unwrap_or(0);
            let rows = mixture.cap.map_or(rows, |cap| rows.min(cap));
            if rows > 0 && quota.examples > rows * PASSES {
                let message = format!(
                    "`{}` makes {} examples of the {} rows of `{id}`",
                    mixture.name,
                    text::thousands(quota.examples),
                    text::thousands(rows)
                );
                found.push(Finding::new(mixture.span, message).about(&[&id]));
            }
        }
    }
    found
}
