//! Rows on their way into a store: a chunk of them at a time is closed, and stays in memory or goes to a file.

use std::fs::File;
use std::io;

use super::{Chunk, Held, Store};
use crate::source::budget::Budget;

/// Bytes after which rows begin a new chunk.
const CHUNK: usize = 1 << 20;

/// A file that chunks are written to, once there is one.
#[derive(Default)]
pub(super) struct Out {
    /// Which of the store's files it is.
    file: Option<usize>,
    written: u64,
}

impl Out {
    pub(super) fn write(
        &mut self,
        files: &mut Vec<File>,
        budget: &Budget,
        heads: &[u8],
        cells: &[u8],
    ) -> io::Result<Held> {
        let file = match self.file {
            Some(file) => file,
            None => {
                files.push(budget.file()?);
                *self.file.insert(files.len() - 1)
            }
        };
        let length =
            |bytes: &[u8]| u32::try_from(bytes.len()).map_err(|_| io::Error::other("a row of more than 4 GiB"));
        let offset = self.written;
        for bytes in [heads, cells] {
            write_at(&files[file], bytes, self.written)?;
            self.written += bytes.len() as u64;
        }
        Ok(Held::File {
            file,
            offset,
            heads: length(heads)?,
            cells: length(cells)?,
            checked: None,
        })
    }
}

/// Fills a store, row by row.
pub struct StoreBuilder<'a> {
    store: Store,
    budget: &'a Budget,
    heads: Vec<u8>,
    cells: Vec<u8>,
    out: Out,
    /// Whether rows may stay in memory at all.
    stays: bool,
    /// Rows whose share of the budget is taken.
    counted: usize,
}

impl<'a> StoreBuilder<'a> {
    /// For rows with so many bytes each beside their cells, of a source of so many bytes. Where it is clear from the start
    /// that they are too many, none stay in memory: what is kept first and moved out later leaves holes behind.
    pub fn new(head: usize, budget: &'a Budget, bytes: u64) -> Self {
        Self {
            store: Store {
                head,
                ..Store::default()
            },
            budget,
            heads: Vec::new(),
            cells: Vec::new(),
            out: Out::default(),
            stays: budget.has(bytes),
            counted: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Adds the row whose cells `pack` appends to the bytes it is given; none where it says so. What it appended then is
    /// taken back. Its head is zeros, to be filled before the rows are closed; see [`StoreBuilder::heads`].
    pub fn add<E>(&mut self, pack: impl FnOnce(&mut Vec<u8>) -> Result<bool, E>) -> Result<bool, E> {
        if self.cells.capacity() == 0 {
            self.cells.reserve(CHUNK + CHUNK / 8);
        }
        let start = self.cells.len();
        match pack(&mut self.cells) {
            Ok(true) => {}
            other => {
                self.cells.truncate(start);
                return other;
            }
        }
        self.heads.resize(self.heads.len() + self.store.head, 0);
        self.store
            .rows
            .push((self.store.chunks.len() as u64) << 32 | start as u64);
        Ok(true)
    }

    /// The heads of the rows that are not closed.
    pub fn heads(&mut self) -> &mut [u8] {
        &mut self.heads
    }

    /// Whether it is time to close the rows.
    pub fn is_full(&self) -> bool {
        self.cells.len() >= CHUNK
    }

    pub fn finish(mut self) -> io::Result<Store> {
        if self.counted < self.store.rows.len() {
            self.close()?;
        }
        self.store.rows.shrink_to_fit();
        Ok(self.store)
    }

    /// Adds the rows of another one after these.
    pub fn append(&mut self, other: StoreBuilder<'_>) -> io::Result<()> {
        if self.counted < self.store.rows.len() {
            self.close()?;
        }
        let other = other.finish()?;
        self.counted += other.rows.len();
        self.store.append(other);
        Ok(())
    }

    /// Moves the rows since the last time to where they stay; their heads are filled.
    pub fn close(&mut self) -> io::Result<()> {
        let first = self.counted as u32;
        let rows = self.store.rows.len() - self.counted;
        self.counted = self.store.rows.len();
        self.budget.spend(rows as i64 * Budget::BESIDE);
        let held = if self.stays && self.budget.take((self.heads.len() + self.cells.len()) as i64) {
            let mut cells = std::mem::take(&mut self.cells);
            if cells.capacity() > cells.len() + cells.len() / 4 {
                cells.shrink_to_fit();
            }
            let heads = self.heads.as_slice().into();
            Held::Memory { heads, cells }
        } else {
            let held = self
                .out
                .write(&mut self.store.files, self.budget, &self.heads, &self.cells)?;
            self.cells.clear();
            self.cells.shrink_to(CHUNK + CHUNK / 8);
            held
        };
        self.heads.clear();
        self.store.chunks.push(Chunk { first, held });
        Ok(())
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}
