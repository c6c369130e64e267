//! A prompt asks for a sentence, and the targets are the rest of one.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::view::{in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ROW025",
    name: "not-a-sentence",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("not_a_sentence.md"),
    check: Check::Rows(check),
};

static NEXT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b((?:write|compose|generate|what is) the (?:next|last|following|final) sentence|what happens next)\b",
    )
});

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (template, examples) in view.examples().filter(|(template, _)| template.in_english()) {
        let rest = examples
            .iter()
            .filter(|(_, example)| example.targets.starts_with(char::is_lowercase))
            .count();
        if rest * 2 > examples.len() {
            let message = format!("{rest} of {} targets begin in the middle of a sentence", examples.len());
            found.extend(in_prompts(template, &NEXT, |hit| Some(hit.finding(message.clone()))));
        }
    }
    found
}
