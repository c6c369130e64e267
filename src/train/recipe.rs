//! Everything that decides what a run ends in: the same recipe gives the same bytes. recipe.json has it.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::optimizer::Optimizer;
use super::schedule::Schedule;
use crate::files::durable;
use crate::token::Settings;

/// The recipe of a run. Nothing of the host, of a place or of a clock is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    pub version: u32,
    /// The mixture that was learned from, and SHA-256 of its manifest.json.
    pub mixture: String,
    pub manifest: String,
    /// SHA-256 of the tokenizer's file.
    pub tokenizer: String,
    /// How examples became tokens.
    pub tokens: Settings,
    /// Where the weights came from: `scratch`, or the digest of those that were given.
    pub weights: String,
    /// The model's config.json.
    pub config: Value,
    pub optimizer: Optimizer,
    pub learning_rate: f64,
    pub schedule: Schedule,
    /// Updates in which the rate rises.
    pub warmup: u64,
    /// What gradients are made shorter to; none: never.
    pub clip: Option<f64>,
    /// Updates in all.
    pub steps: u64,
    /// Tokens of a batch, at most.
    pub batch_tokens: u64,
    /// In how many parts a batch is computed.
    pub accumulate: u64,
    pub seed: u64,
    pub eval_every: u64,
    /// Rows of the validation split that are measured, at most.
    pub eval_rows: u64,
    pub save_every: u64,
}

/// The version of what runs write.
pub const VERSION: u32 = 1;
pub const FILE: &str = "recipe.json";

impl Recipe {
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a recipe is plain data");
        text.push('\n');
        text
    }

    pub fn write(&self, directory: &Path) -> anyhow::Result<()> {
        durable::text(&directory.join(FILE), &self.to_json())
    }

    /// Whether a directory has a recipe: a run began there.
    pub fn is_in(directory: &Path) -> bool {
        directory.join(FILE).is_file()
    }

    /// Refuses to go on with a run of another recipe, and names what differs.
    pub fn check(&self, directory: &Path) -> anyhow::Result<()> {
        let path = directory.join(FILE);
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let there: Value = serde_json::from_str(&text).with_context(|| format!("{} is torn", path.display()))?;
        let here: Value = serde_json::from_str(&self.to_json())?;
        let mut differ = Vec::new();
        let empty = serde_json::Map::new();
        let (here, there) = (here.as_object().unwrap_or(&empty), there.as_object().unwrap_or(&empty));
        for name in here.keys().chain(there.keys().filter(|name| !here.contains_key(*name))) {
            let of = |recipe: &serde_json::Map<String, Value>| recipe.get(name).cloned().unwrap_or(Value::Null);
            let (now, before) = (of(here), of(there));
            if now != before {
                differ.push(match name.as_str() {
                    "manifest" => "the build is another: its manifest is not the one that was learned from".to_string(),
                    "tokenizer" => "the tokenizer is another".to_string(),
                    "weights" => "the weights it began with are others".to_string(),
                    "config" => "the model's settings are others".to_string(),
                    _ => format!("`{name}` was {before}, and is {now}"),
                });
            }
        }
        if !differ.is_empty() {
            bail!(
                "the run in {} cannot go on, since its recipe is another:\n  {}\n\
                 help: give the options it was begun with, or name another directory with --out",
                directory.display(),
                differ.join("\n  ")
            );
        }
        Ok(())
    }
}
