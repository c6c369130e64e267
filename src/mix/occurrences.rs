//! Which of several equal rows each row is, and with that who it is.

use rayon::prelude::*;

use super::draw::Draws;
use crate::digest::{Digest, word};
use crate::source::{Reader, Rows};

/// Digests that are read at once where rows are asked for in their order.
pub(super) const TOGETHER: usize = 128;

/// Equal rows of one split are counted in the order of all their fields, never of the file. Only those that are not the
/// first of theirs are kept, by row.
#[derive(Debug, Default)]
pub struct Occurrences(Vec<(u32, u32)>);

impl Occurrences {
    pub fn new(rows: &Rows) -> Self {
        let mut later = Vec::new();
        for (_, range) in rows.splits() {
            let words = |reader: &mut Reader<'_>, row: usize| (word(&reader.of(row).content(), 0), row as u32);
            let words = range.into_par_iter().map_init(|| rows.identities(TOGETHER), words);
            let mut words: Vec<(u64, u32)> = words.collect();
            words.par_sort_unstable();
            // The first word of its content tells a row from nearly all that are not equal to it.
            for alike in words.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
                let digests = |(_, row): &(u64, u32)| (rows.content(*row as usize), rows.whole(*row as usize), *row);
                let mut alike: Vec<(Digest, Digest, u32)> = alike.iter().map(digests).collect();
                alike.sort_unstable();
                for equal in alike.chunk_by(|a, b| a.0 == b.0) {
                    let counted = equal.iter().enumerate().skip(1);
                    later.extend(counted.map(|(occurrence, (.., row))| (*row, occurrence as u32)));
                }
            }
        }
        later.par_sort_unstable();
        later.shrink_to_fit();
        Self(later)
    }

    /// How many equal rows of the split come before it.
    pub fn of(&self, row: usize) -> u32 {
        let found = self.0.binary_search_by_key(&(row as u32), |(row, _)| *row);
        found.map_or(0, |at| self.0[at].1)
    }

    /// Who a row is; see [`Draws::row`].
    pub fn key(&self, rows: &Rows, row: usize) -> Digest {
        self.key_of(rows, row, &rows.content(row))
    }

    /// The same where its content is at hand.
    pub fn key_of(&self, rows: &Rows, row: usize, content: &Digest) -> Digest {
        Draws::row(content, rows.split(row), self.of(row))
    }
}
