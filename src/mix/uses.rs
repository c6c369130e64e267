//! Quotas to uses: how often each row is used, and where in the mixture each use stands.

use super::draw::{Draws, ORDER, TAKEN};
use super::pool::Unit;
use crate::digest::{Digest, word};

/// One use of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Index of the dataset in the build.
    pub dataset: u32,
    pub unit: Unit,
    pub pass: u32,
    pub digest: Digest,
}

impl Use {
    /// Where it stands: uniform over all 64-bit numbers.
    pub fn order(&self) -> u64 {
        word(&self.digest, ORDER)
    }

    /// What sorts a mixture: the order, and for equal orders who the row is.
    pub fn sort_key(&self) -> (u64, u32, Digest, u32) {
        (self.order(), self.dataset, self.unit.digest, self.pass)
    }
}

/// The uses that make a quota: every unit `quota / n` times, and the `quota % n` of smallest word once more.
pub fn uses(dataset: u32, units: &[Unit], quota: u64, draws: Draws) -> Vec<Use> {
    let n = units.len() as u64;
    if n == 0 {
        return Vec::new();
    }
    let (full, part) = (quota / n, (quota % n) as usize);
    let make = |unit: &Unit, pass: u64| {
        let pass = u32::try_from(pass).unwrap_or(u32::MAX);
        Use {
            dataset,
            unit: *unit,
            pass,
            digest: draws.use_of(&unit.digest, pass),
        }
    };
    let mut uses: Vec<Use> = (0..full)
        .flat_map(|pass| units.iter().map(move |unit| (unit, pass)))
        .map(|(u, p)| make(u, p))
        .collect();
    if part > 0 {
        let mut last: Vec<Use> = units.iter().map(|unit| make(unit, full)).collect();
        last.sort_by_key(|u| (word(&u.digest, TAKEN), u.unit.digest));
        last.truncate(part);
        uses.append(&mut last);
    }
    uses
}

/// The same by position, for `profile repo`: the first rows, again and again.
pub fn positional_uses(dataset: u32, units: &[Unit], quota: u64, draws: Draws) -> Vec<Use> {
    let n = units.len() as u64;
    (0..if n == 0 { 0 } else { quota })
        .map(|i| {
            let unit = units[(i % n) as usize];
            let pass = u32::try_from(i / n).unwrap_or(u32::MAX);
            Use {
                dataset,
                unit,
                pass,
                digest: draws.use_of(&unit.digest, pass),
            }
        })
        .collect()
}

/// The shard of `count` that an order falls into: shard `i` is the range from `i / count` to `(i + 1) / count`.
pub fn shard_of(order: u64, count: u32) -> u32 {
    ((u128::from(order) * u128::from(count)) >> 64) as u32
}
