//! What was fetched, on this machine: whole files by what they hold, and beginnings of files that are still on their way.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use crate::digest::{digest, hex};
use crate::files;

/// A directory of files by their SHA-256.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    root: PathBuf,
}

impl Cache {
    pub fn new(root: PathBuf) -> Cache {
        Cache { root }
    }

    /// Where a file of this SHA-256 lies, if it is there.
    pub fn file(&self, sha256: &str) -> PathBuf {
        let folder = sha256.get(..2).unwrap_or(sha256);
        self.root.join("files").join(folder).join(sha256)
    }

    pub fn digests(&self) -> PathBuf {
        self.root.join("digests")
    }

    /// A file without a name.
    pub fn scratch(&self) -> io::Result<File> {
        let folder = self.root.join("partial");
        fs::create_dir_all(&folder)?;
        tempfile::tempfile_in(folder)
    }

    /// What has arrived of a file. Whoever else is fetching it has ended when this returns.
    pub fn partial(&self, name: &str, revision: Option<&str>) -> io::Result<Partial> {
        let folder = self.root.join("partial");
        fs::create_dir_all(&folder)?;
        let path = folder.join(id(name, revision));
        let tag_path = path.with_extension("etag");
        loop {
            let mut open = OpenOptions::new();
            let file = open.read(true).write(true).create(true).truncate(false).open(&path)?;
            file.lock()?;
            // The one who held it may have moved it to its place, where it is not ours any more.
            let ours = fs::metadata(&path).is_ok_and(|found| file.metadata().is_ok_and(|own| own.ino() == found.ino()));
            if !ours {
                continue;
            }
            let tag = fs::read_to_string(&tag_path).ok().filter(|tag| !tag.is_empty());
            let mut partial = Partial {
                bytes: file.metadata()?.len(),
                file,
                path,
                tag_path,
                tag,
            };
            if partial.tag.is_none() {
                partial.restart(None)?;
            }
            return Ok(partial);
        }
    }

    /// What a file held when it arrived, and the tag it had then: an interrupted run has fetched, and locked nothing.
    pub fn arrived(&self, name: &str, revision: Option<&str>) -> Option<(String, Option<String>)> {
        let text = fs::read_to_string(self.note(name, revision)).ok()?;
        let (sha256, tag) = text.split_once('\n')?;
        let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| (sha256.to_string(), (!tag.is_empty()).then(|| tag.to_string())))
    }

    /// Notes that for the next run. Where that fails, it fetches again.
    pub fn note_arrival(&self, name: &str, revision: Option<&str>, sha256: &str, tag: Option<&str>) {
        let note = format!("{sha256}\n{}", tag.unwrap_or_default());
        let _ = files::whole(&self.note(name, revision), note.as_bytes());
    }

    fn note(&self, name: &str, revision: Option<&str>) -> PathBuf {
        self.root.join("arrived").join(id(name, revision))
    }

    /// Moves a file that has arrived to its place. It is not forced to the disk: whoever reads it holds it to its name.
    pub fn keep(&self, partial: Partial, sha256: &str) -> io::Result<PathBuf> {
        let target = self.file(sha256);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::rename(&partial.path, &target)?;
        let _ = fs::remove_file(&partial.tag_path);
        Ok(target)
    }
}

/// What stands for a file of a server in the names of files here.
fn id(name: &str, revision: Option<&str>) -> String {
    hex(&digest(
        "fetched",
        &[name.as_bytes(), revision.unwrap_or_default().as_bytes()],
    ))
}

/// A file that is on its way. It is held by one process at a time.
#[derive(Debug)]
pub(in crate::source) struct Partial {
    file: File,
    path: PathBuf,
    tag_path: PathBuf,
    /// By which the server knows the state of the file that this is the beginning of.
    tag: Option<String>,
    bytes: u64,
}

impl Partial {
    /// Where to go on, and with which state of the file; `None` at its beginning.
    pub fn resume(&self) -> Option<(u64, &str)> {
        self.tag
            .as_deref()
            .filter(|_| self.bytes > 0)
            .map(|tag| (self.bytes, tag))
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Begins again, with the state of the file that is about to come.
    pub fn restart(&mut self, tag: Option<&str>) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        // A weak tag stands for files that only mean the same.
        self.tag = tag.filter(|tag| !tag.starts_with("W/")).map(str::to_string);
        self.bytes = 0;
        match &self.tag {
            Some(tag) => fs::write(&self.tag_path, tag),
            None => match fs::remove_file(&self.tag_path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }

    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.bytes))?;
        self.file.write_all(piece)?;
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// From its beginning, to be read.
    pub fn rewound(&mut self) -> io::Result<&File> {
        self.file.rewind()?;
        Ok(&self.file)
    }

    /// Gives it up.
    pub fn discard(self) {
        let _ = fs::remove_file(&self.tag_path);
        let _ = fs::remove_file(&self.path);
    }
}
