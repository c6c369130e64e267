//! `flanc.lock`: what the files of the project's sources held when they were fetched. Written whole or not at all, and
//! in one order, so that a change of one file is a change of one entry.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::files::replace;

/// The name of the file, at the root of a project.
pub const LOCK: &str = "flanc.lock";
const VERSION: u32 = 1;
const HEAD: &str = "# Written by `flanc fetch`: what the files of the sources held. Keep it with the project.\n";

/// Whose files these are: a path as a source writes it, without the members of an archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockedPath {
    /// The source, for a path below the data directory, which may be another directory for another source. Urls are the
    /// same for all.
    pub source: Option<String>,
    pub path: String,
}

/// What one file held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The commit that a revision of the Hub stood for.
    pub revision: Option<String>,
    /// By which a server tells one state of the file from another.
    pub etag: Option<String>,
    /// Of the whole file, in hexadecimal.
    pub sha256: String,
    pub bytes: u64,
    /// Records that a table reads from it; `None` where none has been read yet.
    pub rows: Option<u64>,
}

/// The files of every path, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    paths: BTreeMap<LockedPath, BTreeMap<String, Locked>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(default)]
    file: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// Where it is not the file itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    bytes: u64,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Lock {
    /// Reads the lock of a project; one that is not there is empty.
    pub fn read(root: &Path) -> anyhow::Result<Lock> {
        let path = place(root);
        match fs::read_to_string(&path) {
            Ok(text) => Lock::parse(&text).with_context(|| format!("cannot read {}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Lock::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Reads the text of a lock. What is wrong with it is said in one line, with the way out.
    pub fn parse(text: &str) -> anyhow::Result<Lock> {
        const HELP: &str = "take it from version control again, or delete it and run `flanc fetch`";
        let first_line = |error: toml::de::Error| {
            let line = error.span().map_or(1, |span| {
                let before = text.get(..span.start).unwrap_or_default();
                before.matches('\n').count() + 1
            });
            let message = error.message().lines().next().unwrap_or_default().to_string();
            anyhow::anyhow!("line {line}: {message}\n  help: {HELP}")
        };
        let found: Version = toml::from_str(text).map_err(first_line)?;
        if found.version != VERSION {
            bail!(
                "it is of version {}, and this program knows {VERSION}\n  help: use the flanc that wrote it",
                found.version
            );
        }
        let document: Document = toml::from_str(text).map_err(first_line)?;
        let mut lock = Lock::default();
        for entry in document.file {
            let digest = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            if entry.sha256.len() != 64 || !entry.sha256.chars().all(digest) {
                bail!("`{}` has no sha256 of 64 digits\n  help: {HELP}", entry.file);
            }
            let key = LockedPath {
                source: entry.source,
                path: entry.path.unwrap_or_else(|| entry.file.clone()),
            };
            let locked = Locked {
                revision: entry.revision,
                etag: entry.etag,
                sha256: entry.sha256,
                bytes: entry.bytes,
                rows: entry.rows,
            };
            if lock
                .paths
                .entry(key)
                .or_default()
                .insert(entry.file.clone(), locked)
                .is_some()
            {
                bail!("`{}` stands there twice\n  help: {HELP}", entry.file);
            }
        }
        Ok(lock)
    }

    /// The text of the lock.
    pub fn to_text(&self) -> anyhow::Result<String> {
        let mut file = Vec::new();
        for (key, files) in &self.paths {
            for (name, locked) in files {
                file.push(Entry {
                    file: name.clone(),
                    source: key.source.clone(),
                    path: (key.path != *name).then(|| key.path.clone()),
                    revision: locked.revision.clone(),
                    etag: locked.etag.clone(),
                    bytes: locked.bytes,
                    sha256: locked.sha256.clone(),
                    rows: locked.rows,
                });
            }
        }
        let document = Document { version: VERSION, file };
        Ok(format!("{HEAD}{}", toml::to_string(&document)?))
    }

    /// Writes the lock of a project, in one step. Returns whether that changed it.
    pub fn write(&self, root: &Path) -> anyhow::Result<bool> {
        let (path, text) = (place(root), self.to_text()?);
        if fs::read_to_string(&path).is_ok_and(|before| before == text) {
            return Ok(false);
        }
        replace(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(true)
    }

    /// The files of a path, where the lock knows it.
    pub fn files(&self, path: &LockedPath) -> Option<&BTreeMap<String, Locked>> {
        self.paths.get(path)
    }

    /// Replaces the files of a path.
    pub fn put(&mut self, path: LockedPath, files: BTreeMap<String, Locked>) {
        self.paths.insert(path, files);
    }

    /// Says how many records a table reads from a file, wherever it stands.
    pub fn count(&mut self, source: &str, file: &str, rows: u64) {
        for (path, files) in &mut self.paths {
            if path.source.as_deref().is_none_or(|own| own == source)
                && let Some(locked) = files.get_mut(file)
            {
                locked.rows = Some(rows);
            }
        }
    }

    /// Forgets the paths that no source names any more.
    pub fn keep(&mut self, named: &BTreeSet<LockedPath>) {
        self.paths.retain(|path, _| named.contains(path));
    }

    /// Every path with its files, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&LockedPath, &BTreeMap<String, Locked>)> {
        self.paths.iter()
    }

    /// A file by its name, for a source; the same url is the same file under every path.
    pub fn find(&self, source: &str, file: &str) -> Option<&Locked> {
        let own = |path: &LockedPath| path.source.as_deref().is_none_or(|name| name == source);
        self.paths
            .iter()
            .filter(|(path, _)| own(path))
            .find_map(|(_, files)| files.get(file))
    }
}

fn place(root: &Path) -> PathBuf {
    root.join(LOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(byte: &str) -> Locked {
        Locked {
            revision: None,
            etag: Some("\"x\"".to_string()),
            sha256: byte.repeat(32),
            bytes: 3,
            rows: Some(2),
        }
    }

    #[test]
    fn a_lock_comes_back_as_it_was_written() {
        let mut lock = Lock::default();
        let glob = LockedPath {
            source: None,
            path: "s3://b/*.csv".to_string(),
        };
        let own = LockedPath {
            source: Some("original".to_string()),
            path: "t/rows.csv".to_string(),
        };
        lock.put(
            glob,
            BTreeMap::from([
                ("s3://b/2.csv".to_string(), locked("0a")),
                ("s3://b/1.csv".to_string(), locked("0b")),
            ]),
        );
        lock.put(own, BTreeMap::from([("t/rows.csv".to_string(), locked("0c"))]));
        let text = lock.to_text().unwrap();
        assert_eq!(Lock::parse(&text).unwrap(), lock, "{text}");
        assert!(text.find("1.csv") < text.find("2.csv"));
        assert_eq!(lock.find("sample", "t/rows.csv"), None);
        assert_eq!(lock.find("original", "t/rows.csv").unwrap().sha256, "0c".repeat(32));
    }

    #[test]
    fn what_is_wrong_with_a_lock_is_said() {
        let wrong = |text: &str| Lock::parse(text).unwrap_err().to_string();
        assert!(wrong("version = 2").contains("of version 2"));
        assert!(wrong("version = 1\n[[file]]\nfile = 3\n").starts_with("line 3:"));
        assert!(wrong("<<<<<<<\n").starts_with("line 1:"));
        let entry = "[[file]]\nfile = \"a\"\nbytes = 1\nsha256 = \"x\"\n";
        assert!(wrong(&format!("version = 1\n{entry}")).contains("no sha256"));
        let entry = entry.replace("\"x\"", &format!("\"{}\"", "0a".repeat(32)));
        assert!(wrong(&format!("version = 1\n{entry}{entry}")).contains("twice"));
    }
}
