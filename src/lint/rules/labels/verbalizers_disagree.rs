//! Two verbalizer sets of a field say opposite things of one label.

use crate::diagnostic::Severity;
use crate::lint::view::{DatasetView, polarity};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB003",
    name: "verbalizers-disagree",
    group: Group::Labels,
    severity: Severity::Error,
    default: true,
    page: include_str!("verbalizers_disagree.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    let mut found = Vec::new();
    for field in &view.dataset.fields {
        for (at, (name, texts)) in field.says.iter().enumerate() {
            for (first, others) in &field.says[..at] {
                let (a, b): (Vec<&str>, Vec<&str>) = (
                    others.iter().map(String::as_str).collect(),
                    texts.iter().map(String::as_str).collect(),
                );
                // A set that says one thing of two labels asks something else.
                let merged = |texts: &[&str]| texts.iter().enumerate().any(|(at, text)| texts[..at].contains(text));
                if merged(&a) || merged(&b) || polarity::reversed(&a, &b) {
                    continue;
                }
                let pair = others.iter().zip(texts).find(|(a, b)| polarity::contradict(a, b));
                if let Some((a, b)) = pair {
                    let message = format!("set `{name}` says `{b}` where set `{first}` says `{a}`");
                    found.push(Finding::new(field.span, message));
                }
            }
        }
    }
    found.truncate(1);
    found
}
