//! Two template sets have the same prompt, letter for letter.

use crate::diagnostic::Severity;
use crate::lint::view::{ProjectView, TemplateView, words};
use crate::lint::{Check, Finding, Group, Rule};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    code: "MIX011",
    name: "prompt-in-two-sets",
    group: Group::Mixture,
    severity: Severity::Note,
    default: true,
    page: include_str!("prompt_in_two_sets.md"),
    check: Check::Project(check),
};

/// Of fewer words, two prompts are alike by chance.
const WORDS: usize = 5;

fn check(view: &ProjectView) -> Vec<Finding> {
    let mut first: BTreeMap<&str, &TemplateView> = BTreeMap::new();
    let mut found = Vec::new();
    for template in view.datasets.iter().flat_map(|dataset| &dataset.templates) {
        let text = template.template.input.value.as_str();
        if words::words(&template.input.sketch().text).len() < WORDS {
            continue;
        }
        let other = *first.entry(text).or_insert(template);
        if other.template.set != template.template.set {
            let message = format!("set `{}` has this prompt, too", other.template.set);
            found.push(
                Finding::new(template.template.span, message)
                    .related(other.template.span, "there")
                    .about(&[&template.dataset.id, &other.dataset.id]),
            );
        }
    }
    found
}
