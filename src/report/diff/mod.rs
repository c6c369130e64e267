//! Two built directories: which examples came, went and changed, and what in the two builds made them.
//!
//! A first pass over the shards keeps some 32 bytes of each example of the datasets that differ; a second one reads the
//! texts of the few that are shown. docs/review.md says how causes are found, and when none can be.

mod cause;
mod index;
mod inputs;
mod pairing;
mod settings;
mod shown;
mod words;

use std::collections::BTreeMap;
use std::path::Path;

pub use cause::Cause;
pub use inputs::DatasetInputs;
pub use pairing::Change;
pub use settings::Setting;
pub use shown::{Shown, Side};
pub use words::{Mark, lines, words};

use crate::select::{Kind, Select, Subject};
use crate::shard::{self, Manifest};

use super::subject::subject;

/// What two builds differ in.
#[derive(Debug, serde::Serialize)]
pub struct Difference {
    /// No selected example differs and, where everything is selected, neither do order, settings and facts.
    pub equal: bool,
    pub old: Built,
    pub new: Built,
    /// What the builds were asked for, as far as it differs.
    pub settings: Vec<Setting>,
    /// How the builds are stored, as far as it differs; it makes no build unequal.
    pub storage: Vec<Setting>,
    /// What went into the datasets that differ.
    pub datasets: Vec<DatasetInputs>,
    /// Selected examples that are in both builds and the same.
    pub same: u64,
    pub added: u64,
    pub removed: u64,
    pub changed: u64,
    /// Whether both builds have the same examples in another order. `None` where the examples differ.
    pub reordered: Option<bool>,
    pub counts: Vec<Count>,
    pub examples: Vec<Shown>,
}

/// One of the two builds.
#[derive(Debug, serde::Serialize)]
pub struct Built {
    pub directory: String,
    pub mixture: String,
    pub edition: String,
    pub seed: u64,
    pub content: String,
    /// Examples of all splits, selected or not.
    pub examples: u64,
}

/// How many examples differ in one way.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Count {
    pub cause: Cause,
    /// Where the cause is unknown: those that it can be.
    pub candidates: Vec<Cause>,
    pub change: Change,
    pub split: String,
    pub dataset: String,
    /// Of a changed example, the new one.
    pub template: String,
    pub examples: u64,
}

/// Compares two builds, showing up to `examples` of each cause.
pub fn diff(old: &Path, new: &Path, words: &[String], examples: usize) -> anyhow::Result<Difference> {
    let select = Select::parse(words, Kind::BUILD)?;
    let manifests = [shard::manifest(old)?, shard::manifest(new)?];
    let [before, after] = &manifests;
    before.holds_texts(old)?;
    after.holds_texts(new)?;
    let mut names = index::Names::default();
    let skip = |id: &str| same_dataset(before, after, id);
    let one = index::read(old, before, &mut names, &skip)?;
    let other = index::read(new, after, &mut names, &skip)?;

    let places = names.places();
    let subjects: Vec<Subject> = places
        .iter()
        .map(|place| {
            let manifest = if after.datasets.contains_key(&place.dataset) {
                after
            } else {
                before
            };
            subject(manifest, &place.dataset, &place.template, &place.role, &place.split)
        })
        .collect();
    // Two builds without examples have nothing to select from, and are as equal as can be.
    let chosen = if subjects.is_empty() {
        Vec::new()
    } else {
        select
            .choose(&subjects)?
            .map_err(|nothing| anyhow::anyhow!(nothing.0))?
    };
    let wanted = index::Wanted::new(&places, &chosen);

    let files = inputs::Files::read(old, new);
    let (settings, storage) = settings::compare(before, after);
    let all = inputs::of_all(before, after, &files);
    let mut found = pairing::Found::new(examples);
    for dataset in 0..names.datasets() {
        let id = names.dataset(dataset);
        let judge = cause::Judge::new(before, after, id, all.get(id));
        let sides = [one.entries(dataset), other.entries(dataset)];
        pairing::pair(sides, &names, dataset, &judge, &wanted, &mut found);
    }
    found.same += other.skipped(&wanted);

    let differing = found.added + found.removed + found.changed;
    let reordered = (differing == 0 && select.is_everything()).then(|| one.order != other.order);
    let facts_differ = select.is_everything() && (!settings.is_empty() || all.values().any(DatasetInputs::differs));
    let examples = shown::read([old, new], &manifests, &mut names, found.shown())?;
    let with_changes: std::collections::BTreeSet<&str> = found.counts.keys().map(|key| key.dataset.as_str()).collect();
    let datasets = all
        .into_iter()
        .filter(|(id, inputs)| with_changes.contains(id.as_str()) || (select.is_everything() && inputs.differs()))
        .map(|(_, inputs)| inputs)
        .collect();
    Ok(Difference {
        equal: differing == 0 && reordered != Some(true) && !facts_differ,
        old: built(old, before),
        new: built(new, after),
        settings,
        storage,
        datasets,
        same: found.same,
        added: found.added,
        removed: found.removed,
        changed: found.changed,
        reordered,
        counts: found
            .counts
            .into_iter()
            .map(|(key, examples)| key.count(examples))
            .collect(),
        examples,
    })
}

fn built(directory: &Path, manifest: &Manifest) -> Built {
    Built {
        directory: directory.display().to_string(),
        mixture: manifest.mixture.clone(),
        edition: manifest.edition.clone(),
        seed: manifest.seed,
        content: manifest.content.clone(),
        examples: manifest.shards.iter().map(|shard| shard.examples()).sum(),
    }
}

/// Whether the manifests say that all examples of a dataset are the same. Where they cannot (another number of shards
/// divides the digests otherwise), its examples are compared.
fn same_dataset(old: &Manifest, new: &Manifest, id: &str) -> bool {
    let contents = |manifest: &Manifest| -> Option<BTreeMap<String, String>> {
        manifest.datasets.get(id).map(|facts| facts.content.clone())
    };
    match (contents(old), contents(new)) {
        (Some(one), Some(other)) => !one.is_empty() && one == other,
        _ => false,
    }
}
