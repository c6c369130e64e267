//! A table in parts that several threads read: some files each, or a stretch of a large one.

use std::ops::Range;
use std::sync::Arc;

use super::blocks::Blocks;
use super::error::ReadError;
use super::{Block, Records, TableReader};

/// Bytes that are not worth a part of their own.
const SMALL: u64 = 4 << 20;
/// What opening a file costs, in bytes of reading it.
const OPENING: u64 = 16 << 10;
/// Parts for each thread: so many that the last ones end nearly together.
const PER_THREAD: u64 = 8;

/// A stretch of one file: what opens it.
pub(super) struct Stretch(Box<dyn Fn() -> Result<Box<dyn Records>, ReadError> + Send + Sync>);

impl Stretch {
    pub(super) fn new(open: impl Fn() -> Result<Box<dyn Records>, ReadError> + Send + Sync + 'static) -> Self {
        Stretch(Box::new(open))
    }

    pub(super) fn open(&self) -> Result<Box<dyn Records>, ReadError> {
        (self.0)()
    }
}

/// Some of the files of a table, or a stretch of one.
pub struct Part {
    reader: Arc<TableReader>,
    files: Range<usize>,
    stretch: Option<Stretch>,
}

impl Part {
    /// The rows of the part, at most 8192 a block, until the first error.
    pub fn blocks(self) -> impl Iterator<Item = Result<Block, ReadError>> + Send {
        Blocks::new(self.reader, self.files, self.stretch)
    }
}

pub(super) fn parts(reader: TableReader, threads: usize) -> Result<Vec<Part>, ReadError> {
    let reader = Arc::new(reader);
    let part = |files, stretch| Part {
        reader: reader.clone(),
        files,
        stretch,
    };
    if threads < 2 {
        return Ok(vec![part(0..reader.files.len(), None)]);
    }
    let weight = |bytes: u64| bytes.saturating_add(OPENING);
    let all: u64 = reader.files.iter().map(|file| weight(file.bytes)).sum();
    let enough = (all / (threads as u64 * PER_THREAD)).max(SMALL);
    let mut parts = Vec::new();
    let (mut begun, mut gathered) = (0, 0);
    for (at, file) in reader.files.iter().enumerate() {
        let stretches = match file.bytes >= 2 * enough {
            true => reader.layout.stretches(file, enough),
            false => Ok(Vec::new()),
        };
        let stretches = stretches.map_err(|error| error.in_file(&file.path))?;
        if !stretches.is_empty() || gathered >= enough {
            if begun < at {
                parts.push(part(begun..at, None));
            }
            (begun, gathered) = (at, 0);
        }
        if stretches.is_empty() {
            gathered += weight(file.bytes);
            continue;
        }
        parts.extend(stretches.into_iter().map(|stretch| part(at..at + 1, Some(stretch))));
        begun = at + 1;
    }
    if begun < reader.files.len() {
        parts.push(part(begun..reader.files.len(), None));
    }
    Ok(parts)
}
