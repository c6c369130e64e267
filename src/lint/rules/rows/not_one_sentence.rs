//! A prompt asks for one sentence, and targets have several.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::view::{in_prompts, pattern, sentences};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ROW024",
    name: "not-one-sentence",
    group: Group::Rows,
    severity: Severity::Warning,
    default: true,
    page: include_str!("not_one_sentence.md"),
    check: Check::Rows(check),
};

static ONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b((?:in|with|write) (?:one|a single|just one) (?:\w+ )?sentence|one-sentence|single-sentence)\b")
});

fn check(view: &RowsView) -> Vec<Finding> {
    let mut found = Vec::new();
    for (template, examples) in view.examples() {
        let several = examples
            .iter()
            .filter(|(_, example)| sentences(&example.targets).len() > 1)
            .count();
        if several * 10 > examples.len() * 3 {
            let message = format!("{several} of {} targets have more than one sentence", examples.len());
            found.extend(in_prompts(template, &ONE, |hit| Some(hit.finding(message.clone()))));
        }
    }
    found
}
