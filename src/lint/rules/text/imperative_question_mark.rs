//! An instruction ends in a question mark.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::fix::Fix;
use crate::lint::view::{End, HOLE, Sketch, TemplateView, pattern, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT016",
    name: "imperative-question-mark",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("imperative_question_mark.md"),
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
            // A small letter goes on with the line before.
            if said.starts_with(char::is_lowercase) && sentence.begins_line && sentence.at.start > 0 {
                continue;
            }
            // A question within it keeps its mark: `Read it: is it so?`, `Decide whether ..; which is it?`
            let inner = said.contains([':', ';', ',', '?', '—']) && asks_within(said);
            let quoted = said.ends_with(['"', '\''])
                || said.trim_end_matches('?').ends_with(HOLE) && ends_in_question(&way.sketch, sentence.at.end);
            if sentence.end != End::Mark('?') || !words::is_instruction(telling(said)) || inner || quoted {
                continue;
            }
            // `Name the place?` may be a noun: words that are both are taken for verbs only before a determiner.
            let telling = telling(said);
            let second = words::words(telling).get(1).cloned().unwrap_or_default();
            if !matches!(
                second.as_str(),
                "this"
                    | "the"
                    | "a"
                    | "an"
                    | "it"
                    | "these"
                    | "that"
                    | "to"
                    | "following"
                    | "each"
                    | "how"
                    | "whether"
                    | "if"
                    | "your"
                    | "all"
                    | "which"
                    | "me"
                    | "us"
                    | "why"
                    | "what"
            ) && !telling[..]
                .split_whitespace()
                .nth(1)
                .is_some_and(|word| word.contains(HOLE) || word.starts_with('"'))
            {
                continue;
            }
            let end = sentence.at.end;
            let span = view.input.span(&way.sketch, end - 1..end);
            let fix = Fix::in_body(&view.input, way.sketch.origin(end - 1..end), ".").map(Fix::unsafely);
            found.push(Finding::new(span, "this instruction ends in a question mark").fix_if(fix));
        }
    }
    found
}

/// Whether a clause of a sentence is a question.
fn asks_within(said: &str) -> bool {
    said.split([':', ';', ',', '?', '—']).skip(1).any(words::is_question)
}

/// Whether the value before the mark is a question by its name, so that the mark is its own.
fn ends_in_question(sketch: &Sketch, end: usize) -> bool {
    sketch
        .hole_before(end - 1)
        .is_some_and(|hole| words::names_question(hole.name()))
}

/// What a sentence tells, after a `please` and after a clause as `Given the text,`.
fn telling(said: &str) -> &str {
    static INTRO: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:(?:Given|Based|Using|After|From|With|Considering|Next|Then|Now|Finally|First)\b[^,:.?!]*, )?(?:[Pp]lease,? )?",
        )
    });
    INTRO.find(said).map_or(said, |intro| &said[intro.end()..])
}
