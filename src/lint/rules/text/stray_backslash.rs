//! A backslash stands before a space or at the end of a line.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::fix::Fix;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT004",
    name: "stray-backslash",
    group: Group::Text,
    severity: Severity::Error,
    default: true,
    page: include_str!("stray_backslash.md"),
    check: Check::Template(check),
};

static STRAY: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(\\)(?:\s|["']|$)"#));

fn check(view: &TemplateView) -> Vec<Finding> {
    in_prompts(view, &STRAY, |hit| {
        Some(
            hit.finding("a stray backslash is printed")
                .fix_if(hit.replace("").map(Fix::unsafely)),
        )
    })
}
