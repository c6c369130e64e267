//! Some labels of a set begin with a capital, and some do not.

use crate::diagnostic::Severity;
use crate::lint::view::DatasetView;
use crate::lint::view::polarity::verbalizers;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB008",
    name: "choices-mixed-case",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("choices_mixed_case.md"),
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
    let first = |text: &&str| text.chars().next().filter(|c| c.is_alphabetic());
    let begins: Vec<char> = texts.iter().filter_map(first).collect();
    let upper = begins.iter().filter(|c| c.is_uppercase()).count();
    (upper > 0 && upper < begins.len() && begins.len() == texts.len()).then(|| {
        let small = texts
            .iter()
            .find(|text| first(text).is_some_and(char::is_lowercase))
            .unwrap_or(&"");
        let large = texts
            .iter()
            .find(|text| first(text).is_some_and(char::is_uppercase))
            .unwrap_or(&"");
        format!("`{large}` begins with a capital and `{small}` does not")
    })
}
