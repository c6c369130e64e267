//! Words that say yes and words that say no: how labels are compared with what is said of them.

use super::words::words;
use crate::catalog::{Field, FieldKind};

const YES: &[&str] = &[
    "yes",
    "true",
    "entailment",
    "entailed",
    "entails",
    "positive",
    "correct",
    "acceptable",
    "right",
    "good",
    "equivalent",
    "same",
    "duplicate",
    "duplicates",
    "paraphrase",
    "answerable",
    "grammatical",
    "supports",
    "supported",
    "agree",
    "great",
    "guaranteed",
    "always",
];
const NO: &[&str] = &[
    "no",
    "false",
    "contradiction",
    "contradicted",
    "contradicts",
    "negative",
    "incorrect",
    "unacceptable",
    "wrong",
    "bad",
    "inequivalent",
    "different",
    "unanswerable",
    "ungrammatical",
    "refutes",
    "refuted",
    "disagree",
    "terrible",
    "impossible",
    "never",
    "distinct",
];
const BETWEEN: &[&str] = &[
    "neutral",
    "maybe",
    "neither",
    "unknown",
    "unclear",
    "inconclusive",
    "sometimes",
    "undetermined",
    "unsure",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pole {
    Yes,
    No,
    Between,
}

/// What a label or its words say, where that is plain.
fn pole(text: &str) -> Option<Pole> {
    let words = words(&text.replace(['_', '-'], " "));
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let of = |word: &str| {
        if YES.contains(&word) {
            Some(Pole::Yes)
        } else if NO.contains(&word) {
            Some(Pole::No)
        } else if BETWEEN.contains(&word) {
            Some(Pole::Between)
        } else {
            None
        }
    };
    match words.len() {
        1 => of(word(0)),
        2 if matches!(word(0), "not" | "non" | "no") => match of(word(1))? {
            Pole::Yes => Some(Pole::No),
            // What is not wrong need not be right.
            _ => None,
        },
        _ => None,
    }
}

/// Whether two texts are plainly of opposite or other meaning.
pub fn contradict(a: &str, b: &str) -> bool {
    match (pole(a), pole(b)) {
        (Some(a), Some(b)) => a != b,
        _ => false,
    }
}

/// Whether two rows of texts say yes and no the other way round throughout: another question, and no slip.
pub fn reversed(a: &[&str], b: &[&str]) -> bool {
    let poles = |texts: &[&str]| texts.iter().map(|text| pole(text)).collect::<Option<Vec<_>>>();
    let (Some(a), Some(b)) = (poles(a), poles(b)) else {
        return false;
    };
    a.iter().zip(&b).all(|pair| {
        matches!(
            pair,
            (Pole::Yes, Pole::No) | (Pole::No, Pole::Yes) | (Pole::Between, Pole::Between)
        )
    })
}

/// The verbalizer sets of a field with its label names, where it has labels.
pub fn verbalizers(field: &Field) -> Vec<(&str, Vec<&str>)> {
    let said = field.says.iter();
    let mut sets: Vec<(&str, Vec<&str>)> = said
        .map(|(name, texts)| (name.as_str(), texts.iter().map(String::as_str).collect()))
        .collect();
    if let (FieldKind::Choice(labels), true) = (&field.kind, sets.is_empty()) {
        sets.push(("label names", labels.iter().map(|label| label.name.as_str()).collect()));
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposites_contradict_and_strangers_do_not() {
        assert!(
            contradict("entailment", "No") && contradict("not_entailment", "yes") && contradict("neutral", "False")
        );
        assert!(!contradict("entailment", "Yes") && !contradict("positive", "great film") && !contradict("a", "no"));
    }
}
