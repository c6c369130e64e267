//! The rows of a split in a file of the cache: what reading its source came to, so that the source need not be read again.
//!
//! First stand the rows as they are in memory, then all that is known of each, then where that begins and its SHA-256.
//! A file that is cut or is not what it says, to the last bit, is no file: the source is read then. Cells are held to that
//! when they are asked for (see [`super::Damaged`]), everything else at once.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::identity::Kinds;
use super::places::{Places, Run};
use super::rows::Rows;
use super::split::SplitReport;
use super::store::{Checked, Store};
use crate::digest::{Digest, pair, sha256_of};
use crate::files;

/// The first bytes of such a file; they change with its form.
const MAGIC: &[u8; 16] = b"flanc rows 3    ";
/// The place of the second part, and its digest.
const TAIL: u64 = 8 + 32;

/// What a file says of itself before its columns.
#[derive(Serialize, Deserialize)]
struct Head {
    rows: usize,
    /// Bytes of each chunk of packed rows: of their digests, and of their cells.
    chunks: Vec<(u32, u32)>,
    /// The SHA-256 of each of these.
    sums: Vec<(Digest, Digest)>,
    kinds: Kinds,
    /// How many runs their places are.
    runs: usize,
    references: bool,
    files: Vec<String>,
    splits: Vec<(String, usize)>,
    report: SplitReport,
}

/// Writes the rows of a split to `path`, in one step.
pub fn save(path: &Path, rows: &Rows, report: &SplitReport) -> io::Result<()> {
    files::whole_with(path, |file| write(file, rows, report))
}

fn write(file: &File, rows: &Rows, report: &SplitReport) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, file);
    out.write_all(MAGIC)?;
    let mut scratch = Vec::new();
    let (mut chunks, mut sums) = (Vec::new(), Vec::new());
    let mut place = MAGIC.len() as u64;
    for at in 0..rows.store.chunks() {
        let (heads, cells) = rows.store.chunk(at, &mut scratch)?;
        let length =
            |bytes: &[u8]| u32::try_from(bytes.len()).map_err(|_| io::Error::other("a chunk of more than 4 GiB"));
        chunks.push((length(heads)?, length(cells)?));
        let [of_heads, of_cells] = pair([heads, cells]);
        sums.push((of_heads, of_cells));
        for bytes in [heads, cells] {
            place += bytes.len() as u64;
            out.write_all(bytes)?;
        }
    }
    let head = Head {
        rows: rows.len(),
        chunks,
        sums,
        kinds: rows.kinds,
        runs: rows.places.runs().len(),
        references: !rows.references.is_empty(),
        files: rows.files.clone(),
        splits: rows.splits.clone(),
        report: report.clone(),
    };
    let head = serde_json::to_vec(&head)?;
    let mut index = Vec::with_capacity(head.len() + rows.len() * 8);
    index.extend_from_slice(&(head.len() as u64).to_le_bytes());
    index.extend_from_slice(&head);
    (0..rows.len()).for_each(|row| index.extend_from_slice(&rows.store.locate(row).to_le_bytes()));
    for run in rows.places.runs() {
        for half in [run.row, run.file, run.record] {
            index.extend_from_slice(&half.to_le_bytes());
        }
    }
    rows.references
        .iter()
        .for_each(|count| index.extend_from_slice(&count.to_le_bytes()));
    out.write_all(&index)?;
    out.write_all(&place.to_le_bytes())?;
    out.write_all(&sha256_of(index.as_slice())?)?;
    out.flush()
}

/// The rows of a split from `path`; `None` where there is no such file, or not a whole one. The rows themselves stay in the
/// file until they are asked for.
pub fn load(path: &Path) -> Option<(Rows, SplitReport)> {
    let mut file = File::open(path).ok()?;
    let end = file.seek(SeekFrom::End(0)).ok()?.checked_sub(TAIL)?;
    file.seek(SeekFrom::Start(end)).ok()?;
    let mut tail = [0; TAIL as usize];
    file.read_exact(&mut tail).ok()?;
    let (place, digest) = tail.split_first_chunk::<8>()?;
    let place = u64::from_le_bytes(*place);
    let length = usize::try_from(end.checked_sub(place)?).ok()?;
    file.seek(SeekFrom::Start(place)).ok()?;
    let mut index = vec![0; length];
    file.read_exact(&mut index).ok()?;
    if sha256_of(index.as_slice()).ok()? != digest {
        return None;
    }
    let mut magic = [0; MAGIC.len()];
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_exact(&mut magic).ok()?;
    let mut rest = Rest(&index);
    let length = usize::try_from(rest.word()?).ok()?;
    let head: Head = serde_json::from_slice(rest.take(length)?).ok()?;
    let held: u64 = head
        .chunks
        .iter()
        .map(|(heads, cells)| u64::from(*heads) + u64::from(*cells))
        .sum();
    if magic != *MAGIC || held + MAGIC.len() as u64 != place {
        return None;
    }
    let rows = head.rows;
    let places: Vec<u64> = (0..rows).map(|_| rest.word()).collect::<Option<_>>()?;
    let mut runs = Vec::new();
    for _ in 0..head.runs {
        let (row, file, record) = (rest.half()?, rest.half()?, rest.half()?);
        runs.push(Run { row, file, record });
    }
    let counted = if head.references { rows } else { 0 };
    let references = (0..counted).map(|_| rest.half()).collect::<Option<_>>()?;
    if head.sums.len() != head.chunks.len() {
        return None;
    }
    let path: Arc<Path> = path.into();
    let chunks = head.chunks.iter().zip(&head.sums);
    let chunks = chunks.map(|((heads, cells), (_, sum))| (*heads, *cells, Checked::new(*sum, path.clone())));
    let store = Store::of_file(file, MAGIC.len() as u64, head.kinds.bytes(), chunks.collect(), places)?;
    let whole = |(at, (sum, _)): (usize, &(Digest, Digest))| {
        let heads = store.heads_of(at);
        heads.and_then(|heads| sha256_of(heads.as_slice()).ok()) == Some(*sum)
    };
    if !head.sums.par_iter().enumerate().all(whole) {
        return None;
    }
    let rows = Rows {
        store,
        kinds: head.kinds,
        references,
        places: Places::of_runs(runs)?,
        files: head.files,
        splits: head.splits,
    };
    Some((rows, head.report))
}

/// Bytes that are read from their beginning.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take(&mut self, bytes: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn word(&mut self) -> Option<u64> {
        let (word, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*word))
    }

    fn half(&mut self) -> Option<u32> {
        let (half, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*half))
    }
}
