//! Quotas to uses: how often each row is used, and where in the mixture each use stands.

use super::draw::{Draws, ORDER, TAKEN, TEMPLATE};
use super::pool::{Pool, Unit};
use crate::digest::word;

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
        let digest = draws.use_of(&pool.digest(unit), pass);
        Self {
            order: word(&digest, ORDER),
            template: word(&digest, TEMPLATE),
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

/// The uses that make a quota: every unit `quota / n` times, and the `quota % n` of smallest word once more.
pub fn uses(dataset: u32, pool: &Pool, quota: u64, draws: Draws) -> Vec<Use> {
    let units = &pool.kept;
    let n = units.len() as u64;
    if n == 0 {
        return Vec::new();
    }
    let (full, part) = (quota / n, (quota % n) as usize);
    let make = |unit: &Unit, pass: u64| Use::new(dataset, pool, unit, u32::try_from(pass).unwrap_or(u32::MAX), draws);
    let mut uses = Vec::with_capacity(usize::try_from(quota).unwrap_or_default());
    for pass in 0..full {
        uses.extend(units.iter().map(|unit| make(unit, pass)));
    }
    if part > 0 {
        let pass = u32::try_from(full).unwrap_or(u32::MAX);
        let taken = |unit: &Unit| word(&draws.use_of(&pool.digest(unit), pass), TAKEN);
        let mut last: Vec<(u64, &Unit)> = units.iter().map(|unit| (taken(unit), unit)).collect();
        let order =
            |a: &(u64, &Unit), b: &(u64, &Unit)| a.0.cmp(&b.0).then_with(|| pool.digest(a.1).cmp(&pool.digest(b.1)));
        if part < last.len() {
            last.select_nth_unstable_by(part, order);
        }
        uses.extend(last[..part].iter().map(|(_, unit)| make(unit, full)));
    }
    uses
}

/// The same by position, for `profile repo`: the first rows, again and again.
pub fn positional_uses(dataset: u32, pool: &Pool, quota: u64, draws: Draws) -> Vec<Use> {
    let n = pool.kept.len() as u64;
    (0..if n == 0 { 0 } else { quota })
        .map(|i| {
            let pass = u32::try_from(i / n).unwrap_or(u32::MAX);
            Use::new(dataset, pool, &pool.kept[(i % n) as usize], pass, draws)
        })
        .collect()
}

/// The shard of `count` that an order falls into: shard `i` is the range from `i / count` to `(i + 1) / count`.
pub fn shard_of(order: u64, count: u32) -> u32 {
    ((u128::from(order) * u128::from(count)) >> 64) as u32
}
