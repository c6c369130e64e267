//! A text stands in the rows of two datasets that are of different families.

use std::collections::BTreeMap;

use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::view::{ProjectView, words};
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "MIX003",
    name: "rows-in-two-datasets",
    group: Group::Mixture,
    severity: Severity::Warning,
    default: true,
    page: include_str!("rows_in_two_datasets.md"),
    check: Check::AllRows(check),
};

/// A text of fewer words may stand anywhere.
const WORDS: usize = 10;

fn check(_: &ProjectView, rows: &[RowsView]) -> Vec<Finding> {
    let mut first: BTreeMap<Vec<String>, &RowsView> = BTreeMap::new();
    let mut shared: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut found = Vec::new();
    for dataset in rows {
        for field in 0..dataset.view.dataset.fields.len() {
            for (_, text) in dataset.texts(field) {
                let words = words::words(text);
                if words.len() < WORDS {
                    continue;
                }
                let other = *first.entry(words).or_insert(dataset);
                if other.view.dataset.family != dataset.view.dataset.family {
                    *shared
                        .entry((&other.view.dataset.id, &dataset.view.dataset.id))
                        .or_default() += 1;
                }
            }
        }
    }
    for ((one, two), count) in shared {
        if let Some(view) = rows.iter().find(|rows| rows.view.dataset.id == two) {
            let message = format!(
                "`{two}` has {} in its rows that `{one}` has, too",
                text::count(count, "text")
            );
            found.push(Finding::new(view.view.dataset.span, message).about(&[one, two]));
        }
    }
    found
}
