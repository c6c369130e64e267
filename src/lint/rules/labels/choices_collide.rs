//! Two labels are said in the same words.

use crate::diagnostic::Severity;
use crate::lint::view::DatasetView;
use crate::lint::view::polarity::verbalizers;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB004",
    name: "choices-collide",
    group: Group::Labels,
    severity: Severity::Error,
    default: true,
    page: include_str!("choices_collide.md"),
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
    let pair = texts
        .iter()
        .enumerate()
        .find(|(at, text)| texts[..*at].contains(text))?;
    Some(format!("`{}` stands for two labels", pair.1))
}
