//! A question ends in a full stop.

use crate::diagnostic::Severity;
use crate::lint::fix::Fix;
use crate::lint::view::{End, TemplateView, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT026",
    name: "question-with-full-stop",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("question_with_full_stop.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for way in &view.input.ways {
        let text = &way.sketch.text;
        for sentence in &way.sentences {
            let said = &text[sentence.at.clone()];
            // A small letter goes on with what stands before.
            if sentence.at.start > 0 && said.trim_start_matches(['"', ' ']).starts_with(char::is_lowercase) {
                continue;
            }
            if sentence.end != End::Mark('.')
                || said.contains("..")
                || said.contains('?')
                || !said.ends_with('.')
                || !asks(said)
            {
                continue;
            }
            let end = sentence.at.end;
            let span = view.input.span(&way.sketch, end - 1..end);
            let fix = Fix::in_body(&view.input, way.sketch.origin(end - 1..end), "?").map(Fix::unsafely);
            found.push(Finding::new(span, "this question ends in a full stop").fix_if(fix));
        }
    }
    found
}

/// Whether a sentence is a question by the order of its words: a verb before its subject.
fn asks(said: &str) -> bool {
    if !words::is_question(said) {
        return false;
    }
    let words = words::words(said);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let verb = |word: &str| {
        matches!(
            word,
            "is" | "are"
                | "was"
                | "were"
                | "does"
                | "do"
                | "did"
                | "can"
                | "could"
                | "would"
                | "will"
                | "should"
                | "has"
                | "have"
        )
    };
    match word(0) {
        "what" | "how" | "why" | "who" | "where" | "which" => {
            // `What is said here is true` has a second verb.
            let copula = matches!(word(1), "is" | "are" | "was" | "were");
            verb(word(1)) && !(copula && (said.contains(',') || words.iter().skip(2).any(|word| verb(word))))
                || (word(0) == "how" && verb(word(2)) && matches!(word(1), "much" | "many" | "well"))
        }
        "do" => matches!(word(1), "you" | "we" | "they"),
        "is" | "are" | "was" | "were" | "does" | "did" | "can" | "could" | "would" | "should" => {
            matches!(
                word(1),
                "the"
                    | "this"
                    | "that"
                    | "it"
                    | "there"
                    | "these"
                    | "those"
                    | "we"
                    | "you"
                    | "he"
                    | "she"
                    | "they"
                    | "i"
                    | "a"
                    | "an"
            )
        }
        _ => false,
    }
}
