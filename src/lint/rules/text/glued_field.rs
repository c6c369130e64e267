//! A value touches a word, with no space or line break between them.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::fix::Fix;
use crate::lint::view::{HOLE, OPTIONS, TemplateView, in_bodies, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT001",
    name: "glued-field",
    group: Group::Text,
    severity: Severity::Error,
    default: true,
    page: include_str!("glued_field.md"),
    check: Check::Template(check),
};

static GLUED: LazyLock<Regex> = LazyLock::new(|| pattern(r"([\p{L}\p{N}]+■|■[\p{L}]+)"));

/// What may stand right after a value and belong to its word.
const ENDINGS: &[&str] = &[
    "s", "es", "d", "ed", "ing", "er", "ers", "ly", "th", "st", "nd", "rd", "x", "n", "t", "px", "km", "cm", "kg",
];

/// What may stand right before a value and belong to its word.
const BEGINNINGS: &[&str] = &[
    "un", "re", "non", "anti", "pre", "sub", "super", "v", "p", "C", "Q", "A", "S", "r", "u", "X",
];

fn check(view: &TemplateView) -> Vec<Finding> {
    in_bodies(view, &GLUED, |hit| {
        let marks = [HOLE, OPTIONS];
        let text = hit.text();
        let word = text.trim_matches(marks);
        let after = text.starts_with(marks);
        // What is computed may bring its space with it.
        let hole = hit.sketch.holes.iter().find(|hole| {
            hole.at
                == if after {
                    hit.at.start
                } else {
                    hit.at.end - HOLE.len_utf8()
                }
        })?;
        if hit.body.text.value[hole.print.expr.clone()].contains(['[', '(', '~', '+']) {
            return None;
        }
        let known = if after { ENDINGS } else { BEGINNINGS };
        // A lone letter after a value is the business of `lost-escape`, or an ending. Digits before one are a number.
        if known.contains(&word) || word.chars().all(|c| c.is_numeric()) || word.chars().count() == 1 {
            return None;
        }
        let join = if after {
            hit.at.start + HOLE.len_utf8()
        } else {
            hit.at.end - HOLE.len_utf8()
        };
        let fix = hit.insert(join, " ").map(Fix::unsafely);
        let message = if after {
            format!("`{word}` touches the value before it")
        } else {
            format!("`{word}` touches the value after it")
        };
        Some(
            hit.finding(message)
                .help("a space or a line break is missing between them")
                .fix_if(fix),
        )
    })
}
