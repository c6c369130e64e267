//! A prompt announces one thing, and another value follows.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern, words};
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
    pattern(
        r#"(?i)\b((?:this|the|following|the following) (\p{L}+)(?: below)?(?: [^▢▤.?!\n]{0,30})?)([:,]?)\s{0,2}"?▢"#,
    )
});

/// Names of short texts, which are no passage.
const SHORT: &[&str] = &[
    "hypothesis",
    "question",
    "query",
    "claim",
    "word",
    "title",
    "statement",
    "conclusion",
];
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
        let noun = hit.captures.get(2)?.as_str().to_lowercase();
        let colon = hit.captures.get(3)?.as_str() == ":";
        let below = hit.text().to_lowercase().contains("below");
        let direct = words::words(hit.text()).len()
            <= 2 + usize::from(below) + usize::from(hit.text().to_lowercase().starts_with("the following"));
        let first = hit.sketch.holes.iter().find(|hole| hole.at >= whole.start())?;
        let after = |kind: &[&str]| {
            hit.sketch
                .holes
                .iter()
                .any(|hole| hole.at > first.at && is(hole.name(), kind))
        };
        let long = [
            "passage",
            "paragraph",
            "article",
            "context",
            "story",
            "document",
            "text",
        ]
        .contains(&noun.as_str());
        let wrong = (long && (below || direct) && colon | below && is(first.name(), SHORT) && after(LONG))
            || (noun == "question" && direct && is(first.name(), LONG) && after(&["question", "query"]));
        let message = format!("`{}` follows where {noun} is announced", first.name());
        wrong.then(|| hit.finding(message))
    })
}

fn is(name: &str, kind: &[&str]) -> bool {
    name.split(|c: char| !c.is_alphabetic())
        .any(|part| kind.contains(&part))
}
