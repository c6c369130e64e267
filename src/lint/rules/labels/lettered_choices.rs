//! A prompt letters or numbers the choices, and the target is the bare words.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern, words};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB016",
    name: "lettered-choices",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("lettered_choices.md"),
    check: Check::Template(check),
};

static LETTERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[\s(\[])\(?([A-Ea-e1-5])[).:] ?(\p{L}+)"));

fn check(view: &TemplateView) -> Vec<Finding> {
    let Some(choices) = view.choices() else {
        return Vec::new();
    };
    if !view.is_forward() || !view.answers_a_choice() {
        return Vec::new();
    }
    let mut count = 0;
    let found = in_prompts(view, &LETTERED, |hit| {
        let said = words::words(hit.captures.get(2)?.as_str());
        let is = choices.iter().any(|choice| {
            let choice = words::words(choice);
            !choice.is_empty() && said.first() == choice.first()
        });
        is.then(|| hit.finding("the choices are lettered here, and the target is the words alone"))
    });
    for finding in &found {
        count += usize::from(finding.fix.is_none());
    }
    // One may be chance; it takes a row of them.
    if count >= 2 {
        found.into_iter().take(1).collect()
    } else {
        Vec::new()
    }
}
