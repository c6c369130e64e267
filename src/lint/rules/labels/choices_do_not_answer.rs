//! A question that is answered by yes or no has choices of another kind.

use crate::diagnostic::Severity;
use crate::lint::view::{End, Sentence, TemplateView, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB014",
    name: "choices-do-not-answer",
    group: Group::Labels,
    severity: Severity::Note,
    default: true,
    page: include_str!("choices_do_not_answer.md"),
    check: Check::Template(check),
};

/// Words that answer a question without naming what it is about.
const ANSWERS: &[&str] = &[
    "yes",
    "no",
    "true",
    "false",
    "maybe",
    "correct",
    "incorrect",
    "right",
    "wrong",
    "possibly",
    "probably",
    "certainly",
    "definitely",
    "never",
    "always",
    "unknown",
    "sure",
    "agree",
    "disagree",
    "neither",
    "it",
    "they",
    "he",
    "she",
    "not",
    "both",
    "he",
    "the",
    "one",
    "i",
    "this",
    "that",
    "we",
];

fn check(view: &TemplateView) -> Vec<Finding> {
    let Some(choices) = view.choices() else {
        return Vec::new();
    };
    if !view.is_forward() || !view.in_english() || !view.answers_a_choice() {
        return Vec::new();
    }
    let answers = choices.iter().any(|choice| {
        words::words(choice)
            .first()
            .is_some_and(|word| ANSWERS.contains(&word.as_str()))
    });
    let way = &view.input.ways[0];
    let text = &way.sketch.text;
    let questions: Vec<&Sentence> = way.sentences.iter().filter(|s| s.end == End::Mark('?')).collect();
    let [question] = questions.as_slice() else {
        return Vec::new();
    };
    let said = &text[question.at.clone()];
    let closed = words::words(words::last_clause(said)).first().is_some_and(|word| {
        matches!(
            word.as_str(),
            "is" | "are" | "was" | "were" | "does" | "do" | "did" | "has" | "have"
        )
    });
    let either = words::words(said)
        .iter()
        .any(|word| matches!(word.as_str(), "or" | "whether" | "which" | "what" | "how"));
    if answers || !closed || either {
        return Vec::new();
    }
    let span = view.input.span(&way.sketch, question.at.clone());
    vec![Finding::new(
        span,
        format!(
            "this is answered by yes or no, and the choices are `{}`",
            choices.join("`, `")
        ),
    )]
}
