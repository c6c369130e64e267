//! Two labels differ in case or punctuation alone.

use crate::diagnostic::Severity;
use crate::lint::view::polarity::verbalizers;
use crate::lint::view::{DatasetView, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB005",
    name: "choices-differ-in-case",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("choices_differ_in_case.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    let mut found = Vec::new();
    for field in &view.dataset.fields {
        for (set, texts) in verbalizers(field) {
            if let Some(message) = judge(&texts) {
                found.push(Finding::new(field.span, format!("set `{set}`: {message}")));
            }
        }
    }
    found
}

fn judge(texts: &[&str]) -> Option<String> {
    texts.iter().enumerate().find_map(|(at, text)| {
        let own = words::words(text);
        let other = texts[..at]
            .iter()
            .find(|other| **other != *text && !own.is_empty() && words::words(other) == own)?;
        Some(format!("`{other}` and `{text}` differ in case or punctuation alone"))
    })
}
