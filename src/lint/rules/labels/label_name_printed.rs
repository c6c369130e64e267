//! A prompt prints a label by a name that no person would write.

use crate::catalog::FieldKind;
use crate::diagnostic::Severity;
use crate::lint::view::TemplateView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB013",
    name: "label-name-printed",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("label_name_printed.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let mut found = Vec::new();
    for body in view.prompts() {
        for hole in body.holes().filter(|hole| hole.print.bare) {
            let Some(at) = view.dataset.field(hole.name()) else {
                continue;
            };
            let odd = match &view.dataset.fields[at].kind {
                FieldKind::Choice(labels) => labels.iter().any(|label| odd(&label.name)),
                FieldKind::Index { .. } => true,
                _ => false,
            };
            if odd {
                let message = format!("`{}` prints the name or the number of a label", hole.name());
                found.push(Finding::new(body.place(hole.print.at.clone()), message));
            }
        }
    }
    found
}

/// A name that is written as programs write names.
fn odd(name: &str) -> bool {
    let letters: Vec<char> = name.chars().collect();
    let camel = letters
        .windows(2)
        .any(|pair| pair[0].is_lowercase() && pair[1].is_uppercase());
    name.contains('_') || camel
}
