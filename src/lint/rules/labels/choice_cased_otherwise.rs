//! A prompt names the choices with other capitals than the answers have.

use crate::diagnostic::Severity;
use crate::lint::view::TemplateView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB009",
    name: "choice-cased-otherwise",
    group: Group::Labels,
    severity: Severity::Note,
    default: true,
    page: include_str!("choice_cased_otherwise.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    let Some(choices) = view.choices() else {
        return Vec::new();
    };
    if !view.answers_a_choice() || choices.iter().any(|choice| choice.trim().is_empty()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for way in &view.input.ways {
        let text = &way.sketch.text;
        let lower = text.to_lowercase();
        // All of them, near each other: single words may stand anywhere.
        if lower.len() != text.len() {
            continue;
        }
        let places: Vec<Option<usize>> = choices
            .iter()
            .map(|choice| last_word(&lower, &choice.to_lowercase()))
            .collect();
        let Some(places) = places.into_iter().collect::<Option<Vec<usize>>>() else {
            continue;
        };
        let otherwise: Vec<bool> = places
            .iter()
            .zip(&choices)
            .map(|(at, choice)| text[*at..*at + choice.len()] != **choice)
            .collect();
        let (first, last) = (
            places.iter().min().copied().unwrap_or(0),
            places.iter().max().copied().unwrap_or(0),
        );
        let near = last - first < 40 * choices.len();
        // The first of a row may begin a sentence.
        let shouted = places
            .iter()
            .zip(&choices)
            .all(|(at, choice)| text[*at..*at + choice.len()].chars().all(|c| !c.is_lowercase()) && choice.len() > 1);
        if near && !shouted && otherwise.iter().all(|other| *other) {
            let span = view.input.span(&way.sketch, first..first + 1);
            found.push(Finding::new(
                span,
                format!("the answer is `{}`, with other capitals than here", choices[0]),
            ));
        }
    }
    found
}

/// The last place where a text stands as a word.
fn last_word(text: &str, word: &str) -> Option<usize> {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.rmatch_indices(word)
        .map(|(at, _)| at)
        .find(|at| edge(text[..*at].chars().next_back()) && edge(text[at + word.len()..].chars().next()))
}
