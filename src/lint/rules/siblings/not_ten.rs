//! A dataset has templates, and not ten of them.

use crate::diagnostic::Severity;
use crate::lint::view::DatasetView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "SIB006",
    name: "not-ten",
    group: Group::Siblings,
    severity: Severity::Note,
    default: false,
    page: include_str!("not_ten.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    match view.templates.len() {
        0 | 10 => Vec::new(),
        count => vec![Finding::new(
            view.dataset.span,
            format!("`{}` has {}", view.dataset.id, text::count(count, "template")),
        )],
    }
}
