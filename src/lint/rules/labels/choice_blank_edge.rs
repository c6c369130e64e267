//! The words of a label begin or end in white space.

use crate::diagnostic::Severity;
use crate::lint::view::DatasetView;
use crate::lint::view::polarity::verbalizers;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB027",
    name: "choice-blank-edge",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("choice_blank_edge.md"),
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
    let text = texts.iter().find(|text| text.trim() != **text)?;
    Some(format!("`{text}` begins or ends in white space"))
}
