//! Files by what decides their content, below `.flanc/cache` of a project, and which of them were used last.
//!
//! A *slot* is what a build asks for, such as the first shard of a mixture; it names the key it had last. A file that no
//! slot names any more is cleared away when a build ends well.
//!
//! What is noted beside a file says which state of the file it is about, so that a large one need not be read to be known.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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

/// What tells a file from itself after a change: its size, when it was written to last, in seconds and nanoseconds, and its
/// inode. The time of change of the inode is not in it, which every further name of a file moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    size: u64,
    modified: (i64, i64),
    inode: u64,
}

impl FileState {
    pub fn of(path: &Path) -> io::Result<Self> {
        let data = fs::metadata(path)?;
        Ok(Self {
            size: data.len(),
            modified: (data.mtime(), data.mtime_nsec()),
            inode: data.ino(),
        })
    }
}

/// What is noted beside a file.
#[derive(Serialize, Deserialize)]
struct Line<T> {
    state: FileState,
    value: T,
}

/// The same, as it was read.
pub struct Note<T> {
    pub value: T,
    state: FileState,
    /// When it was noted.
    noted: (i64, i64),
}

impl<T> Note<T> {
    /// Whether a file is in the state that was noted. One that was written to as late as that may have been written to once
    /// more without a difference in its times.
    pub fn is_about(&self, state: &FileState) -> bool {
        self.state == *state && state.modified < self.noted
    }
}

/// What is noted beside the file at `path`; none where it is not as it was written.
pub fn note<T: DeserializeOwned>(path: &Path) -> Option<Note<T>> {
    let path = path.with_extension(NOTE);
    let text = fs::read_to_string(&path).ok()?;
    let (line, sum) = text.split_once('\n')?;
    let whole = hex(&sha256_of(line.as_bytes()).ok()?) == sum;
    let Line { state, value } = serde_json::from_str(line).ok().filter(|_| whole)?;
    let noted = FileState::of(&path).ok()?.modified;
    Some(Note { value, state, noted })
}

/// Notes something beside the file at `path`, about a state of that file: a line of JSON, and the SHA-256 of that line.
pub fn write_note<T: Serialize>(path: &Path, state: FileState, value: &T) -> io::Result<()> {
    let mut text = serde_json::to_string(&Line { state, value })?;
    let sum = hex(&sha256_of(text.as_bytes())?);
    text.push('\n');
    text.push_str(&sum);
    files::whole(&path.with_extension(NOTE), text.as_bytes())
}

/// What is noted beside a file, where the file is what that is about: by its state, or else by its content, of which
/// `sha256` is what the note says. A state that turns out to be of the same content is noted for the next time.
pub fn held<T: Serialize + DeserializeOwned>(
    path: &Path,
    data: impl Fn(&T) -> PathBuf,
    sha256: impl Fn(&T) -> &str,
    by: Held,
) -> Option<(T, PathBuf)> {
    let note = note::<T>(path)?;
    let data = data(&note.value);
    let state = FileState::of(&data).ok()?;
    let known = note.is_about(&state);
    if !known || by == Held::ToContent {
        let found = hex(&sha256_of(fs::File::open(&data).ok()?).ok()?);
        if found != sha256(&note.value) {
            return None;
        }
    }
    if !known {
        // A note that cannot be written costs time, and nothing else.
        let _ = write_note(path, state, &note.value);
    }
    Some((note.value, data))
}

/// What a file of the cache is held to before it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Who passes it on as it is: what the file system says of it, where that tells enough.
    ToState,
    /// Who reads it: its SHA-256.
    ToContent,
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

#[cfg(test)]
mod tests {
    use std::fs::{File, FileTimes};
    use std::time::{Duration, SystemTime};

    use super::*;

    /// A file with `text`, written to so many seconds ago.
    fn put(path: &Path, text: &str, ago: u64) {
        fs::write(path, text).unwrap();
        let times = FileTimes::new().set_modified(SystemTime::now() - Duration::from_secs(ago));
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_times(times)
            .unwrap();
    }

    /// What is noted of a file here: the digest of what it should hold.
    fn sound() -> String {
        hex(&sha256_of(b"sound".as_slice()).unwrap())
    }

    fn is_held(path: &Path, by: Held) -> bool {
        let found = held(path, |_: &String| path.with_extension("data"), |sum| sum, by);
        found.is_some_and(|(value, _)| value == sound())
    }

    #[test]
    fn a_file_is_known_by_its_state_until_that_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (path, data) = (folder.path().join("key"), folder.path().join("key.data"));
        put(&data, "sound", 60);
        let old = FileState::of(&data).unwrap();
        write_note(&path, old, &sound()).unwrap();
        let known = |by| is_held(&path, by);
        assert!(known(Held::ToState) && known(Held::ToContent));

        // Other bytes under the same times: who reads them notices, and nobody else does.
        let times = FileTimes::new().set_modified(fs::metadata(&data).unwrap().modified().unwrap());
        fs::write(&data, "wrong").unwrap();
        assert!(!known(Held::ToState) && !known(Held::ToContent));
        File::options()
            .write(true)
            .open(&data)
            .unwrap()
            .set_times(times)
            .unwrap();
        assert_eq!(FileState::of(&data).unwrap(), old);
        assert!(known(Held::ToState) && !known(Held::ToContent));

        // The same bytes in another file are as good, and noted as such.
        fs::remove_file(&data).unwrap();
        put(&folder.path().join("other"), "sound", 30);
        fs::rename(folder.path().join("other"), &data).unwrap();
        let there = FileState::of(&data).unwrap();
        assert!(!note::<String>(&path).unwrap().is_about(&there));
        assert!(known(Held::ToState));
        assert!(note::<String>(&path).unwrap().is_about(&there));
    }

    #[test]
    fn a_state_as_young_as_its_note_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let (path, data) = (folder.path().join("key"), folder.path().join("key.data"));
        fs::write(&data, "sound").unwrap();
        write_note(&path, FileState::of(&data).unwrap(), &sound()).unwrap();
        let noted = fs::metadata(path.with_extension(NOTE)).unwrap().modified().unwrap();
        let times = FileTimes::new().set_modified(noted);
        File::options()
            .write(true)
            .open(&data)
            .unwrap()
            .set_times(times)
            .unwrap();
        let state = FileState::of(&data).unwrap();
        write_note(&path, state, &sound()).unwrap();
        let file = File::options().write(true).open(path.with_extension(NOTE)).unwrap();
        file.set_times(times).unwrap();
        assert!(!note::<String>(&path).unwrap().is_about(&state));
    }
}
