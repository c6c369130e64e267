//! A question has no question mark.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{End, HOLE, Sentence, TemplateView, pattern, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT013",
    name: "question-without-mark",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("question_without_mark.md"),
    check: Check::Template(check),
};

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for way in &view.input.ways {
        for sentence in &way.sentences {
            if let Some(at) = unmarked(&way.sketch.text, sentence) {
                let span = view.input.span(&way.sketch, at);
                found.push(Finding::new(span, "this question has no question mark"));
            }
        }
    }
    found
}

/// Words after which `Yes or no?` and the like begin, with the question before them.
static CHOICES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"[▢"'”)]\s+((?:Yes|No|True|False|Always|Never|Correct|Incorrect|Maybe|Entailment)\b[^.!?]*\?)"#)
});

/// Where a question ends that has no mark.
fn unmarked(text: &str, sentence: &Sentence) -> Option<Range<usize>> {
    let said = &text[sentence.at.clone()];
    if words::is_heading(said) {
        return None;
    }
    // What stands in quotes is somebody else's sentence, and one that is no more than a heading asks nothing.
    if !sentence.begins_line && text[..sentence.at.start].trim_end().ends_with([':', '"']) {
        return None;
    }
    let clause = words::last_clause(said);
    let asks = words::is_question(said) || words::is_question(clause);
    if !asks || words::words(said).len() < 3 {
        return None;
    }
    // A question may run over lines, and end in its mark there.
    let rest = text[sentence.at.end..].split("\n\n").next().unwrap_or_default();
    let goes_on = sentence.ends_line && rest.trim_start_matches('\n').contains('?');
    if goes_on {
        return None;
    }
    match sentence.end {
        End::Mark('?') => {
            let captures = CHOICES.captures(said)?;
            let choice = captures.get(1)?;
            let before = &said[..choice.start()];
            let marked = before.contains('?') || before.contains(',') || before.contains(':') || before.contains(';');
            let asks = words::is_question(before) || words::is_question(words::last_clause(before));
            (!marked && asks).then(|| sentence.at.start..sentence.at.start + before.trim_end().len())
        }
        // A question that ends in a value may end in the value's own mark.
        End::Hole => {
            let name_asks = said.ends_with(HOLE);
            let quoted = said.ends_with('"');
            ((!name_asks && quoted) || (name_asks && words::words(said).len() > 3 && inverted(said)))
                .then(|| last(sentence, text))
        }
        End::Bare => sentence.ends_line.then(|| last(sentence, text)),
        End::Mark(_) => None,
    }
}

/// A value ends a clause such as `does it follow that ▢`, which no value completes with a question mark.
fn inverted(said: &str) -> bool {
    static THAT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:that|whether|if)\s+▢$"));
    THAT.is_match(said)
}

/// The last character of a sentence.
fn last(sentence: &Sentence, text: &str) -> Range<usize> {
    let end = sentence.at.end;
    let start = text[..end].char_indices().next_back().map_or(end, |(at, _)| at);
    start..end
}
