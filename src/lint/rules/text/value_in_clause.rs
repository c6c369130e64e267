//! A value stands bare in a clause that goes on after it.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT032",
    name: "value-in-clause",
    group: Group::Text,
    severity: Severity::Note,
    default: true,
    page: include_str!("value_in_clause.md"),
    check: Check::Template(check),
};

static BARE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b((?:Given|Based on|According to|Considering|Assuming)(?: that)?) ▢ (?:Is|Are|Does|Do|Did|Can|Could|Should|Would|Will|Was|Were|What|Which|Who|How|Has|Have)\b",
    )
});

fn check(view: &TemplateView) -> Vec<Finding> {
    if !view.in_english() {
        return Vec::new();
    }
    in_prompts(view, &BARE, |hit| {
        Some(hit.finding(format!("the clause after `{}` has no end", hit.text())))
    })
}
