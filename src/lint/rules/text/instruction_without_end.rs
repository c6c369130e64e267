//! An instruction stands on its line without a full stop or a colon.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{End, TemplateView, pattern, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT014",
    name: "instruction-without-end",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("instruction_without_end.md"),
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
            if words::is_heading(said) {
                continue;
            }
            let tells = words::is_instruction(said) || words::is_instruction(words::last_clause(said)) || opens(said);
            let ends = match sentence.end {
                End::Bare => true,
                // A value in quotes, or one that says which language or word is meant, does not end a sentence.
                End::Hole => said.ends_with('"') || named(said),
                End::Mark(_) => false,
            };
            if tells && ends && sentence.ends_line && words::words(said).len() >= 2 {
                let end = sentence.at.end;
                let start = text[..end].char_indices().next_back().map_or(end, |(at, _)| at);
                let span = view.input.span(&way.sketch, start..end);
                found.push(Finding::new(span, "this instruction ends without a mark"));
            }
        }
    }
    found
}

/// A clause that opens what the next line holds.
fn opens(said: &str) -> bool {
    let first = words::words(said);
    matches!(
        first.first().map(String::as_str),
        Some("given" | "based" | "considering")
    )
}

/// Whether the value at the end of a sentence is the object of its last preposition.
fn named(said: &str) -> bool {
    static OF: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:to|in|into|from|using|as|with|the|is|\w+ly)\s+▢$"));
    OF.is_match(said)
}
