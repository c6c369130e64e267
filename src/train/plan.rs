//! Which rows each update learns from.

use crate::digest::digest;

/// The batches of a run: rows by their places, divided into parts that are computed one after another.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Tokens of each row.
    lengths: Vec<usize>,
    batch_tokens: usize,
    part_tokens: usize,
    seed: u64,
}

/// One batch: parts of rows.
pub type Parts = Vec<Vec<usize>>;

impl Plan {
    pub fn new(lengths: Vec<usize>, batch_tokens: usize, part_tokens: usize, seed: u64) -> Self {
        Self {
            lengths,
            batch_tokens,
            part_tokens,
            seed,
        }
    }

    /// The batches of an epoch, from 0: rows in the order of the build for the first, and in orders of their own for the
    /// others. A batch has as many rows as fit, and at least one.
    pub fn epoch(&self, epoch: u64) -> Vec<Parts> {
        let mut order: Vec<usize> = (0..self.lengths.len()).collect();
        if epoch > 0 {
            let (seed, epoch) = (self.seed.to_be_bytes(), epoch.to_be_bytes());
            order.sort_by_cached_key(|row| digest("epoch", &[&seed, &epoch, &(*row as u64).to_be_bytes()]));
        }
        let batches = self.divide(&order, self.batch_tokens);
        batches.iter().map(|rows| self.divide(rows, self.part_tokens)).collect()
    }

    fn divide(&self, rows: &[usize], most: usize) -> Vec<Vec<usize>> {
        let mut parts: Vec<Vec<usize>> = Vec::new();
        let mut tokens = 0;
        for row in rows {
            tokens += self.lengths[*row];
            match parts.last_mut() {
                Some(part) if tokens <= most => part.push(*row),
                _ => {
                    parts.push(vec![*row]);
                    tokens = self.lengths[*row];
                }
            }
        }
        parts
    }

    /// Updates in so many epochs.
    pub fn steps(&self, epochs: u64) -> u64 {
        (0..epochs).map(|epoch| self.epoch(epoch).len() as u64).sum()
    }

    /// The batches from update `from` on, without an end.
    pub fn batches(&self, from: u64) -> impl Iterator<Item = Parts> + '_ {
        let mut skip = from;
        (0..).flat_map(move |epoch| {
            let batches = self.epoch(epoch);
            let here = skip.min(batches.len() as u64);
            skip -= here;
            batches.into_iter().skip(here as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_every_row_once() {
        let plan = Plan::new(vec![5, 3, 4, 9, 2, 2], 8, 5, 1);
        assert_eq!(
            plan.epoch(0),
            [vec![vec![0], vec![1]], vec![vec![2]], vec![vec![3]], vec![vec![4, 5]]]
        );
        for epoch in 1..4 {
            let mut rows: Vec<usize> = plan.epoch(epoch).into_iter().flatten().flatten().collect();
            assert_ne!(rows, [0, 1, 2, 3, 4, 5]);
            rows.sort();
            assert_eq!(rows, [0, 1, 2, 3, 4, 5]);
        }
        let all: Vec<Parts> = plan.batches(0).take(20).collect();
        for from in 0..15 {
            assert_eq!(
                plan.batches(from).take(5).collect::<Vec<_>>(),
                all[from as usize..from as usize + 5]
            );
        }
    }
}
