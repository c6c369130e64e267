//! The right answer is the longest option far more often than chance would have it.

use crate::catalog::FieldKind;
use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "ROW014",
    name: "right-is-longest",
    group: Group::Rows,
    severity: Severity::Note,
    default: true,
    page: include_str!("right_is_longest.md"),
    check: Check::Rows(check),
};

fn check(view: &RowsView) -> Vec<Finding> {
    let dataset = view.view.dataset;
    let Some(answer) = &dataset.answer else {
        return Vec::new();
    };
    let field = &dataset.fields[answer.field];
    if !matches!(field.kind, FieldKind::Index { .. }) {
        return Vec::new();
    }
    let Some((_, examples)) = view.examples().find(|(template, _)| template.is_forward()) else {
        return Vec::new();
    };
    let (mut longest, mut all, mut chance, mut spread) = (0, 0, 0.0, 0.0);
    for (_, example) in &examples {
        let (Some(gold), Some(options)) = (example.answer_index, &example.options) else {
            continue;
        };
        let lengths: Vec<usize> = options.iter().map(|option| option.chars().count()).collect();
        let Some(own) = lengths.get(gold) else { continue };
        let p = 1.0 / options.len() as f64;
        longest += usize::from(
            lengths
                .iter()
                .enumerate()
                .all(|(at, length)| at == gold || length < own),
        );
        all += 1;
        chance += p;
        spread += p * (1.0 - p);
    }
    if (longest as f64) < chance + 4.0 * f64::sqrt(spread) || all < 16 {
        return Vec::new();
    }
    vec![Finding::new(
        field.span,
        format!("the right answer is the longest option in {longest} of {all} rows"),
    )]
}
