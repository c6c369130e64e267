//! `manifest.json`: the logical facts of a build. Nothing of the host, of a clock or of a file's name is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::ensure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::format::Written;
use crate::digest::hex;

/// Names how shards are stored; it changes when the bytes of equal content do.
pub const WRITER: &str = "parquet-59-zstd-3-3";

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
    /// How the shards of tokens were made, where there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<TokenFacts>,
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
    /// What tokenising came to, by split of the build and template; only splits that are stored as tokens are in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tokens: BTreeMap<String, BTreeMap<String, TokenCounts>>,
}

/// How the shards of tokens of a build were made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TokenFacts {
    /// SHA-256 of the tokenizer's file.
    pub tokenizer: String,
    /// One more than its largest id.
    pub vocab: u64,
    /// The token that it puts before a text, if it does.
    pub bos: Option<u32>,
    /// The token that ends an example.
    pub eos: u32,
    /// What stands between inputs and targets: `newline`, `eos` or `nothing`.
    pub join: String,
    /// Whether both sides were tokenised `apart` or `jointly`.
    pub sides: String,
    /// What became of examples over a limit: `trim`, `trim-start` or `drop`.
    pub too_long: String,
    pub max_inputs: u64,
    pub max_targets: u64,
    /// The most tokens of a row.
    pub seq_len: u64,
}

/// Examples that were tokenised, what they came to, and what they lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenCounts {
    /// Examples in a row.
    pub examples: u64,
    /// Their tokens, and those of them with a loss.
    pub tokens: u64,
    pub supervised: u64,
    /// Examples that lost tokens of their inputs, and how many.
    #[serde(default)]
    pub inputs_trimmed: u64,
    #[serde(default)]
    pub inputs_lost: u64,
    /// Examples that lost tokens of their targets, and how many.
    #[serde(default)]
    pub targets_trimmed: u64,
    #[serde(default)]
    pub targets_lost: u64,
    /// Examples that were left out since they are too long.
    #[serde(default)]
    pub too_long: u64,
    /// Examples that were left out since the tokenizer leaves nothing of their targets.
    #[serde(default)]
    pub empty_target: u64,
}

impl TokenCounts {
    pub fn add(&mut self, other: &Self) {
        let Self {
            examples,
            tokens,
            supervised,
            inputs_trimmed,
            inputs_lost,
            targets_trimmed,
            targets_lost,
            too_long,
            empty_target,
        } = other;
        self.examples += examples;
        self.tokens += tokens;
        self.supervised += supervised;
        self.inputs_trimmed += inputs_trimmed;
        self.inputs_lost += inputs_lost;
        self.targets_trimmed += targets_trimmed;
        self.targets_lost += targets_lost;
        self.too_long += too_long;
        self.empty_target += empty_target;
    }
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
    /// What its rows hold, where they are packed tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<ShardTokens>,
}

/// What the rows of a token shard hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShardTokens {
    pub examples: u64,
    pub tokens: u64,
    pub supervised: u64,
    /// Tokens as a part of what the rows have room for.
    pub fill: f64,
}

impl ShardFacts {
    /// What is said of a file that was written; of its tokens nothing yet.
    pub fn of(file: &str, split: &str, written: &Written) -> Self {
        Self {
            file: file.to_string(),
            split: split.to_string(),
            rows: written.rows,
            bytes: written.bytes,
            content: hex(&written.content),
            sha256: hex(&written.sha256),
            tokens: None,
        }
    }

    /// Examples in the shard: its rows, unless those are packed.
    pub fn examples(&self) -> u64 {
        self.tokens.map_or(self.rows, |tokens| tokens.examples)
    }
}

impl DatasetFacts {
    /// Whether the training split has examples of it.
    pub fn is_learned_from(&self) -> bool {
        self.achieved > 0 || self.examples.get("train").is_some_and(|examples| *examples > 0)
    }
}

impl Manifest {
    /// Refuses a build whose training split is tokens, for what reads texts.
    pub fn holds_texts(&self, directory: &Path) -> anyhow::Result<()> {
        ensure!(
            self.tokens.is_none(),
            "{} holds tokens, and this is about texts\nhelp: build the mixture with the layout inputs-targets beside it; its examples are the same",
            directory.display()
        );
        Ok(())
    }

    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest is plain data");
        text.push('\n');
        text
    }
}
