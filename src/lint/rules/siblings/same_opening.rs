//! Most templates of a dataset begin with the same words.

use crate::diagnostic::Severity;
use crate::lint::view::{DatasetView, HOLE, OPTIONS, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB011",
    name: "same-opening",
    group: Group::Siblings,
    severity: Severity::Note,
    default: true,
    page: include_str!("same_opening.md"),
    check: Check::Dataset(check),
};

/// So many templates there have to be, and so many words alike.
const TEMPLATES: usize = 5;
const WORDS: usize = 3;

fn check(view: &DatasetView) -> Vec<Finding> {
    let openings: Vec<Vec<String>> = view
        .templates
        .iter()
        .map(|template| {
            let text = &template.input.sketch().text;
            let fixed = text.split([HOLE, OPTIONS]).next().unwrap_or_default();
            words::words(fixed).into_iter().take(WORDS).collect()
        })
        .collect();
    if openings.len() < TEMPLATES {
        return Vec::new();
    }
    for (at, opening) in openings.iter().enumerate() {
        let alike = openings.iter().filter(|other| *other == opening).count();
        if opening.len() == WORDS && alike * 2 > openings.len() {
            let message = format!(
                "{alike} of {} templates begin with \"{}\"",
                openings.len(),
                opening.join(" ")
            );
            return vec![Finding::new(view.templates[at].template.span, message)];
        }
    }
    Vec::new()
}
