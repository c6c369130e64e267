//! A space stands before a mark of punctuation.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{HOLE, TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT007",
    name: "space-before-punctuation",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("space_before_punctuation.md"),
    check: Check::Template(check),
};

static SPACED: LazyLock<Regex> = LazyLock::new(|| pattern(r#"[\p{L}\p{N}"”’)\]■]([ \t]+)[?!.,:;](?:\s|$|")"#));

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    in_prompts(view, &SPACED, |hit| {
        // ` ...` marks a gap, and between two values any sign is a separator.
        let between = hit.hole_before().is_some() && hit.after()[1..].trim_start_matches(' ').starts_with(HOLE);
        // French sets its marks off, and a sentence of it may stand in an English prompt.
        let line = hit.before().rsplit('\n').next().unwrap_or_default();
        if line.chars().any(|c| c.is_alphabetic() && !c.is_ascii() && c != HOLE) {
            return None;
        }
        let gap = hit.after().starts_with("..");
        (!between && !gap).then(|| hit.finding("a space stands before this mark").fix_if(hit.replace("")))
    })
}
