//! The right answer stands in one position far more often than chance would put it there.

use std::collections::BTreeMap;

use crate::catalog::FieldKind;
use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ROW013",
    name: "position-skewed",
    group: Group::Rows,
    severity: Severity::Note,
    default: true,
    page: include_str!("position_skewed.md"),
    check: Check::Rows(check),
};

fn check(view: &RowsView) -> Vec<Finding> {
    let dataset = view.view.dataset;
    let Some(answer) = &dataset.answer else {
        return Vec::new();
    };
    let field = &dataset.fields[answer.field];
    // Labels have no positions of their own, and shares of labels are a fact about the task.
    if !matches!(field.kind, FieldKind::Index { .. }) {
        return Vec::new();
    }
    let Some((_, examples)) = view.examples().find(|(template, _)| template.is_forward()) else {
        return Vec::new();
    };
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let (mut all, mut chance, mut spread) = (0, 0.0, 0.0);
    for (_, example) in &examples {
        let (Some(gold), Some(options)) = (example.answer_index, &example.options) else {
            continue;
        };
        let p = 1.0 / options.len().max(1) as f64;
        *counts.entry(gold).or_default() += 1;
        all += 1;
        chance += p;
        spread += p * (1.0 - p);
    }
    let Some((position, most)) = counts
        .into_iter()
        .max_by_key(|(position, count)| (*count, std::cmp::Reverse(*position)))
    else {
        return Vec::new();
    };
    // Four deviations: one dataset in ten thousand by chance.
    if (most as f64) < chance + 4.0 * f64::sqrt(spread) || all < 16 {
        return Vec::new();
    }
    vec![Finding::new(
        field.span,
        format!("option {} is right in {most} of {all} rows", position + 1),
    )]
}
