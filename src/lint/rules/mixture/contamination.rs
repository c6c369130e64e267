//! A stretch of thirteen words stands in a row that is trained on and in one that is tested.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash as _, Hasher as _};

use crate::catalog;
use crate::diagnostic::Severity;
use crate::lint::rows::RowsView;
use crate::lint::view::{ProjectView, words};
use crate::lint::{Check, Finding, Group, Rule};
use crate::text;

pub static RULE: Rule = Rule {
    code: "MIX002",
    name: "contamination",
    group: Group::Mixture,
    severity: Severity::Warning,
    default: true,
    page: include_str!("contamination.md"),
    check: Check::AllRows(check),
};

/// So many words in a row.
const WORDS: usize = 13;

fn check(view: &ProjectView, rows: &[RowsView]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut stretches: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for dataset in rows {
        stretches.insert(&dataset.view.dataset.id, of(dataset));
    }
    let mut seen = BTreeSet::new();
    for mixture in view.catalog.mixtures.values() {
        let selection = catalog::selection(view.catalog, mixture);
        for tested in &selection.evaluated {
            for trained in &selection.trained {
                let (Some(a), Some(b)) = (stretches.get(tested.as_str()), stretches.get(trained.as_str())) else {
                    continue;
                };
                let families = [tested, trained].map(|id| view.catalog.datasets.get(id).map(|dataset| &dataset.family));
                let shared = a.intersection(b).count();
                if shared == 0 || families[0] == families[1] || !seen.insert((tested.clone(), trained.clone())) {
                    continue;
                }
                if let Some(dataset) = view.catalog.datasets.get(trained) {
                    let message = format!(
                        "`{}` trains on `{trained}`, which shares {} of {WORDS} words with `{tested}`",
                        mixture.name,
                        text::count(shared, "stretch")
                    );
                    found.push(
                        Finding::new(dataset.span, message.replace("stretchs", "stretches")).about(&[tested, trained]),
                    );
                }
            }
        }
    }
    found
}

/// Every stretch of the texts of a dataset's rows, by a number; template words are not in it.
fn of(rows: &RowsView) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    for field in 0..rows.view.dataset.fields.len() {
        for (_, text) in rows.texts(field) {
            for stretch in words::words(text).windows(WORDS) {
                let mut hasher = std::hash::DefaultHasher::new();
                stretch.hash(&mut hasher);
                found.insert(hasher.finish());
            }
        }
    }
    found
}
