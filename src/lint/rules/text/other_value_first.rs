//! A prompt announces one thing, and another value follows.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT025",
    name: "other-value-first",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("other_value_first.md"),
    check: Check::Template(check),
};

static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)\b((?:this|the following|following) (\p{L}+)|(?:the|this) (\p{L}+) below)(:?)\s{0,2}"?▢"#)
});

/// Names of short texts, which are no passage.
const SHORT: &[&str] = &["hypothesis", "question", "query", "claim", "word", "conclusion"];
/// Names of long texts, which are no question.
const LONG: &[&str] = &[
    "passage",
    "paragraph",
    "article",
    "context",
    "story",
    "document",
    "background",
    "premise",
    "text",
    "body",
];

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    in_prompts(view, &ANNOUNCED, |hit| {
        let whole = hit.captures.get(0)?;
        let below = hit.captures.get(3);
        let noun = hit.captures.get(2).or(below)?.as_str().to_lowercase();
        let first = hit.sketch.hole_before(whole.end())?;
        let after = |kind: &[&str]| {
            hit.sketch
                .holes
                .iter()
                .any(|hole| hole.at > first.at && is(hole.name(), kind))
        };
        let long = matches!(
            noun.as_str(),
            "passage" | "paragraph" | "article" | "context" | "story" | "document" | "text"
        );
        let wrong = (long && is(first.name(), SHORT) && after(LONG))
            || (noun == "question" && is(first.name(), LONG) && after(&["question", "query"]));
        let message = format!("`{}` follows where {noun} is announced", first.name());
        wrong.then(|| hit.finding(message))
    })
}

fn is(name: &str, kind: &[&str]) -> bool {
    name.split(|c: char| !c.is_alphabetic())
        .any(|part| kind.contains(&part))
}
