//! What a model has learned from, as `trained.json` beside it says: a trainer writes it, and who evaluates the model reads
//! what it has seen, though the build be gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::manifest::{DatasetFacts, Manifest};

/// The file, in the directory of a run.
pub const TRAINED: &str = "trained.json";

/// What a model was trained on: the facts of the manifest that say who a dataset is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    pub mixture: String,
    /// The digest over all shards of the build.
    pub content: String,
    /// For each cluster those it overlaps.
    #[serde(default)]
    pub overlaps: BTreeMap<String, BTreeSet<String>>,
    pub datasets: BTreeMap<String, TrainedOn>,
    /// Mixtures that the weights it began with had been trained on, and of which nothing is known.
    #[serde(default)]
    pub unknown: Vec<String>,
}

/// One dataset that a model was trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainedOn {
    #[serde(default)]
    pub clusters: Vec<String>,
    #[serde(default)]
    pub family: String,
    /// Digests over its rows or examples, by split.
    #[serde(default)]
    pub rows_digests: BTreeMap<String, String>,
    #[serde(default)]
    pub content: BTreeMap<String, String>,
}

impl Trained {
    /// The datasets of a manifest that gave examples to its training split.
    pub fn of(manifest: &Manifest) -> Self {
        let trained = manifest.datasets.iter().filter(|(_, facts)| facts.is_learned_from());
        Self {
            mixture: manifest.mixture.clone(),
            content: manifest.content.clone(),
            overlaps: manifest.overlaps.clone(),
            datasets: trained.map(|(id, facts)| (id.clone(), TrainedOn::of(facts))).collect(),
            unknown: Vec::new(),
        }
    }
}

impl TrainedOn {
    fn of(facts: &DatasetFacts) -> Self {
        Self {
            clusters: facts.clusters.clone(),
            family: facts.family.clone(),
            rows_digests: facts.rows_digests.clone(),
            content: facts.content.clone(),
        }
    }
}

/// The directories that may say how a model came to be: its own, and for a checkpoint that of its run.
pub fn folders_of_model(model: &Path) -> impl Iterator<Item = &Path> {
    let checkpoints = model.parent().filter(|parent| parent.ends_with("checkpoints"));
    [Some(model), checkpoints.and_then(Path::parent)].into_iter().flatten()
}
