//! What a build is asked for, and how it tells how far it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::shard::{Format, Layout, Storage, ZSTD};
use crate::source::{Budget, Depot, Place};
use crate::token::{Settings, Tokenizer};

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
    /// What a shard holds.
    #[serde(default)]
    pub shard_by: ShardBy,
    /// At most so many rows on each side of each dataset.
    pub sample: Option<u64>,
    pub format: Format,
    pub layout: Layout,
    /// The tokenizer, and how examples are packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// zstd level of Parquet's pages.
    #[serde(default = "zstd")]
    pub zstd: i32,
    /// Bytes of memory that the build may take; rows that do not fit are kept on the disk.
    #[serde(default = "memory")]
    pub memory: u64,
    /// Where what can be used again is kept; `None`: nothing is.
    #[serde(skip)]
    pub cache: Option<PathBuf>,
    /// The lock of the sources' files and the cache of those that were fetched.
    #[serde(skip)]
    pub depot: Arc<Depot>,
}

/// With which tokenizer, and how.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Tokens {
    /// A `tokenizer.json`, a directory with one, or `bytes`.
    pub tokenizer: PathBuf,
    /// The token that ends a text, where it is not the one that its files name.
    pub eos: Option<String>,
    /// How train and validation are packed into tokens; `None`: they are stored as texts, and the tokenizer only counts.
    pub settings: Option<Settings>,
}

/// What a shard holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShardBy {
    /// A stretch of the mixture, of all its datasets, in its order.
    #[default]
    Mixture,
    /// Examples of one dataset; the order of the mixture is a file of its own.
    Dataset,
}

/// What a build may take where nothing else is said: 2 GiB.
pub const MEMORY: u64 = 2 << 30;

fn zstd() -> i32 {
    ZSTD
}

fn memory() -> u64 {
    MEMORY
}

impl Request {
    /// Where the files of the sources are.
    pub fn place(&self) -> Place {
        Place::new(self.data.clone(), &self.source, self.depot.clone())
    }

    /// The tokenizer, if it names one.
    pub fn tokenizer(&self) -> anyhow::Result<Option<Tokenizer>> {
        let open = |tokens: &Tokens| Tokenizer::open_with(&tokens.tokenizer, tokens.eos.as_deref());
        self.tokens.as_ref().map(open).transpose()
    }

    /// How splits that are trained on are packed, if they are.
    pub fn packing(&self) -> Option<Settings> {
        self.tokens.as_ref()?.settings
    }

    /// How its shards are stored.
    pub fn storage(&self) -> Storage {
        Storage {
            format: self.format,
            layout: self.layout,
            zstd: self.zstd,
        }
    }

    /// How many bytes rows may take: what is left of the memory beside the program and what each thread reads and writes.
    pub fn budget(&self) -> Budget {
        const PROGRAM: u64 = 48 << 20;
        const THREAD: u64 = 64 << 20;
        let threads = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        let bytes = self.memory.saturating_sub(PROGRAM + THREAD * threads as u64);
        let folder = self.out.parent().filter(|parent| !parent.as_os_str().is_empty());
        Budget::new(bytes, folder.unwrap_or(Path::new(".")).to_path_buf())
    }
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
