//! A prompt prescribes a form that the target does not have.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{BodyView, TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "TXT030",
    name: "format-not-followed",
    group: Group::Text,
    severity: Severity::Warning,
    default: true,
    page: include_str!("format_not_followed.md"),
    check: Check::Template(check),
};

static FORM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:format|form|template|this way)\b[^\n]{0,20}:\s*\n+([A-Za-z]+: ?)(?:\.\.\.|…|<|\[|_)")
});

fn check(view: &TemplateView) -> Vec<Finding> {
    in_prompts(view, &FORM, |hit| {
        let label = hit.text().trim().to_lowercase();
        let begins = |body: &BodyView| {
            body.ways
                .iter()
                .all(|way| way.sketch.text.trim_start().to_lowercase().starts_with(&label))
        };
        // An input that ends in the label leaves the rest to the target.
        let led = view.input.sketch().text.trim_end().to_lowercase().ends_with(&label);
        (!begins(&view.target) && !led)
            .then(|| hit.finding(format!("the target does not begin with `{}`", hit.text().trim())))
    })
}
