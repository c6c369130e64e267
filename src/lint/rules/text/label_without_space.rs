//! A label such as `Context:` touches the value after it.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT002",
    name: "label-without-space",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("label_without_space.md"),
    check: Check::Template(check),
};

static TIGHT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:\p{L}|\p{L} ?\d)[)\]]? ?(:)▢"));

fn check(view: &TemplateView) -> Vec<Finding> {
    in_prompts(view, &TIGHT, |hit| {
        // Of two values with a colon between them, as in a time, neither is a label.
        let line = hit.before().rsplit('\n').next().unwrap_or_default();
        if line.ends_with("http") || line.ends_with("https") {
            return None;
        }
        Some(
            hit.finding("no space stands between this colon and the value")
                .fix_if(hit.replace(": ")),
        )
    })
}
