//! Which datasets and templates a mixture trains on, and which it holds out.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{BudgetUnit, Catalog, Dataset, Mixture, Selector, Template};

/// The datasets of a mixture, each in exactly one of the three.
#[derive(Debug, Default, PartialEq)]
pub struct Selection {
    pub trained: BTreeSet<String>,
    /// Held out and evaluated.
    pub evaluated: BTreeSet<String>,
    /// Neither: too close to what is held out.
    pub left_out: BTreeMap<String, HeldOut>,
}

/// Why a dataset is neither trained on nor evaluated.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldOut {
    /// Its cluster overlaps the held-out one.
    Overlap { cluster: String, with: String },
    /// It shares a cluster with a dataset that is held out as part of another cluster.
    Shared { cluster: String, with: String },
    /// Another dataset of its family is held out.
    Family { family: String },
}

/// Divides the datasets of a catalog as a mixture says (FLAN, section 2.2 and its exclusions).
///
/// What is held out: the datasets of a held-out cluster, family or name. Left out of training too: datasets of a
/// cluster that overlaps a held-out cluster (overlap is not transitive); those of any other cluster that a dataset of a
/// held-out cluster belongs to, since it is unseen only where none of its clusters is seen; and the rest of every family
/// touched.
pub fn selection(catalog: &Catalog, mixture: &Mixture) -> Selection {
    let mut selection = Selection::default();
    let chosen: Vec<&Dataset> = catalog.datasets.values().filter(|d| chooses(mixture, d)).collect();
    for dataset in &chosen {
        if holds_out(mixture, dataset) {
            selection.evaluated.insert(dataset.id.clone());
        }
    }
    let held_families: BTreeSet<&str> = catalog
        .datasets
        .values()
        .filter(|d| holds_out(mixture, d))
        .map(|d| d.family.as_str())
        .collect();
    for dataset in chosen {
        if selection.evaluated.contains(&dataset.id) {
            continue;
        }
        if let Some(held) = too_close(catalog, mixture, dataset, &held_families) {
            selection.left_out.insert(dataset.id.clone(), held);
        } else {
            selection.trained.insert(dataset.id.clone());
        }
    }
    selection
}

fn holds_out(mixture: &Mixture, dataset: &Dataset) -> bool {
    let named = |name: &String| [&dataset.family, &dataset.task, &dataset.id].contains(&name);
    mixture
        .hold_out
        .iter()
        .any(|name| dataset.clusters.contains(name) || named(name))
}

fn too_close(
    catalog: &Catalog,
    mixture: &Mixture,
    dataset: &Dataset,
    held_families: &BTreeSet<&str>,
) -> Option<HeldOut> {
    if held_families.contains(dataset.family.as_str()) {
        return Some(HeldOut::Family {
            family: dataset.family.clone(),
        });
    }
    for held in &mixture.hold_out {
        let Some(cluster) = catalog.clusters.get(held) else {
            continue;
        };
        if let Some(own) = dataset.clusters.iter().find(|own| cluster.overlaps.contains(*own)) {
            return Some(HeldOut::Overlap {
                cluster: own.clone(),
                with: held.clone(),
            });
        }
        for other in catalog.datasets.values().filter(|other| other.clusters.contains(held)) {
            if let Some(own) = dataset.clusters.iter().find(|own| other.clusters.contains(own)) {
                return Some(HeldOut::Shared {
                    cluster: own.clone(),
                    with: other.id.clone(),
                });
            }
        }
    }
    None
}

/// Whether a mixture includes a dataset at all. A selector of templates (`role`, `template`) includes every dataset
/// and chooses among their templates.
fn chooses(mixture: &Mixture, dataset: &Dataset) -> bool {
    let dataset_level: Vec<&Selector> = mixture.include.iter().filter(|s| !of_templates(s)).collect();
    (dataset_level.is_empty() || dataset_level.iter().any(|s| matches(s, dataset)))
        && !mixture.exclude.iter().any(|s| !of_templates(s) && matches(s, dataset))
}

fn of_templates(selector: &Selector) -> bool {
    matches!(selector, Selector::Role(_) | Selector::Template(_))
}

fn matches(selector: &Selector, dataset: &Dataset) -> bool {
    match selector {
        Selector::All => true,
        Selector::Cluster(name) => dataset.clusters.contains(name),
        Selector::Dataset(name) => dataset.id == *name,
        Selector::Family(name) => dataset.family == *name,
        Selector::Task(name) => dataset.task == *name,
        Selector::Language(name) => dataset.languages.contains(name),
        Selector::License(name) => dataset.license.as_ref().is_some_and(|l| l.name == *name),
        Selector::Role(_) | Selector::Template(_) => false,
    }
}

impl Mixture {
    /// Whether a mixture uses a template of a dataset that it has chosen.
    pub fn uses(&self, template: &Template) -> bool {
        let picks = |selector: &Selector| match selector {
            Selector::Role(role) => template.role == *role,
            Selector::Template(name) => template.goes_by(name),
            _ => false,
        };
        let mut included = self.include.iter().filter(|s| of_templates(s)).peekable();
        (included.peek().is_none() || included.any(picks)) && !self.exclude.iter().any(picks)
    }

    /// The mixture with a budget that can be counted: where no tokenizer is given, one in tokens gives way to the one that
    /// stands in for it. `None` where none does.
    pub fn counted(&self, with_tokenizer: bool) -> Option<Self> {
        let mut mixture = self.clone();
        if let Some(shots) = &mut mixture.shots
            && let Some((_, BudgetUnit::Tokens)) = shots.budget
            && !with_tokenizer
        {
            shots.budget = Some(shots.otherwise?);
        }
        Some(mixture)
    }
}

impl Template {
    /// Whether a selector means it: by its name, or by `SET/NAME`.
    pub fn goes_by(&self, name: &str) -> bool {
        self.name == name || name.split_once('/') == Some((self.set.as_str(), self.name.as_str()))
    }
}
