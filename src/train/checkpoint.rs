//! Where a run can go on: weights, what the optimiser remembers, and how far it was.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::learner::Learner;
use super::recipe::VERSION;
use super::tally::Tally;
use crate::digest::{hex, sha256_of};
use crate::files::durable;
use crate::model::{Llama, read, write};

const STATE: &str = "state.json";
const WEIGHTS: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";

/// How far a run was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub version: u32,
    /// Updates that were made.
    pub step: u64,
    /// SHA-256 of the mixture's manifest.json and of the tokenizer's file, by which others know what was learned from.
    pub manifest: String,
    pub tokenizer: String,
    /// Bytes of the log.
    pub log: u64,
    /// Losses since they were last logged.
    pub since: Tally,
    /// The least held-in loss so far, as bits, and after which update.
    pub best: Option<(u64, u64)>,
    /// SHA-256 of the files beside.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// The directory of the last checkpoint, and of the one with the least held-in loss.
pub fn last(out: &Path) -> PathBuf {
    out.join("checkpoints").join("last")
}

pub fn best(out: &Path) -> PathBuf {
    out.join("checkpoints").join("best")
}

/// Writes a checkpoint to its place in one step. Without `state`, a model and nothing to go on from.
pub fn save(path: &Path, learner: &Learner, position: &Position, state: bool) -> anyhow::Result<()> {
    durable::directory(path, |building| {
        learner.model().save(building)?;
        let mut names = vec![WEIGHTS];
        if state {
            let tensors = learner.state().0.tensors()?;
            let tensors = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor));
            write(&building.join(OPTIMIZER), tensors)?;
            names.push(OPTIMIZER);
        }
        let digest = |name: &str| -> anyhow::Result<_> {
            Ok((name.to_string(), hex(&sha256_of(File::open(building.join(name))?)?)))
        };
        let files: anyhow::Result<_> = names.into_iter().map(digest).collect();
        let position = Position {
            version: VERSION,
            files: files?,
            ..position.clone()
        };
        let mut text = serde_json::to_string_pretty(&position)?;
        text.push('\n');
        let path = building.join(STATE);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    })
}

/// Reads a checkpoint to go on from: the model, what the optimiser remembers, and how far it was. `None` where there is
/// none.
pub fn load(path: &Path) -> anyhow::Result<Option<(Llama, Remembered, Position)>> {
    durable::recover(path)?;
    if !path.exists() {
        return Ok(None);
    }
    let read = || {
        let text = fs::read_to_string(path.join(STATE)).context("it has no state.json")?;
        let position: Position = serde_json::from_str(&text).context("its state.json is torn")?;
        if position.version != VERSION {
            bail!(
                "it is of version {}, and this program writes {VERSION}",
                position.version
            );
        }
        for name in [WEIGHTS, OPTIMIZER] {
            let digest = File::open(path.join(name)).and_then(sha256_of);
            let digest = digest.with_context(|| format!("its {name} cannot be read"))?;
            if position.files.get(name) != Some(&hex(&digest)) {
                bail!("its {name} is torn or was changed: its bytes are not those that state.json names");
            }
        }
        let model = Llama::open(path)?;
        let mut remembered = BTreeMap::new();
        read(&path.join(OPTIMIZER), &mut remembered)?;
        Ok((model, remembered, position))
    };
    let checkpoint = read().with_context(|| {
        format!(
            "the checkpoint {} cannot be gone on from (help: name another directory with --out, or begin anew with the \
             directory removed)",
            path.display()
        )
    });
    checkpoint.map(Some)
}

/// What an optimiser remembered, by the names of its tensors.
pub type Remembered = BTreeMap<String, candle_core::Tensor>;
