//! One label is said in several times as many words as another.

use crate::diagnostic::Severity;
use crate::lint::view::polarity::verbalizers;
use crate::lint::view::{DatasetView, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB007",
    name: "choices-skewed",
    group: Group::Labels,
    severity: Severity::Note,
    default: true,
    page: include_str!("choices_skewed.md"),
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
    let count = |text: &&&str| words::words(text).len();
    let (long, short) = (texts.iter().max_by_key(count)?, texts.iter().min_by_key(count)?);
    let (most, least) = (count(&long), count(&short).max(1));
    (most >= 5 && most >= least * 4).then(|| format!("`{long}` has {most} words, and `{short}` {least}"))
}
