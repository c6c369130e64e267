//! A prompt announces another scale than its choices have.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{TemplateView, in_prompts, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB015",
    name: "scale-otherwise",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("scale_otherwise.md"),
    check: Check::Template(check),
};

static SCALE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)(?:from|between|scale of|scale:?|score of|rating of|number)\s+(\d+)\s*(?:to|and|-|–|through)\s*(\d+)")
});

fn check(view: &TemplateView) -> Vec<Finding> {
    let dataset = view.dataset;
    // Of templates that print no answer, what the others of the dataset say is the scale.
    let Some(choices) = view.choices() else {
        return Vec::new();
    };
    let numbers: Option<Vec<i64>> = choices.iter().map(|choice| choice.trim().parse().ok()).collect();
    let Some(numbers) = numbers else { return Vec::new() };
    let (Some(least), Some(most)) = (numbers.iter().min(), numbers.iter().max()) else {
        return Vec::new();
    };
    let of = &dataset.id;
    in_prompts(view, &SCALE, |hit| {
        let from: i64 = hit.text().parse().ok()?;
        let to: i64 = hit.captures.get(2)?.as_str().parse().ok()?;
        // Two numbers far from the scale are about something else.
        let about = (from - least).abs() <= 1 && (to - most).abs() <= 1;
        (about && (from != *least || to != *most))
            .then(|| hit.finding(format!("the choices of `{of}` go from {least} to {most}")))
    })
}
