//! `manifest.json`: the logical facts of a build. Nothing of the host, of a clock or of a file's name is in it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names how shards are stored; it changes when the bytes of equal content do.
pub const WRITER: &str = "parquet-59-zstd-3";

/// The rows of a dataset that were put aside are counted under this name, and listed in [`QUARANTINE`].
pub const QUARANTINED: &str = "quarantined";
/// Where the rows that were put aside are listed, one a line; only there where some were.
pub const QUARANTINE: &str = "quarantine.jsonl";

/// The facts of a built mixture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    pub version: u32,
    pub mixture: String,
    pub title: String,
    pub edition: String,
    pub writer: String,
    pub seed: u64,
    /// At most so many rows were taken on each side of each dataset: a first look, not the mixture itself.
    pub sample: Option<u64>,
    pub layout: String,
    pub format: String,
    /// A digest over the meaning of every dataset, template and rate that went into the build.
    pub catalog: String,
    /// A digest over the content digests of all shards.
    pub content: String,
    /// What the mixture says beside its datasets: cap, size, passes, options, shots and so on.
    pub settings: serde_json::Value,
    /// Names held out of training: clusters, families or datasets.
    pub hold_out: Vec<String>,
    /// For each cluster that occurs, those it overlaps.
    pub overlaps: BTreeMap<String, BTreeSet<String>>,
    pub datasets: BTreeMap<String, DatasetFacts>,
    pub shards: Vec<ShardFacts>,
    /// SHA-256 of `order.parquet`, where shards are of one dataset each and that file has the order of the mixture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// One dataset of a build: what it is, and what became of every row that was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatasetFacts {
    pub title: String,
    pub family: String,
    pub clusters: Vec<String>,
    /// What kind of task it is; its first cluster where it does not say.
    #[serde(default)]
    pub task: String,
    pub license: Option<String>,
    pub cite: Option<String>,
    pub metrics: Vec<String>,
    pub stop: Vec<String>,
    #[serde(default)]
    pub languages: Vec<String>,
    /// The fields that say which content a row has; none: all of them.
    #[serde(default)]
    pub key: Vec<String>,
    /// A digest over what the dataset declares of its rows, its sources apart.
    #[serde(default)]
    pub declaration: String,
    /// A digest over what each template of the mixture says, by its name.
    #[serde(default)]
    pub template_digests: BTreeMap<String, String>,
    /// Of each source split that was read: a digest over the set of its rows, kept or not.
    #[serde(default)]
    pub rows_digests: BTreeMap<String, String>,
    /// `trained`, `evaluated`, `trained and evaluated`, or why it is in neither.
    pub part: String,
    /// Rows read; the counts of `rows` add up to it.
    pub read: u64,
    /// Rows by what became of them; named drops as `filtered NAME`.
    pub rows: BTreeMap<String, u64>,
    /// Rows, or references of rows, that may be trained on: after reserve and cap.
    pub kept: u64,
    pub rate: f64,
    pub share: f64,
    /// Examples of the training split that the rates ask for, and that it has.
    pub quota: u64,
    /// How many more its rate asks for than its rows may give in the passes that are allowed.
    #[serde(default)]
    pub short: u64,
    pub achieved: u64,
    pub achieved_share: f64,
    /// Examples by split of the build.
    pub examples: BTreeMap<String, u64>,
    /// Examples of the training split by template.
    pub templates: BTreeMap<String, u64>,
    /// A digest over the examples of each split, whatever shard they are in.
    pub content: BTreeMap<String, String>,
}

/// One shard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShardFacts {
    pub file: String,
    pub split: String,
    pub rows: u64,
    pub bytes: u64,
    pub content: String,
    pub sha256: String,
}

impl Manifest {
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest is plain data");
        text.push('\n');
        text
    }
}
