//! A shard in the cache: its file, what writing it came to, and for each of its rows the use it is of. The last is read by
//! those alone who ask for it.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::State;
use super::cache::{self, FileState, Held, Kept};
use crate::digest::{Digest, hex, sha256_of};
use crate::files;
use crate::mix::Fate;
use crate::shard::ShardFacts;

/// What is known of a shard beside its file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Entry {
    pub facts: ShardFacts,
    /// Examples by dataset and template.
    pub counts: Vec<(String, String, u64)>,
    /// The content digest of each dataset's examples.
    pub contents: BTreeMap<String, Digest>,
    /// Uses without an example, and evaluated ones that lack one; these once for each template that failed.
    pub failed: Vec<(u128, Fate)>,
    /// What the examples of each dataset hang on.
    pub states: BTreeMap<String, State>,
    /// SHA-256 of the file of [`Side`]; set where it is saved.
    pub side: String,
}

/// For each row of a shard, in their order.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// What tells its use from all others.
    pub uses: Vec<u128>,
    /// Whether the template was the first of its draw.
    pub first: Vec<bool>,
    pub digests: Vec<Digest>,
}

impl Side {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.uses.len() * 49);
        for ((place, first), digest) in self.uses.iter().zip(&self.first).zip(&self.digests) {
            bytes.extend_from_slice(&place.to_le_bytes());
            bytes.push(u8::from(*first));
            bytes.extend_from_slice(digest);
        }
        bytes
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        let mut side = Self::default();
        for row in bytes.as_chunks::<49>().0 {
            let (place, rest) = row.split_first_chunk::<16>().expect("49 bytes");
            side.uses.push(u128::from_le_bytes(*place));
            side.first.push(rest[0] == 1);
            side.digests.push(*rest[1..].first_chunk().expect("32 bytes"));
        }
        side
    }
}

impl Entry {
    /// The entry of a key and the file of its shard, where both are whole.
    pub fn load(kept: &Kept, key: &str, by: Held) -> Option<(Self, PathBuf)> {
        let path = kept.path(key);
        let data = |entry: &Self| path.with_extension(extension(&entry.facts.file));
        cache::held(&path, data, |entry| &entry.facts.sha256, by)
    }

    /// The fates of each use that failed.
    pub fn failed(&self) -> HashMap<u128, Vec<Fate>> {
        let mut failed: HashMap<u128, Vec<Fate>> = HashMap::new();
        for (id, fate) in &self.failed {
            failed.entry(*id).or_default().push(*fate);
        }
        failed
    }

    /// What is known of the rows of its shard, of which `data` is the file.
    pub fn side(&self, data: &Path) -> Option<Side> {
        let bytes = fs::read(data.with_extension("side")).ok()?;
        (hex(&sha256_of(bytes.as_slice()).ok()?) == self.side).then(|| Side::of_bytes(&bytes))
    }

    /// Keeps a shard that was written at `data`.
    pub fn save(mut self, kept: &Kept, key: &str, data: &Path, side: &Side) -> io::Result<()> {
        let path = kept.path(key);
        let bytes = side.to_bytes();
        self.side = hex(&sha256_of(bytes.as_slice())?);
        files::whole(&path.with_extension("side"), &bytes)?;
        let there = path.with_extension(extension(&self.facts.file));
        share(data, &there)?;
        // Last, since an entry without it is none.
        cache::write_note(&path, FileState::of(&there)?, &self)
    }
}

/// Puts a file at another place as well: by a second name for it where the file system can, else by a copy.
pub fn share(from: &Path, to: &Path) -> io::Result<()> {
    let _ = fs::remove_file(to);
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()))
}

fn extension(file: &str) -> &str {
    file.rsplit('.').next().unwrap_or_default()
}
