//! A field is declared, and nothing reads it.

use std::collections::BTreeSet;

use crate::catalog::{FieldKind, IndexOf, Keyed};
use crate::diagnostic::Severity;
use crate::jinja;
use crate::lint::view::{DatasetView, TemplateView};
use crate::lint::{Check, Finding, Group, Rule};

pub static RULE: Rule = Rule {
    code: "LAB001",
    name: "unused-field",
    group: Group::Labels,
    severity: Severity::Warning,
    default: true,
    page: include_str!("unused_field.md"),
    check: Check::Dataset(check),
};

fn check(view: &DatasetView) -> Vec<Finding> {
    let dataset = view.dataset;
    if view.templates.is_empty() {
        return Vec::new();
    }
    let mut used: BTreeSet<usize> = dataset.key.iter().chain(&dataset.group).copied().collect();
    // A `key` that nobody wrote is all fields, and says nothing of use.
    if dataset.key.len() == dataset.fields.len() {
        used = dataset.group.iter().copied().collect();
    }
    if let Some(answer) = &dataset.answer {
        used.insert(answer.field);
        used.extend(answer.options);
    }
    for field in &dataset.fields {
        if let FieldKind::Index { of, keyed, .. } = &field.kind {
            match of {
                IndexOf::Fields(fields) => used.extend(fields),
                IndexOf::List(list) => {
                    used.insert(*list);
                }
            }
            if let Some(Keyed::List(list)) = keyed {
                used.insert(*list);
            }
        }
    }
    let conditions = dataset
        .drops
        .iter()
        .map(|drop| &drop.when)
        .chain(view.templates.iter().filter_map(|t| t.template.when.as_ref()));
    let mut names: BTreeSet<String> = BTreeSet::new();
    for condition in conditions {
        names.extend(
            jinja::names_in_condition(condition)
                .into_iter()
                .flatten()
                .map(|found| found.name),
        );
    }
    for body in view.templates.iter().flat_map(TemplateView::bodies) {
        names.extend(
            jinja::names_in_body(&body.text.value)
                .into_iter()
                .flatten()
                .map(|found| found.name),
        );
    }
    let unused = dataset
        .fields
        .iter()
        .enumerate()
        .filter(|(at, field)| !used.contains(at) && !names.contains(&field.name));
    unused
        .map(|(_, field)| Finding::new(field.span, format!("nothing reads the field `{}`", field.name)))
        .collect()
}
