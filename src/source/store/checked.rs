//! Cells in a file that an earlier build kept: they are held to their digest when the first of them is asked for, so that
//! what nobody asks for is not read.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::read_at;
use crate::digest::{Digest, sha256_of};

/// What the cells of a chunk are held to.
#[derive(Debug)]
pub struct Checked {
    sum: Digest,
    path: Arc<Path>,
    sound: OnceLock<bool>,
}

/// A file that is not what it was. It is gone by now, so whoever begins again does not meet it.
#[derive(Clone, Debug)]
pub struct Damaged(Arc<Path>);

impl Checked {
    /// For cells of the file at `path`.
    pub fn new(sum: Digest, path: Arc<Path>) -> Self {
        Self {
            sum,
            path,
            sound: OnceLock::new(),
        }
    }

    /// Reads the cells once, whoever asks how often.
    pub(super) fn hold(&self, file: &File, offset: u64, length: u32) -> io::Result<()> {
        let whole = || {
            let mut bytes = vec![0; length as usize];
            let read = read_at(file, &mut bytes, offset).and_then(|()| sha256_of(bytes.as_slice()));
            let whole = read.is_ok_and(|sum| sum == self.sum);
            if !whole {
                // Where it cannot be removed, it is met and told of again.
                let _ = fs::remove_file(&self.path);
            }
            whole
        };
        match self.sound.get_or_init(whole) {
            true => Ok(()),
            false => Err(Damaged(self.path.clone()).into()),
        }
    }
}

impl Damaged {
    /// The one behind an error of a row, if that is why.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Damaged> for io::Error {
    fn from(damaged: Damaged) -> Self {
        Self::new(io::ErrorKind::InvalidData, damaged)
    }
}

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.0.display();
        write!(
            f,
            "{path}: the rows that an earlier build kept are damaged, and taken out of the cache\nhelp: run the same again"
        )
    }
}

impl std::error::Error for Damaged {}
