//! Packed rows, in memory as long as a budget lasts and in a file of their own after that.
//!
//! The file has no name, so nothing of it is left when the process ends, however it ends. It is read by position and
//! not mapped, so that what it holds is never counted as memory of this process.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

use super::packed::Row;

/// Bytes after which rows begin a new chunk.
const CHUNK: usize = 1 << 20;

/// Bytes that a row takes beside its own, in all that a build knows of it: identities, its place, its uses.
const BESIDE: i64 = 200;

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

    /// Takes bytes that are needed, whatever is left.
    fn spend(&self, bytes: i64) {
        self.left.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Takes bytes if there are so many.
    fn take(&self, bytes: i64) -> bool {
        let less = |left: i64| (left >= bytes).then(|| left - bytes);
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
    }

    fn is_overdrawn(&self) -> bool {
        self.left.load(Ordering::Relaxed) < 0
    }
}

/// Rows by number.
#[derive(Debug, Default)]
pub struct Store {
    chunks: Vec<Chunk>,
    /// The chunk of each row, and where in it the row begins, in the two halves of a number.
    rows: Vec<u64>,
    files: Vec<File>,
}

#[derive(Debug)]
enum Chunk {
    Memory(Vec<u8>),
    /// Which of the files, where in it, and how many bytes.
    File(usize, u64, u32),
}

impl Store {
    /// A row, from memory or read into `scratch`.
    pub fn row<'a>(&'a self, row: usize, scratch: &'a mut Vec<u8>) -> io::Result<Row<'a>> {
        let (chunk, start) = self.place(row);
        let next = self.rows.get(row + 1).map(|_| self.place(row + 1));
        let end = |length: usize| {
            next.filter(|(other, _)| *other == chunk)
                .map_or(length, |(_, start)| start)
        };
        match &self.chunks[chunk] {
            Chunk::Memory(bytes) => Ok(Row::new(&bytes[start..end(bytes.len())])),
            Chunk::File(file, offset, length) => {
                let end = end(*length as usize);
                scratch.resize(end - start, 0);
                read_at(&self.files[*file], scratch, offset + start as u64)?;
                Ok(Row::new(scratch))
            }
        }
    }

    /// Where a row is kept, as a number that means nothing to others; see [`Store::touch`].
    pub fn locate(&self, row: usize) -> u64 {
        self.rows[row]
    }

    /// The first byte of a row in memory.
    pub fn touch(&self, row: usize) -> u64 {
        let (chunk, start) = self.place(row);
        match &self.chunks[chunk] {
            Chunk::Memory(bytes) => u64::from(bytes[start]),
            Chunk::File(..) => 0,
        }
    }

    /// Over rows that lie in a file already, in chunks of these lengths after `start`; `rows` says where each is (see
    /// [`Store::locate`]). `None` where one would lie outside.
    pub fn of_file(file: File, start: u64, chunks: &[u32], rows: Vec<u64>) -> Option<Self> {
        let mut offset = start;
        let mut found = Vec::with_capacity(chunks.len());
        for length in chunks {
            found.push(Chunk::File(0, offset, *length));
            offset += u64::from(*length);
        }
        let inside = |place: &u64| {
            chunks
                .get((place >> 32) as usize)
                .is_some_and(|length| *place as u32 <= *length)
        };
        let ordered = rows.is_sorted() && rows.iter().all(inside);
        ordered.then(|| Self {
            chunks: found,
            rows,
            files: vec![file],
        })
    }

    /// How many chunks the rows lie in.
    pub fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// The bytes of a chunk, from memory or read into `scratch`.
    pub fn chunk<'a>(&'a self, at: usize, scratch: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        match &self.chunks[at] {
            Chunk::Memory(bytes) => Ok(bytes),
            Chunk::File(file, offset, length) => {
                scratch.resize(*length as usize, 0);
                read_at(&self.files[*file], scratch, *offset)?;
                Ok(scratch)
            }
        }
    }

    /// Adds the rows of another store after these.
    pub fn append(&mut self, other: Store) {
        if self.rows.is_empty() {
            *self = other;
            return;
        }
        let (chunks, files) = (self.chunks.len() as u64, self.files.len());
        self.chunks.extend(other.chunks.into_iter().map(|chunk| match chunk {
            Chunk::File(file, offset, length) => Chunk::File(file + files, offset, length),
            memory => memory,
        }));
        self.rows.extend(other.rows.iter().map(|place| place + (chunks << 32)));
        self.files.extend(other.files);
    }

    fn place(&self, row: usize) -> (usize, usize) {
        let place = self.rows[row];
        ((place >> 32) as usize, place as u32 as usize)
    }
}

/// Fills a store, row by row.
pub struct StoreBuilder<'a> {
    store: Store,
    budget: &'a Budget,
    open: Vec<u8>,
    /// Which of the store's files is written to, and how many bytes are in it.
    file: Option<usize>,
    written: u64,
    /// The chunks that are in memory.
    kept: Vec<usize>,
    /// Rows whose share of the budget is taken.
    counted: usize,
}

impl<'a> StoreBuilder<'a> {
    pub fn new(budget: &'a Budget) -> Self {
        Self {
            store: Store::default(),
            budget,
            open: Vec::new(),
            file: None,
            written: 0,
            kept: Vec::new(),
            counted: 0,
        }
    }

    /// Adds the row that `pack` appends to the bytes it is given; none where it says so. What it appended then is taken back.
    pub fn add<E: From<io::Error>>(&mut self, pack: impl FnOnce(&mut Vec<u8>) -> Result<bool, E>) -> Result<bool, E> {
        if self.open.capacity() == 0 {
            self.open.reserve(CHUNK + CHUNK / 8);
        }
        let start = self.open.len();
        match pack(&mut self.open) {
            Ok(true) => {}
            other => {
                self.open.truncate(start);
                return other;
            }
        }
        self.store
            .rows
            .push((self.store.chunks.len() as u64) << 32 | start as u64);
        if self.open.len() >= CHUNK {
            self.close()?;
        }
        Ok(true)
    }

    pub fn finish(mut self) -> io::Result<Store> {
        if !self.open.is_empty() {
            self.close()?;
        }
        self.store.rows.shrink_to_fit();
        Ok(self.store)
    }

    fn close(&mut self) -> io::Result<()> {
        let rows = self.store.rows.len() - self.counted;
        self.counted = self.store.rows.len();
        self.budget.spend(rows as i64 * BESIDE);
        if self.budget.take(self.open.len() as i64) {
            let mut chunk = std::mem::take(&mut self.open);
            if chunk.capacity() > chunk.len() + chunk.len() / 4 {
                chunk.shrink_to_fit();
            }
            self.kept.push(self.store.chunks.len());
            self.store.chunks.push(Chunk::Memory(chunk));
            return Ok(());
        }
        let chunk = std::mem::take(&mut self.open);
        let written = self.write(&chunk)?;
        self.store.chunks.push(written);
        self.open = chunk;
        self.open.clear();
        self.open.shrink_to(CHUNK + CHUNK / 8);
        // What is known of the rows since has taken the place of rows that are in memory.
        while self.budget.is_overdrawn()
            && let Some(at) = self.kept.pop()
        {
            let Chunk::Memory(chunk) = std::mem::replace(&mut self.store.chunks[at], Chunk::File(0, 0, 0)) else {
                continue;
            };
            self.store.chunks[at] = self.write(&chunk)?;
            self.budget.spend(-(chunk.len() as i64));
        }
        Ok(())
    }

    /// Adds the rows of another one after these.
    pub fn append(&mut self, mut other: StoreBuilder<'_>) -> io::Result<()> {
        if !self.open.is_empty() {
            self.close()?;
        }
        if !other.open.is_empty() {
            other.close()?;
        }
        let chunks = self.store.chunks.len();
        self.kept.extend(other.kept.iter().map(|at| at + chunks));
        self.counted += other.counted;
        self.store.append(other.store);
        Ok(())
    }

    /// A chunk in the file.
    fn write(&mut self, chunk: &[u8]) -> io::Result<Chunk> {
        let file = match self.file {
            Some(file) => file,
            None => {
                self.store.files.push(tempfile::tempfile_in(&self.budget.folder)?);
                *self.file.insert(self.store.files.len() - 1)
            }
        };
        let length = u32::try_from(chunk.len()).map_err(|_| io::Error::other("a row of more than 4 GiB"))?;
        write_at(&self.store.files[file], chunk, self.written)?;
        let written = Chunk::File(file, self.written, length);
        self.written += u64::from(length);
        Ok(written)
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::packed::pack_text;

    fn filled(budget: &Budget, rows: std::ops::Range<usize>) -> Store {
        let mut builder = StoreBuilder::new(budget);
        for at in rows {
            let added = builder.add(|out| {
                pack_text(out, &format!("{at} ").repeat(100_000));
                io::Result::Ok(at % 3 != 1)
            });
            assert_eq!(added.unwrap(), at % 3 != 1);
        }
        builder.finish().unwrap()
    }

    #[test]
    fn many_small_rows_drive_others_out_of_memory() {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(8 << 20, folder.path().to_path_buf());
        let mut builder = StoreBuilder::new(&budget);
        for at in 0..400_000 {
            builder
                .add(|out| {
                    pack_text(out, &format!("{at} and some words"));
                    io::Result::Ok(true)
                })
                .unwrap();
        }
        let store = builder.finish().unwrap();
        let in_memory = store
            .chunks
            .iter()
            .filter(|chunk| matches!(chunk, Chunk::Memory(_)))
            .count();
        assert_eq!(in_memory, 0, "what is known of 400,000 rows is more than the budget");
        let mut scratch = Vec::new();
        for at in [0, 1, 77_777, 399_999] {
            let row = store.row(at, &mut scratch).unwrap();
            assert_eq!(row.cell(0).text().unwrap(), format!("{at} and some words"));
        }
    }

    #[test]
    fn rows_are_the_same_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [0, 3 << 20, u64::MAX] {
            let budget = Budget::new(bytes, folder.path().to_path_buf());
            let mut store = filled(&budget, 0..30);
            store.append(filled(&budget, 30..60));
            assert_eq!(store.rows.len(), 40);
            let mut scratch = Vec::new();
            for (at, row) in (0..60).filter(|at| at % 3 != 1).enumerate() {
                let found = store.row(at, &mut scratch).unwrap();
                assert_eq!(found.cell(0).text().unwrap(), format!("{row} ").repeat(100_000));
            }
        }
    }
}
