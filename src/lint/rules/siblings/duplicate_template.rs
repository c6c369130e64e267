//! Two templates of a dataset say the same, letter for letter.

use crate::diagnostic::Severity;
use crate::lint::view::DatasetView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB001",
    name: "duplicate-template",
    group: Group::Siblings,
    severity: Severity::Error,
    default: true,
    page: include_str!("duplicate_template.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, later) in view.templates.iter().enumerate() {
        let same = view.templates[..at].iter().find(|first| {
            let (a, b) = (first.template, later.template);
            a.input.value == b.input.value && a.target.value == b.target.value && a.when == b.when && a.says == b.says
        });
        if let Some(first) = same {
            found.push(
                Finding::new(
                    later.template.span,
                    format!(
                        "template `{}` says what `{}` says",
                        later.template.name, first.template.name
                    ),
                )
                .related(first.template.span, "the other"),
            );
        }
    }
    found
}
