//! Two templates have the same input and other targets.

use crate::diagnostic::Severity;
use crate::lint::view::DatasetView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB002",
    name: "conflicting-targets",
    group: Group::Siblings,
    severity: Severity::Warning,
    default: true,
    page: include_str!("conflicting_targets.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, later) in view.templates.iter().enumerate() {
        let same = view.templates[..at].iter().find(|first| {
            let (a, b) = (first.template, later.template);
            let shown = ["options", "choices", "answer"]
                .iter()
                .any(|name| later.input.prints(name));
            let differ = a.target.value != b.target.value || (a.says != b.says && !shown);
            // Guards send rows to one or the other.
            a.input.value == b.input.value && differ && later.competes_with(first)
        });
        if let Some(first) = same {
            let message = format!(
                "the input of `{}` is that of `{}`, and its target is another",
                later.template.name, first.template.name
            );
            found.push(Finding::new(later.template.span, message).related(first.template.span, "the other"));
        }
    }
    found
}
