//! The words of one label begin those of another.

use crate::diagnostic::Severity;
use crate::lint::view::DatasetView;
use crate::lint::view::polarity::verbalizers;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB006",
    name: "choice-is-prefix",
    group: Group::Labels,
    severity: Severity::Note,
    default: true,
    page: include_str!("choice_is_prefix.md"),
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
    let begins = |a: &str, b: &str| {
        let rest = b.strip_prefix(a).unwrap_or_default();
        !a.is_empty() && rest.starts_with(|c: char| !c.is_alphanumeric())
    };
    texts.iter().find_map(|long| {
        let short = texts.iter().find(|short| begins(short, long))?;
        Some(format!("`{long}` begins with `{short}`"))
    })
}
