//! A verbalizer says the opposite of its label's name.

use crate::catalog::FieldKind;
use crate::diagnostic::Severity;
use crate::lint::view::{DatasetView, polarity};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB002",
    name: "verbalizer-order",
    group: Group::Labels,
    severity: Severity::Error,
    default: true,
    page: include_str!("verbalizer_order.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    let mut found = Vec::new();
    for field in &view.dataset.fields {
        let labels: Vec<&str> = match &field.kind {
            FieldKind::Choice(labels) => labels.iter().map(|label| label.name.as_str()).collect(),
            FieldKind::Bool => vec!["false", "true"],
            _ => continue,
        };
        for (at, (set, texts)) in field.says.iter().enumerate() {
            let said: Vec<&str> = texts.iter().map(String::as_str).collect();
            // A set with a name of its own may be of the opposite question: `Is it faulty?`
            let merged = said.iter().enumerate().any(|(at, text)| said[..at].contains(text));
            if at > 0 && (merged || polarity::reversed(&labels, &said)) {
                continue;
            }
            let wrong = labels
                .iter()
                .zip(texts)
                .find(|(label, text)| polarity::contradict(label, text));
            if let Some((label, text)) = wrong {
                let message = format!("set `{set}` says `{text}` for the label `{label}`");
                found.push(Finding::new(field.span, message).help("the texts stand in the order of the labels"));
            }
        }
    }
    found
}
