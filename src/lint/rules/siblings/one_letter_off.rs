//! A word is one letter away from a word that the fields or the sibling templates use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{DatasetView, in_prompts, pattern, words};
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
            let near = vocabulary.iter().find(|other| slip(&word, other))?;
            Some(hit.finding(format!(
                "`{word}` is one letter away from `{near}`, which the dataset uses"
            )))
        }));
    }
    found
}

/// Whether a word is another with one letter too many or too few, or two exchanged, and not a form of it.
fn slip(word: &str, other: &str) -> bool {
    let (long, short) = if word.len() > other.len() {
        (word, other)
    } else {
        (other, word)
    };
    // A form of a word has another end, and a negation another beginning.
    let form = long.starts_with(short) || long.ends_with(short);
    let ends = |text: &str| text[text.len().saturating_sub(2)..].to_string();
    if form || !word.is_ascii() || !other.is_ascii() || ends(word) != ends(other) {
        return false;
    }
    match long.len() - short.len() {
        1 => (0..long.len())
            .any(|at| long[..at] == short[..at.min(short.len())] && long[at + 1..] == short[at.min(short.len())..]),
        0 => {
            let differ: Vec<usize> = (0..word.len())
                .filter(|at| word.as_bytes()[*at] != other.as_bytes()[*at])
                .collect();
            matches!(differ.as_slice(), [a, b] if *b == a + 1 && word.as_bytes()[*a] == other.as_bytes()[*b] && word.as_bytes()[*b] == other.as_bytes()[*a])
        }
        _ => false,
    }
}
