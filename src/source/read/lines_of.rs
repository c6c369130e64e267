//! Lines of a part of a file, so that a large one is read by several threads.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::bytes::{self, BUFFER, Lines};
use super::error::ReadError;
use super::paths::{Content, SourceFile};
use crate::catalog::model::Encoding;

/// Whole lines that follow one another in a file.
pub(super) struct LinesOf {
    path: PathBuf,
    encoding: Encoding,
    /// From the beginning of a line to the end of one.
    bytes: Range<u64>,
    /// How many lines of the file come before.
    pub before: u64,
}

impl LinesOf {
    /// The lines of a file in stretches of about so many bytes; none where its lines are only found by reading all before
    /// them: where it is compressed, in an archive, or in an encoding in which the byte of a line feed may be something else.
    pub(super) fn of(file: &SourceFile, encoding: Encoding, bytes: u64) -> Result<Vec<LinesOf>, ReadError> {
        let Content::File(path) = &file.content else {
            return Ok(Vec::new());
        };
        if matches!(encoding, Encoding::Named(_)) || bytes::is_compressed(path)? {
            return Ok(Vec::new());
        }
        let ranges = ranges(path, file.bytes, bytes.max(1))?;
        let counts: Vec<u64> = ranges
            .par_iter()
            .map(|range| count(path, range))
            .collect::<Result<_, ReadError>>()?;
        let mut before = 0;
        let numbered = ranges.into_iter().zip(counts).map(|(bytes, count)| {
            before += count;
            LinesOf {
                path: path.clone(),
                encoding,
                bytes,
                before: before - count,
            }
        });
        Ok(numbered.collect())
    }

    pub(super) fn open(&self) -> Result<Lines, ReadError> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.bytes.start))?;
        let input = BufReader::with_capacity(BUFFER, file.take(self.bytes.end - self.bytes.start));
        Lines::of(Box::new(input), self.encoding, self.bytes.start == 0)
    }
}

/// The bytes of a file, cut at the ends of lines.
fn ranges(path: &Path, length: u64, bytes: u64) -> Result<Vec<Range<u64>>, ReadError> {
    let mut ranges = Vec::new();
    let mut start = 0;
    while start < length {
        let end = match start + bytes < length {
            true => line_end(path, start + bytes, length)?,
            false => length,
        };
        ranges.push(start..end);
        start = end;
    }
    Ok(ranges)
}

/// Where the line ends that the byte before this one is of.
fn line_end(path: &Path, at: u64, length: u64) -> Result<u64, ReadError> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(at - 1))?;
    let passed = BufReader::new(file).skip_until(b'\n')? as u64;
    Ok((at - 1 + passed).min(length))
}

fn count(path: &Path, range: &Range<u64>) -> Result<u64, ReadError> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(range.start))?;
    let mut input = BufReader::with_capacity(BUFFER, file.take(range.end - range.start));
    let mut lines = 0;
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(lines);
        }
        lines += memchr::memchr_iter(b'\n', chunk).count() as u64;
        let length = chunk.len();
        input.consume(length);
    }
}
