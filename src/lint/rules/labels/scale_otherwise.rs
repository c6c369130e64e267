//! A prompt announces another scale than its choices have.

use std::sync::LazyLock;

use regex::Regex;

use crate::diagnostic::Severity;
use crate::lint::view::{DatasetView, TemplateView, pattern};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB015",
    name: "scale-otherwise",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("scale_otherwise.md"),
    check: Check::Dataset(check),
};

static SCALE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:from|between|scale of|scale:?|score of|rating of|number)\s+(\d+)\s*(?:to|and|-|–|through)\s*(\d+)|\b(\d+) being the (?:lowest|worst|least)\b.{0,20}?(\d+)",
    )
});

/// A scale that a prompt announces.
struct Announced {
    from: i64,
    to: i64,
    finding: Finding,
}

fn check(view: &DatasetView) -> Vec<Finding> {
    let mut all: Vec<Announced> = Vec::new();
    for template in &view.templates {
        all.extend(announced(template));
    }
    let Some((least, most)) = choices(view).or_else(|| usual(&all)) else {
        return Vec::new();
    };
    let of = &view.dataset.id;
    all.into_iter()
        // Two numbers far from the scale are about something else.
        .filter(|scale| (scale.from - least).abs() <= 1 && (scale.to - most).abs() <= 1)
        .filter(|scale| (scale.from, scale.to) != (least, most))
        .map(|mut scale| {
            scale.finding.diagnostic.message = format!(
                "the scale of `{of}` goes from {least} to {most}, and not from {} to {}",
                scale.from, scale.to
            );
            scale.finding
        })
        .collect()
}

fn announced(template: &TemplateView) -> Vec<Announced> {
    let sketch = template.input.sketch();
    let found = SCALE.captures_iter(&sketch.text).filter_map(|captures| {
        let number = |a: usize, b: usize| captures.get(a).or(captures.get(b))?.as_str().parse().ok();
        let span = template.input.span(sketch, captures.get(0)?.range());
        Some(Announced {
            from: number(1, 3)?,
            to: number(2, 4)?,
            finding: Finding::new(span, ""),
        })
    });
    found.collect()
}

/// The scale of the choices, where they are numbers.
fn choices(view: &DatasetView) -> Option<(i64, i64)> {
    let choices = view.templates.first()?.choices()?;
    let numbers: Vec<i64> = choices
        .iter()
        .map(|choice| choice.trim().parse().ok())
        .collect::<Option<_>>()?;
    Some((*numbers.iter().min()?, *numbers.iter().max()?))
}

/// The scale that most prompts of a dataset announce.
fn usual(all: &[Announced]) -> Option<(i64, i64)> {
    let count = |scale: (i64, i64)| all.iter().filter(|other| (other.from, other.to) == scale).count();
    let (scale, most) = all
        .iter()
        .map(|one| ((one.from, one.to), count((one.from, one.to))))
        .max_by_key(|(scale, count)| (*count, *scale))?;
    (most >= 2 && most * 2 > all.len()).then_some(scale)
}
