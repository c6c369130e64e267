//! A label lacks the colon that its neighbours have.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT015",
    name: "label-without-colon",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("label_without_colon.md"),
    check: Check::Template(check),
};

static BARE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^((?:Question|Answer|Context|Passage|Article|Text|Sentence|Premise|Hypothesis|Title|Summary|Paragraph|Document|Review|Claim|Dialogue|Story|Choices|Options)(?: \d)?) ▢",
    )
});
static LABELLED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^\p{Lu}\p{Ll}+(?: \d)?:(?:\s|$)"));

fn check(view: &TemplateView) -> Vec<Finding> {
    in_prompts(view, &BARE, |hit| {
        if !LABELLED.is_match(&hit.sketch.text) {
            return None;
        }
        Some(
            hit.finding(format!("the label `{}` has no colon", hit.text()))
                .fix_if(hit.insert(hit.at.end, ":")),
        )
    })
}
