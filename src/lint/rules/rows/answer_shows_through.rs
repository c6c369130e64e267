//! On nearly every row the input shows the right label and not the others, outside the options.

use std::ops::Range;

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::view::words;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ROW001",
    name: "answer-shows-through",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("answer_shows_through.md"),
    check: Check::Rows(check),
};

/// So many examples there have to be.
const LEAST: usize = 8;

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (template, examples) in view.examples() {
        let Some(choices) = template.choices() else { continue };
        if !template.is_forward() || !template.target.prints("answer") {
            continue;
        }
        let shows = |inputs: &str, choice: &str| contains_words(inputs, choice);
        let leaks = examples.iter().filter(|(_, example)| {
            let inputs = outside_options(&example.inputs, example.options_span.clone());
            let Some(gold) = example.answer_index.and_then(|gold| choices.get(gold)) else {
                return false;
            };
            shows(&inputs, gold) && !choices.iter().any(|other| other != gold && shows(&inputs, other))
        });
        let leaks = leaks.count();
        if examples.len() >= LEAST && leaks * 10 >= examples.len() * 9 {
            let message = format!(
                "in {leaks} of {} examples the input has the right label's word in it, and no other",
                examples.len()
            );
            found.push(Finding::new(template.input.text.span, message));
        }
    }
    found
}

fn outside_options(inputs: &str, options: Option<Range<usize>>) -> String {
    match options {
        Some(span) => format!("{} {}", &inputs[..span.start], &inputs[span.end..]),
        None => inputs.to_string(),
    }
}

fn contains_words(text: &str, wanted: &str) -> bool {
    let (text, wanted) = (words::words(text), words::words(wanted));
    !wanted.is_empty() && text.windows(wanted.len()).any(|window| window == wanted)
}
