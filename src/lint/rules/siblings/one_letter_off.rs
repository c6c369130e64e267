//! A word is one letter away from a word that the fields or the sibling templates use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{DatasetView, in_prompts, pattern, vocabulary, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "SIB012",
    name: "one-letter-off",
    group: Group::Siblings,
    severity: Severity::Warning,
    default: true,
    page: include_str!("one_letter_off.md"),
    check: Check::Dataset(check),
};

/// Shorter words are one letter apart by chance.
const LETTERS: usize = 7;

static WORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|[^\p{L}\p{N}_@#/.'’▢▤])(\p{Ll}{7,})(?:[^\p{L}\p{N}_'’▢▤]|$)"));

fn check(view: &DatasetView) -> Vec<Finding> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut own: BTreeSet<String> = BTreeSet::new();
    let names = view
        .dataset
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .chain([view.dataset.title.as_str(), &view.dataset.id]);
    for name in names {
        own.extend(words::words(&name.replace('_', " ")));
    }
    for template in &view.templates {
        let said: BTreeSet<String> = template
            .prompts()
            .flat_map(|body| words::words(&body.sketch().text))
            .collect();
        for word in said {
            *known.entry(word).or_default() += 1;
        }
    }
    let certain = |word: &String| own.contains(word) || known.get(word).is_some_and(|count| *count > 1);
    let vocabulary: Vec<&String> = own
        .iter()
        .chain(known.keys().filter(|word| certain(word)))
        .filter(|word| word.len() >= LETTERS)
        .collect();
    let mut found = Vec::new();
    for template in view.templates.iter().filter(|template| template.in_english()) {
        found.extend(in_prompts(template, &WORD, |hit| {
            let word = hit.text().to_string();
            if certain(&word) {
                return None;
            }
            let near = vocabulary.iter().find(|other| vocabulary::slip(&word, other))?;
            Some(hit.finding(format!(
                "`{word}` is one letter away from `{near}`, which the dataset uses"
            )))
        }));
    }
    found
}
