//! A clause that begins with `Given that` or the like is followed by a new sentence.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT027",
    name: "clause-left-hanging",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("clause_left_hanging.md"),
    check: Check::Template(check),
};

static HANGING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b((?:Given|Assuming|Considering|Because|Since|Although|While|If)(?: that)?) ▢ (?:Therefore|Thus|Hence|So|Consequently|As a result)\b",
    )
});

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    in_prompts(view, &HANGING, |hit| {
        Some(hit.finding(format!("the clause after `{}` is never finished", hit.text())))
    })
}
