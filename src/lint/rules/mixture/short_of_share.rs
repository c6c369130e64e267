//! A dataset cannot give a mixture its share, by the rows that its publishers count.

use crate::diagnostic::Severity;
use crate::lint::view::{ProjectView, planned};
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "MIX007",
    name: "short-of-share",
    group: Group::Mixture,
    severity: Severity::Note,
    default: true,
    page: include_str!("short_of_share.md"),
    check: Check::Project(check),
};

fn check(view: &ProjectView) -> Vec<Finding> {
    let mut found = Vec::new();
    for mixture in view.catalog.mixtures.values() {
        for (id, quota) in planned(view.catalog, mixture) {
            let wanted = quota.examples + quota.short;
            if quota.short * 2 > wanted {
                let message = format!(
                    "`{id}` gives `{}` {} of {} examples",
                    mixture.name,
                    text::thousands(quota.examples),
                    text::thousands(wanted)
                );
                found.push(Finding::new(mixture.span, message).about(&[&id]));
            }
        }
    }
    found
}
