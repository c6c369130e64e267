//! Rows that must stay together: those of one group, those of one content, and so on along the chain.

use rayon::prelude::*;

use super::occurrences::TOGETHER;
use crate::digest::{Digest, word};
use crate::source::{Identities, Reader, Rows};

/// For each row another one, whose group gives the digest that the whole component is known by: the smallest of those of
/// its rows, which are tied by a shared group or a shared content. Empty where rows of one content are tied and no others.
#[derive(Debug, Default)]
pub struct Components(Vec<u32>);

impl Components {
    pub fn new(rows: &Rows) -> Self {
        if !rows.has_groups() {
            return Self::default();
        }
        let mut parent: Vec<u32> = (0..rows.len() as u32).collect();
        tie(&mut parent, rows, |row| row.group());
        tie(&mut parent, rows, |row| row.content());
        let mut least: Vec<u32> = (0..parent.len() as u32).collect();
        for at in 0..parent.len() {
            let root = find(&mut parent, at as u32) as usize;
            if root != at && rows.group(at) < rows.group(least[root] as usize) {
                least[root] = at as u32;
            }
        }
        let of_root = |at: usize| least[find(&mut parent, at as u32) as usize];
        Self((0..rows.len()).map(of_root).collect())
    }

    /// The digest that the rows share which belong together with one.
    pub fn of(&self, rows: &Rows, row: usize) -> Digest {
        rows.group(self.other(row).unwrap_or(row))
    }

    /// The row whose group stands for that of a row, if it is not its own.
    pub fn other(&self, row: usize) -> Option<usize> {
        let other = *self.0.get(row)? as usize;
        (other != row).then_some(other)
    }
}

/// Ties the rows of equal digests.
fn tie(parent: &mut [u32], rows: &Rows, digest: impl Fn(&Identities<'_>) -> Digest + Sync) {
    let words = |reader: &mut Reader<'_>, row: usize| (word(&digest(&reader.of(row)), 0), row as u32);
    let words = (0..parent.len())
        .into_par_iter()
        .map_init(|| rows.identities(TOGETHER), words);
    let mut words: Vec<(u64, u32)> = words.collect();
    words.par_sort_unstable();
    for alike in words.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
        let mut reader = rows.identities(1);
        let digests = |(_, row): &(u64, u32)| (digest(&reader.of(*row as usize)), *row);
        let mut alike: Vec<(Digest, u32)> = alike.iter().map(digests).collect();
        alike.sort_unstable();
        for pair in alike.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            join(parent, pair[0].1, pair[1].1);
        }
    }
}

fn find(parent: &mut [u32], mut at: u32) -> u32 {
    while parent[at as usize] != at {
        parent[at as usize] = parent[parent[at as usize] as usize];
        at = parent[at as usize];
    }
    at
}

fn join(parent: &mut [u32], a: u32, b: u32) {
    let (a, b) = (find(parent, a), find(parent, b));
    // The smaller index becomes the root; the digest of a component does not depend on it.
    let (low, high) = (a.min(b), a.max(b));
    parent[high as usize] = low;
}
