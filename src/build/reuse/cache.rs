//! Files by what decides their content, below `.flanc/cache` of a project, and which of them were used last.
//!
//! A *slot* is what a build asks for, such as the first shard of a mixture; it names the key it had last. A file that no
//! slot names any more is cleared away when a build ends well.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::digest::{digest, hex, sha256_of};
use crate::files;

/// The extension of what is noted beside a file.
const NOTE: &str = "json";

/// The files of one kind, seen from one slot.
#[derive(Clone, Debug)]
pub struct Kept {
    files: PathBuf,
    slot: PathBuf,
}

impl Kept {
    pub fn new(cache: &Path, kind: &str, slot: &str) -> Self {
        let name = hex(&digest("slot", &[slot.as_bytes()])[..16]);
        Self {
            files: cache.join(kind),
            slot: cache.join(kind).join("slots").join(name),
        }
    }

    /// Where the file of a key lies, or would.
    pub fn path(&self, key: &str) -> PathBuf {
        self.files.join(key)
    }

    /// What tells this slot from others.
    pub fn name(&self) -> String {
        self.slot.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The key that this slot had last.
    pub fn last(&self) -> Option<String> {
        let key = fs::read_to_string(&self.slot).ok()?;
        let sound = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        sound.then_some(key)
    }

    /// Says that a key is the one of this slot now. A slot that cannot be written is one that is empty the next time.
    pub fn settle(&self, key: &str) {
        if self.last().as_deref() == Some(key) {
            return;
        }
        let _ = files::whole(&self.slot, key.as_bytes());
    }
}

/// What is noted beside the file at `path`; none where it is not as it was written.
pub fn note<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let text = fs::read_to_string(path.with_extension(NOTE)).ok()?;
    let (note, sum) = text.split_once('\n')?;
    let whole = hex(&sha256_of(note.as_bytes()).ok()?) == sum;
    serde_json::from_str(note).ok().filter(|_| whole)
}

/// Notes something beside the file at `path`: a line of JSON, and the SHA-256 of that line.
pub fn write_note<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let mut text = serde_json::to_string(value)?;
    let sum = hex(&sha256_of(text.as_bytes())?);
    text.push('\n');
    text.push_str(&sum);
    files::whole(&path.with_extension(NOTE), text.as_bytes())
}

/// Clears away the files of a kind that no slot names.
pub fn clear(cache: &Path, kind: &str) {
    let folder = cache.join(kind);
    let slots = fs::read_dir(folder.join("slots")).into_iter().flatten().flatten();
    let named: BTreeSet<String> = slots.filter_map(|slot| fs::read_to_string(slot.path()).ok()).collect();
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let key = name.split('.').next().unwrap_or_default();
        if entry.path().is_file() && !named.contains(key) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
