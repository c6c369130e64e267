//! A word is written twice in a row.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::fix::Fix;
use crate::lint::view::{HOLE, TemplateView, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT020",
    name: "repeated-word",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("repeated_word.md"),
    check: Check::Template(check),
};

static TWO: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b([\p{L}]+)([ \n]+)([\p{L}]+)\b"));

/// Words that may follow themselves.
const TWICE: &[&str] = &[
    "that", "had", "very", "no", "so", "ha", "bye", "yes", "is", "do", "long", "knock", "much", "more", "many", "blah",
];

fn check(view: &TemplateView) -> Vec<Finding> {
    let mut found = Vec::new();
    for body in view.prompts() {
        for way in &body.ways {
            let text = &way.sketch.text;
            let mut from = 0;
            while let Some(captures) = TWO.captures_at(text, from) {
                let (Some(first), Some(second)) = (captures.get(1), captures.get(3)) else {
                    break;
                };
                from = second.start();
                let word = first.as_str();
                let same = word.eq_ignore_ascii_case(second.as_str());
                // `Label label` of two lines is a heading and its text; a capital in the middle is a name.
                let one_line = !captures[2].contains('\n');
                let glued = text[..first.start()].ends_with(['{', '-', '\'', HOLE])
                    || text[second.end()..].starts_with(['-', '\'', HOLE]);
                if same && one_line && !glued && !TWICE.contains(&word.to_lowercase().as_str()) {
                    let span = body.span(&way.sketch, first.start()..second.end());
                    let fix = Fix::in_body(body, way.sketch.origin(first.end()..second.end()), "");
                    found.push(Finding::new(span, format!("`{word}` stands here twice")).fix_if(fix));
                }
            }
        }
    }
    found
}
