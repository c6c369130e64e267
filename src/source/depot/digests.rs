//! SHA-256 of files on disk, remembered by what the file system says of them, so that a large file is not read whole for
//! every build.

use std::collections::HashMap;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use crate::digest::{Digest, hex, sha256_of};

/// What tells one state of a file from another: size, times of change in nanoseconds, inode.
type State = (u64, i128, i128, u64);

/// Smaller files are read faster than they are looked up.
const SMALL: u64 = 1 << 18;
/// A file that was changed a moment ago could be changed again without its times showing it.
const FRESH: Duration = Duration::from_secs(2);

/// The digests that are known, kept in a file of one line each.
#[derive(Debug, Default)]
pub(super) struct Digests {
    file: Option<PathBuf>,
    known: Mutex<Option<HashMap<PathBuf, (State, Digest)>>>,
}

impl Digests {
    pub fn kept_in(file: PathBuf) -> Digests {
        Digests {
            file: Some(file),
            known: Mutex::default(),
        }
    }

    /// The digest of a file, and its size.
    pub fn of(&self, path: &Path) -> io::Result<(Digest, u64)> {
        let file = File::open(path)?;
        let before = file.metadata()?;
        let state = state(&before);
        if before.len() < SMALL {
            return Ok((sha256_of(file)?, before.len()));
        }
        let path = std::path::absolute(path)?;
        if let Some((known, digest)) = self.known(|known| known.get(&path).copied())
            && known == state
        {
            return Ok((digest, before.len()));
        }
        let now = SystemTime::now();
        let digest = sha256_of(&file)?;
        let settled = |time: SystemTime| now.duration_since(time).is_ok_and(|age| age > FRESH);
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(before.ctime()).unwrap_or(0));
        let settled = settled(before.modified()?) && settled(changed);
        // What was changed while it was read has a digest of no state at all.
        if settled && self::state(&file.metadata()?) == state {
            self.known(|known| known.insert(path.clone(), (state, digest)));
            self.append(&path, &state, &digest);
        }
        Ok((digest, before.len()))
    }

    fn known<T>(&self, act: impl FnOnce(&mut HashMap<PathBuf, (State, Digest)>) -> T) -> T {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        act(known.get_or_insert_with(|| self.file.as_deref().map(read).unwrap_or_default()))
    }

    /// A line that cannot be written costs time, and nothing else.
    fn append(&self, path: &Path, state: &State, digest: &Digest) {
        let (Some(file), Some(path)) = (&self.file, path.to_str().filter(|path| !path.contains('\n'))) else {
            return;
        };
        let (size, modified, changed, inode) = state;
        let line = format!("{} {size} {modified} {changed} {inode} {path}\n", hex(digest));
        let opened = OpenOptions::new().create(true).append(true).open(file);
        let _ = opened.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

fn state(data: &Metadata) -> State {
    let time = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    (
        data.len(),
        time(data.mtime(), data.mtime_nsec()),
        time(data.ctime(), data.ctime_nsec()),
        data.ino(),
    )
}

/// The lines that can be read; the last one of a path counts.
fn read(file: &Path) -> HashMap<PathBuf, (State, Digest)> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(entry).collect()
}

fn entry(line: &str) -> Option<(PathBuf, (State, Digest))> {
    let mut words = line.splitn(6, ' ');
    let digits = words.next().filter(|digits| digits.len() == 64 && digits.is_ascii())?;
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    let size = words.next()?.parse().ok()?;
    let modified = words.next()?.parse().ok()?;
    let changed = words.next()?.parse().ok()?;
    let inode = words.next()?.parse().ok()?;
    Some((PathBuf::from(words.next()?), ((size, modified, changed, inode), digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_has_settled_is_remembered_and_a_changed_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (path, memory) = (folder.path().join("a b"), folder.path().join("digests"));
        fs::write(&path, vec![1; 1 << 20]).unwrap();
        let first = Digests::kept_in(memory.clone()).of(&path).unwrap();
        // Fresh files are in no memory, so this one is put there as if it had settled.
        let state = state(&fs::metadata(&path).unwrap());
        Digests::kept_in(memory.clone()).append(&path, &state, &[7; 32]);
        assert_eq!(Digests::kept_in(memory.clone()).of(&path).unwrap(), ([7; 32], 1 << 20));
        fs::write(&path, vec![2; 1 << 20]).unwrap();
        let second = Digests::kept_in(memory).of(&path).unwrap();
        assert!(second != first && second.0 != [7; 32]);
    }

    #[test]
    fn a_damaged_memory_is_passed_over() {
        assert!(entry("").is_none());
        assert!(entry(&format!("{} 1 2 3 4 /a", "é".repeat(32))).is_none());
        assert!(entry(&format!("{} 1 2 3 4", "0a".repeat(32))).is_none());
        assert!(entry(&format!("{} 1 2 3 4 /a b", "0a".repeat(32))).is_some());
    }
}
