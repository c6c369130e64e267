//! How much memory rows may take, in all the stores that share it.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

/// How much memory rows may take, in all the stores that share it, and where those go that do not fit.
///
/// What is known of a row always stays in memory. So the more rows there are, the fewer of them do.
#[derive(Debug)]
pub struct Budget {
    /// Below zero where more is taken than there is.
    left: AtomicI64,
    /// On the disk that the build is written to.
    folder: PathBuf,
}

impl Budget {
    /// Bytes that a row takes beside its own, in all that a build knows of it: where it lies, its fate, its use.
    pub(super) const BESIDE: i64 = 56;

    pub fn new(bytes: u64, folder: PathBuf) -> Self {
        Self {
            left: AtomicI64::new(i64::try_from(bytes).unwrap_or(i64::MAX)),
            folder,
        }
    }

    /// For commands that look at one split and keep little of it.
    pub fn unlimited() -> Self {
        Self::new(u64::MAX, PathBuf::new())
    }

    /// Whether so many bytes are left.
    pub(super) fn has(&self, bytes: u64) -> bool {
        i64::try_from(bytes).is_ok_and(|bytes| self.left.load(Ordering::Relaxed) >= bytes)
    }

    /// Takes bytes that are needed, whatever is left.
    pub(super) fn spend(&self, bytes: i64) {
        self.left.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Takes bytes if there are so many.
    pub fn take(&self, bytes: i64) -> bool {
        let less = |left: i64| (left >= bytes).then(|| left - bytes);
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
    }

    pub(super) fn is_overdrawn(&self) -> bool {
        self.left.load(Ordering::Relaxed) < 0
    }

    /// A file for rows. It has no name, so nothing of it is left when the process ends, however it ends.
    pub(super) fn file(&self) -> io::Result<File> {
        tempfile::tempfile_in(&self.folder)
    }
}
