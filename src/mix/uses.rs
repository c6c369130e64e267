//! Quotas to uses: how often each row is used, and where in the mixture each use stands.

use rayon::prelude::*;

use super::draw::{Draws, ORDER, TAKEN, TEMPLATE};
use super::occurrences;
use super::pool::{Pool, Unit};
use crate::digest::{Digest, Messages, word};
use crate::source::Reader;

/// One use of a row, with the two words of its digest that every use is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Where it stands: uniform over all 64-bit numbers.
    pub order: u64,
    /// What draws its template, and which of several answers is its target.
    pub template: u64,
    /// Index of the dataset in the build.
    pub dataset: u32,
    pub unit: Unit,
    pub pass: u32,
}

impl Use {
    /// One use of a unit of a pool.
    pub fn new(dataset: u32, pool: &Pool, unit: &Unit, pass: u32, draws: Draws) -> Self {
        Self::of(dataset, unit, pass, &draws.use_of(&pool.digest(unit), pass))
    }

    /// The same by the digest of the use.
    fn of(dataset: u32, unit: &Unit, pass: u32, digest: &Digest) -> Self {
        Self {
            order: word(digest, ORDER),
            template: word(digest, TEMPLATE),
            dataset,
            unit: *unit,
            pass,
        }
    }

    /// Half of its digest: no other use has it.
    pub fn id(&self) -> u128 {
        u128::from(self.order) << 64 | u128::from(self.template)
    }
}

/// Uses that are made together: enough for all threads, and little beside what keeps them.
const TOGETHER: usize = 1 << 16;

/// Hands on the uses that make a quota: every unit `quota / n` times, and the `quota % n` of smallest word once more.
pub fn uses(dataset: u32, pool: &Pool, quota: u64, draws: Draws, mut take: impl FnMut(Use)) {
    let units = &pool.kept;
    let n = units.len() as u64;
    if n == 0 {
        return;
    }
    let (full, part) = (quota / n, (quota % n) as usize);
    let reader = || pool.rows.identities(occurrences::TOGETHER);
    let digest = |reader: &mut Reader<'_>, unit: &Unit| {
        let row = unit.row as usize;
        pool.digest_by(&pool.key_of(row, &reader.of(row)), unit)
    };
    let mut make = |units: &[Unit], pass: u64| {
        let pass = u32::try_from(pass).unwrap_or(u32::MAX);
        let some = |(reader, messages): &mut (Reader<'_>, Messages), units: &[Unit]| {
            for unit in units {
                draws.add_use(messages, &digest(reader, unit), pass);
            }
            let made = units.iter().zip(messages.digests());
            made.map(|(unit, digest)| Use::of(dataset, unit, pass, &digest))
                .collect::<Vec<Use>>()
        };
        for units in units.chunks(TOGETHER) {
            let parts = units.par_chunks(occurrences::TOGETHER);
            let made = parts.map_init(|| (reader(), Messages::default()), some);
            made.collect::<Vec<Vec<Use>>>()
                .into_iter()
                .flatten()
                .for_each(&mut take);
        }
    };
    for pass in 0..full {
        make(units, pass);
    }
    if part > 0 {
        let pass = u32::try_from(full).unwrap_or(u32::MAX);
        let taken =
            |reader: &mut Reader<'_>, unit: &Unit| (word(&draws.use_of(&digest(reader, unit), pass), TAKEN), *unit);
        let mut last: Vec<(u64, Unit)> = units.par_iter().map_init(reader, taken).collect();
        last.select_nth_unstable_by(part, |a, b| {
            a.0.cmp(&b.0).then_with(|| pool.digest(&a.1).cmp(&pool.digest(&b.1)))
        });
        let last: Vec<Unit> = last[..part].iter().map(|(_, unit)| *unit).collect();
        make(&last, full);
    }
}

/// The same by position, for `profile repo`: the first rows, again and again.
pub fn positional_uses(dataset: u32, pool: &Pool, quota: u64, draws: Draws, take: impl FnMut(Use)) {
    let n = pool.kept.len() as u64;
    let made = (0..if n == 0 { 0 } else { quota }).map(|i| {
        let pass = u32::try_from(i / n).unwrap_or(u32::MAX);
        Use::new(dataset, pool, &pool.kept[(i % n) as usize], pass, draws)
    });
    made.for_each(take);
}

/// The shard of `count` that an order falls into: shard `i` is the range from `i / count` to `(i + 1) / count`.
pub fn shard_of(order: u64, count: u32) -> u32 {
    ((u128::from(order) * u128::from(count)) >> 64) as u32
}
