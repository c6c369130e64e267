//! More than one input in ten is longer than 1,024 tokens, by an estimate from its words.

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "ROW009",
    name: "long-inputs",
    group: Group::Rows,
    severity: Severity::Note,
    default: true,
    page: include_str!("long_inputs.md"),
    check: Check::Rows(check),
};

/// The most tokens, and how many there are to a word of English.
const MOST: f64 = 1024.0;
const PER_WORD: f64 = 1.3;

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (template, examples) in view.examples() {
        let tokens = |text: &str| (text.split_whitespace().count() as f64 * PER_WORD).max(text.len() as f64 / 6.0);
        let long = examples
            .iter()
            .filter(|(_, example)| tokens(&example.inputs) > MOST)
            .count();
        if long * 10 > examples.len() {
            let message = format!(
                "about {long} of {} are longer than {MOST} tokens",
                text::count(examples.len(), "input")
            );
            found.push(Finding::new(template.input.text.span, message));
        }
    }
    // The same texts are long through every template; one place says it.
    found.truncate(1);
    found
}
