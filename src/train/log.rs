//! The log of a run, an object of JSON on each line; and apart from it how long things took, which no two runs share.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value;

/// What a run says of itself.
pub const LOG: &str = "log.jsonl";
/// How long its updates took.
pub const TIMES: &str = "times.jsonl";

/// A file that lines are added to.
pub struct Log {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Log {
    /// Opens a file at its first `bytes`, and forgets what comes after.
    pub fn open(path: &Path, bytes: u64) -> anyhow::Result<Self> {
        let failed = || format!("cannot write {}", path.display());
        let mut file = OpenOptions::new();
        let mut file = file
            .create(true)
            .write(true)
            .truncate(false)
            .open(path)
            .with_context(failed)?;
        let there = file.metadata().with_context(failed)?.len();
        if there < bytes {
            bail!(
                "{} is torn: {there} bytes, and its checkpoint knows {bytes}",
                path.display()
            );
        }
        file.set_len(bytes).with_context(failed)?;
        file.seek(SeekFrom::Start(bytes)).with_context(failed)?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            bytes,
        })
    }

    /// Opens a file at its end.
    pub fn append(path: &Path) -> anyhow::Result<Self> {
        Self::open(path, fs::metadata(path).map_or(0, |file| file.len()))
    }

    /// Adds a line.
    pub fn line(&mut self, value: &Value) -> anyhow::Result<()> {
        let line = format!("{value}\n");
        let written = self.file.write_all(line.as_bytes());
        written.with_context(|| format!("cannot write {}", self.path.display()))?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    /// Brings it to the disk; how many bytes it has.
    pub fn sync(&mut self) -> anyhow::Result<u64> {
        let synced = self.file.sync_all();
        synced.with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(self.bytes)
    }
}
