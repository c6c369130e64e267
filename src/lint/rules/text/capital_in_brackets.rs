//! A bracket in the middle of a sentence begins with a capital.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT031",
    name: "capital-in-brackets",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("capital_in_brackets.md"),
    check: Check::Template(check),
};

static CAPITAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"[\p{Ll},▢] \((If|Or|And|But|Else|Otherwise|When|Say|Write|Answer|Return|Note|With|Without)\b")
});

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    in_prompts(view, &CAPITAL, |hit| {
        let small = hit.text().to_lowercase();
        Some(
            hit.finding(format!("`{}` begins a bracket in the middle of a sentence", hit.text()))
                .fix_if(hit.replace(&small)),
        )
    })
}
