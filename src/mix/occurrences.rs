//! Which of several equal rows each row is, and with that who it is.

use rayon::prelude::*;

use super::draw::Draws;
use crate::digest::{Digest, Messages, word};
use crate::source::{Reader, Rows};

/// Digests that are read at once where rows are asked for in their order.
pub(super) const TOGETHER: usize = 128;

/// Equal rows of one split are counted in the order of all their fields, never of the file.
#[derive(Debug, Default)]
pub struct Occurrences {
    /// The rows that are not the first of theirs, and which they are.
    later: Vec<(u32, u32)>,
    /// Who each row is, where there is room for that.
    keys: Vec<Digest>,
}

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
        Self {
            later,
            keys: Vec::new(),
        }
    }

    /// Makes who each row is once, for all who ask.
    pub fn keep_keys(&mut self, rows: &Rows) {
        let mut keys = vec![Digest::default(); rows.len()];
        let begin = || (rows.identities(TOGETHER), Messages::default());
        let parts = keys.par_chunks_mut(TOGETHER).enumerate();
        parts.for_each_init(begin, |(reader, messages), (part, keys)| {
            for at in 0..keys.len() {
                let row = part * TOGETHER + at;
                Draws::add_row(messages, &reader.of(row).content(), rows.split(row), self.of(row));
            }
            keys.iter_mut()
                .zip(messages.digests())
                .for_each(|(key, made)| *key = made);
        });
        self.keys = keys;
    }

    /// A byte of who a row is, where that is kept.
    pub fn touch(&self, row: usize) -> u64 {
        self.keys.get(row).map_or(0, |key| u64::from(key[0]))
    }

    /// How many equal rows of the split come before it.
    pub fn of(&self, row: usize) -> u32 {
        let found = self.later.binary_search_by_key(&(row as u32), |(row, _)| *row);
        found.map_or(0, |at| self.later[at].1)
    }

    /// Who a row is; see [`Draws::row`].
    pub fn key(&self, rows: &Rows, row: usize) -> Digest {
        self.kept_or(rows, row, || rows.content(row))
    }

    /// The same where its content is at hand.
    pub fn key_of(&self, rows: &Rows, row: usize, content: &Digest) -> Digest {
        self.kept_or(rows, row, || *content)
    }

    fn kept_or(&self, rows: &Rows, row: usize, content: impl FnOnce() -> Digest) -> Digest {
        let kept = self.keys.get(row).copied();
        kept.unwrap_or_else(|| Draws::row(&content(), rows.split(row), self.of(row)))
    }
}
