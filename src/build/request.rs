//! What a build is asked for, and how it tells how far it is.

use std::path::PathBuf;

use crate::shard::{Format, Layout};

/// Everything a build depends on beside the catalog.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Request {
    pub mixture: String,
    /// Which source of each dataset is read.
    pub source: String,
    /// Where the paths of sources begin.
    pub data: PathBuf,
    /// Go on without sources that are not there, and record it.
    pub allow_missing: bool,
    /// The mixture's own directory.
    pub out: PathBuf,
    /// Worker threads; 0: one for each core.
    pub threads: usize,
    /// Replaces the mixture's seed.
    pub seed: Option<u64>,
    /// Shards of the training split.
    pub shards: u32,
    /// At most so many rows on each side of each dataset.
    pub sample: Option<u64>,
    pub format: Format,
    pub layout: Layout,
}

/// Where a build is.
#[derive(Clone, Debug)]
pub enum Step {
    Reading { datasets: usize },
    Read { dataset: String },
    Writing { examples: u64 },
    Wrote { examples: u64 },
}

/// Told of every step, from any thread.
pub type Progress<'a> = &'a (dyn Fn(Step) + Sync);
