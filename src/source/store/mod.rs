//! Packed rows, in memory as long as a budget lasts and in a file of their own after that.
//!
//! The file has no name, so nothing of it is left when the process ends, however it ends. It is read by position and
//! not mapped, so that what it holds is never counted as memory of this process.

mod builder;
mod checked;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::OnceLock;

use self::builder::Out;
pub use self::builder::StoreBuilder;
pub use self::checked::{Checked, Damaged};
use super::budget::Budget;

/// Lines of the cache that a short row lies in.
const LINES: usize = 6;
/// Rows by number: for each some bytes of a fixed number, which are asked for alone and one after another, and its cells.
#[derive(Debug, Default)]
pub struct Store {
    /// How many bytes of each row stand apart from its cells.
    head: usize,
    chunks: Vec<Chunk>,
    /// The chunk of each row, and where in it its cells begin, in the two halves of a number.
    rows: Vec<u64>,
    files: Vec<File>,
    /// Why a row or its head could not be read; see [`Store::sound`].
    lost: OnceLock<io::Error>,
}

#[derive(Debug)]
struct Chunk {
    /// Its first row.
    first: u32,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Memory {
        heads: Vec<u8>,
        cells: Vec<u8>,
    },
    /// Which of the files, and where in it the heads begin, which the cells follow.
    File {
        file: usize,
        offset: u64,
        heads: u32,
        cells: u32,
        /// What the cells are held to, where they are not of this process.
        checked: Option<Checked>,
    },
}

impl Store {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The cells of a row, from memory or read into `scratch`. After an error the store is no longer sound, either.
    pub fn row<'a>(&'a self, row: usize, scratch: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        let read = self.cells(row, scratch);
        if let Err(error) = &read {
            let _ = self.lost.set(again(error));
        }
        read
    }

    fn cells<'a>(&'a self, row: usize, scratch: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        let (chunk, start) = self.place(row);
        let next = self.rows.get(row + 1).map(|_| self.place(row + 1));
        let end = |length: usize| {
            next.filter(|(other, _)| *other == chunk)
                .map_or(length, |(_, start)| start)
        };
        match &self.chunks[chunk].held {
            Held::Memory { cells, .. } => Ok(&cells[start..end(cells.len())]),
            Held::File {
                file,
                offset,
                heads,
                cells,
                checked,
            } => {
                let (file, first) = (&self.files[*file], offset + u64::from(*heads));
                if let Some(checked) = checked {
                    checked.hold(file, first, *cells)?;
                }
                scratch.resize(end(*cells as usize) - start, 0);
                read_at(file, scratch, first + start as u64)?;
                Ok(scratch)
            }
        }
    }

    /// Some bytes of the head of a row, from its `at`-th. Zeros where the disk does not give them: then the store is no
    /// longer sound, and nothing that was made of it may be used.
    pub fn head<const N: usize>(&self, row: usize, at: usize) -> [u8; N] {
        let chunk = &self.chunks[(self.rows[row] >> 32) as usize];
        let start = (row - chunk.first as usize) * self.head + at;
        let mut head = [0; N];
        match &chunk.held {
            Held::Memory { heads, .. } => head.copy_from_slice(&heads[start..start + N]),
            Held::File { file, offset, .. } => {
                if let Err(error) = read_at(&self.files[*file], &mut head, offset + start as u64) {
                    let _ = self.lost.set(error);
                }
            }
        }
        head
    }

    /// Reads the heads of rows that follow one another, so many at a time where they are not in memory.
    pub fn heads(&self, together: usize) -> Heads<'_> {
        Heads {
            store: self,
            together,
            read: 0..0,
            bytes: Vec::new(),
        }
    }

    /// Whether all that was asked for could be read.
    pub fn sound(&self) -> io::Result<()> {
        match self.lost.get() {
            None => Ok(()),
            Some(error) => Err(again(error)),
        }
    }

    /// Moves rows out of memory, the last ones first, as long as more is taken of the budget than there is.
    pub fn fit(&mut self, budget: &Budget) -> io::Result<()> {
        let mut out = Out::default();
        for at in (0..self.chunks.len()).rev() {
            if !budget.is_overdrawn() {
                break;
            }
            let Held::Memory { heads, cells } = &self.chunks[at].held else {
                continue;
            };
            let held = out.write(&mut self.files, budget, heads, cells)?;
            budget.spend(-((heads.len() + cells.len()) as i64));
            self.chunks[at].held = held;
        }
        Ok(())
    }

    /// Whether some rows are in files.
    pub fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// Where a row is kept, as a number that means nothing to others; see [`Store::touch`].
    pub fn locate(&self, row: usize) -> u64 {
        self.rows[row]
    }

    /// Some bytes of the head and of the cells of a row in memory: one of each line of the cache that a short row lies in.
    pub fn touch(&self, row: usize) -> u64 {
        const LINE: usize = 64;
        let (chunk, start) = self.place(row);
        let chunk = &self.chunks[chunk];
        match &chunk.held {
            Held::Memory { heads, cells } => {
                let head = u64::from(heads[(row - chunk.first as usize) * self.head]);
                let lines = cells[start..].iter().step_by(LINE).take(LINES);
                lines.fold(head, |sum, byte| sum.wrapping_add(u64::from(*byte)))
            }
            Held::File { .. } => 0,
        }
    }

    /// Over rows that lie in a file already, in chunks after `start`, heads before cells: their lengths, and what the cells
    /// are held to. `rows` says where each row is (see [`Store::locate`]). `None` where one would lie outside.
    pub fn of_file(
        file: File,
        start: u64,
        head: usize,
        chunks: Vec<(u32, u32, Checked)>,
        rows: Vec<u64>,
    ) -> Option<Self> {
        let mut offset = start;
        let mut first = 0;
        let mut found = Vec::with_capacity(chunks.len());
        let lengths: Vec<u32> = chunks.iter().map(|(_, cells, _)| *cells).collect();
        for (heads, cells, checked) in chunks {
            let held = Held::File {
                file: 0,
                offset,
                heads,
                cells,
                checked: Some(checked),
            };
            found.push(Chunk { first, held });
            offset += u64::from(heads) + u64::from(cells);
            first = first.checked_add(u32::try_from(heads as usize / head).ok()?)?;
        }
        let inside = |(row, place): (usize, &u64)| {
            let chunk = (place >> 32) as usize;
            let next = found.get(chunk + 1).map_or(first, |chunk| chunk.first) as usize;
            let ours = found
                .get(chunk)
                .is_some_and(|chunk| (chunk.first as usize..next).contains(&row));
            ours && lengths.get(chunk).is_some_and(|cells| *place as u32 <= *cells)
        };
        let ordered = rows.is_sorted() && rows.iter().enumerate().all(inside) && rows.len() == first as usize;
        ordered.then(|| Self {
            head,
            chunks: found,
            rows,
            files: vec![file],
            lost: OnceLock::new(),
        })
    }

    /// How many chunks the rows lie in.
    pub fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// The heads and the cells of a chunk, from memory or read into `scratch`.
    pub fn chunk<'a>(&'a self, at: usize, scratch: &'a mut Vec<u8>) -> io::Result<(&'a [u8], &'a [u8])> {
        match &self.chunks[at].held {
            Held::Memory { heads, cells } => Ok((heads, cells)),
            Held::File {
                file,
                offset,
                heads,
                cells,
                checked,
            } => {
                let file = &self.files[*file];
                if let Some(checked) = checked {
                    checked.hold(file, offset + u64::from(*heads), *cells)?;
                }
                scratch.resize(*heads as usize + *cells as usize, 0);
                read_at(file, scratch, *offset)?;
                Ok(scratch.split_at(*heads as usize))
            }
        }
    }

    /// All heads of a chunk in a file; none where it is not in one, or they cannot be read.
    pub fn heads_of(&self, at: usize) -> Option<Vec<u8>> {
        let Held::File {
            file, offset, heads, ..
        } = &self.chunks[at].held
        else {
            return None;
        };
        let mut bytes = vec![0; *heads as usize];
        read_at(&self.files[*file], &mut bytes, *offset).ok()?;
        Some(bytes)
    }

    /// Adds the rows of another store after these.
    pub fn append(&mut self, mut other: Store) {
        if self.rows.is_empty() {
            *self = other;
            return;
        }
        let (chunks, rows, files) = (self.chunks.len() as u64, self.rows.len() as u32, self.files.len());
        for chunk in &mut other.chunks {
            chunk.first += rows;
            if let Held::File { file, .. } = &mut chunk.held {
                *file += files;
            }
        }
        self.chunks.append(&mut other.chunks);
        self.rows.extend(other.rows.iter().map(|place| place + (chunks << 32)));
        self.files.append(&mut other.files);
    }

    fn place(&self, row: usize) -> (usize, usize) {
        let place = self.rows[row];
        ((place >> 32) as usize, place as u32 as usize)
    }
}

/// Reads heads one after another; see [`Store::heads`].
pub struct Heads<'a> {
    store: &'a Store,
    together: usize,
    /// The rows whose heads were read last.
    read: Range<usize>,
    bytes: Vec<u8>,
}

impl Heads<'_> {
    /// The head of a row; zeros where the disk does not give it, as [`Store::head`] says.
    pub fn of(&mut self, row: usize) -> &[u8] {
        let store = self.store;
        let at = (store.rows[row] >> 32) as usize;
        let chunk = &store.chunks[at];
        let start = (row - chunk.first as usize) * store.head;
        let (file, offset, heads) = match &chunk.held {
            Held::Memory { heads, .. } => return &heads[start..start + store.head],
            Held::File {
                file, offset, heads, ..
            } => (file, offset, *heads as usize),
        };
        if !self.read.contains(&row) {
            let length = (self.together * store.head).min(heads - start);
            self.bytes.clear();
            self.bytes.resize(length, 0);
            if let Err(error) = read_at(&store.files[*file], &mut self.bytes, offset + start as u64) {
                let _ = store.lost.set(error);
                self.bytes.fill(0);
            }
            self.read = row..row + length / store.head;
        }
        let start = (row - self.read.start) * store.head;
        &self.bytes[start..start + store.head]
    }
}

/// An error once more, for another who asks.
fn again(error: &io::Error) -> io::Error {
    match Damaged::of(error) {
        Some(damaged) => damaged.clone().into(),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::packed::{Row, pack_text};

    /// A row that says its number, at the beginning of its cells and in its head.
    fn add(builder: &mut StoreBuilder<'_>, at: u64, text: &str, keep: bool) {
        let added = builder.add(|out| {
            pack_text(out, text);
            io::Result::Ok(keep)
        });
        assert_eq!(added.unwrap(), keep);
        if keep {
            let head = builder.heads().last_chunk_mut().unwrap();
            *head = at.to_be_bytes();
        }
        if builder.is_full() {
            builder.close().unwrap();
        }
    }

    fn filled(budget: &Budget, rows: std::ops::Range<u64>) -> Store {
        let mut builder = StoreBuilder::new(8, budget, 0);
        for at in rows {
            add(&mut builder, at, &format!("{at} ").repeat(100_000), at % 3 != 1);
        }
        builder.finish().unwrap()
    }

    #[test]
    fn many_small_rows_drive_others_out_of_memory() {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(20 << 20, folder.path().to_path_buf());
        let mut builder = StoreBuilder::new(8, &budget, 0);
        (0..400_000).for_each(|at| add(&mut builder, at, &format!("{at} and some words"), true));
        let mut store = builder.finish().unwrap();
        let in_memory = |store: &Store| {
            let chunks = store.chunks.iter();
            chunks.filter(|chunk| matches!(chunk.held, Held::Memory { .. })).count()
        };
        assert_ne!(in_memory(&store), 0);
        store.fit(&budget).unwrap();
        assert_eq!(
            in_memory(&store),
            0,
            "what is known of 400,000 rows is more than the budget"
        );
        assert_eq!(store.head(77_777, 0), 77_777_u64.to_be_bytes());
        let mut scratch = Vec::new();
        for at in [0, 1, 77_777, 399_999] {
            let row = Row::new(store.row(at, &mut scratch).unwrap());
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
            let (mut scratch, mut heads) = (Vec::new(), store.heads(7));
            for (at, row) in (0..60).filter(|at| at % 3 != 1).enumerate() {
                let found = Row::new(store.row(at, &mut scratch).unwrap());
                assert_eq!(found.cell(0).text().unwrap(), format!("{row} ").repeat(100_000));
                assert_eq!(store.head(at, 0), (row as u64).to_be_bytes());
                assert_eq!(heads.of(at), (row as u64).to_be_bytes());
            }
        }
    }
}
