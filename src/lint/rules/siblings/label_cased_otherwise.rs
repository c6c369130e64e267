//! A label is written with other capitals than in a sibling.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::diagnostic::Span;
use crate::lint::view::{DatasetView, TemplateView, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB010",
    name: "label-cased-otherwise",
    group: Group::Siblings,
    severity: Severity::Note,
    default: true,
    page: include_str!("label_cased_otherwise.md"),
    check: Check::Dataset(check),
};

static LABEL: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^(\p{L}+(?: \p{L}+){0,3})(?::|$)"));

fn check(view: &DatasetView) -> Vec<Finding> {
    let labels: Vec<Vec<(String, Span)>> = view.templates.iter().map(labels).collect();
    let all = || labels.iter().flatten();
    let mut found = Vec::new();
    for (label, span) in all() {
        let lower = label.to_lowercase();
        let alike = |other: &str| all().filter(|(text, _)| text == other).count();
        let others = all().filter(|(text, _)| text != label && text.to_lowercase() == lower);
        // What stands more often is how it is written; of as many, what has fewer capitals.
        let better = others.max_by_key(|(text, _)| (alike(text), std::cmp::Reverse(capitals(text))));
        let Some((other, place)) = better else { continue };
        if (alike(other), std::cmp::Reverse(capitals(other))) > (alike(label), std::cmp::Reverse(capitals(label))) {
            found.push(Finding::new(*span, format!("`{label}` is `{other}` elsewhere")).related(*place, "here"));
        }
    }
    found
}

fn capitals(text: &str) -> usize {
    text.chars().filter(|c| c.is_uppercase()).count()
}

/// Labels of two words or more: one word begins with a capital or does not by where it stands.
fn labels(template: &TemplateView) -> Vec<(String, Span)> {
    let sketch = template.input.sketch();
    let found = LABEL.captures_iter(&sketch.text).filter_map(|captures| {
        let label = captures.get(1)?;
        let several = label.as_str().contains(' ') && label.as_str().to_uppercase() != label.as_str();
        several.then(|| (label.as_str().to_string(), template.input.span(sketch, label.range())))
    });
    found.collect()
}
