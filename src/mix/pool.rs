//! The rows of one dataset in a mixture: who is set aside, who is a copy, who is under the cap, who is tested.

use std::collections::HashSet;

use rayon::prelude::*;

use super::draw::Draws;
use super::fate::{Fate, Fates};
use super::groups::Components;
use super::occurrences::Occurrences;
use crate::catalog::{Dataset, Mixture, Profile, Style};
use crate::digest::{Digest, word};
use crate::source::{Identities, Rows};

/// One thing that can be used: a row, or one reference of a row where each makes an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    pub row: u32,
    /// The reference, and in the highest bit whether the row has other references that are units too.
    reference: u32,
}

const SEVERAL: u32 = 1 << 31;

impl Unit {
    fn new(row: u32, reference: u32, several: bool) -> Self {
        let flag = if several { SEVERAL } else { 0 };
        Self {
            row,
            reference: (reference & !SEVERAL) | flag,
        }
    }

    pub fn reference(self) -> u32 {
        self.reference & !SEVERAL
    }

    fn is_one_of_several(self) -> bool {
        self.reference & SEVERAL != 0
    }
}

/// The part that each source split plays for a dataset in a mixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Splits {
    pub train: bool,
    pub evaluate: bool,
}

/// The rows of a dataset, divided.
#[derive(Debug, Default)]
pub struct Pool {
    pub rows: Rows,
    occurrences: Occurrences,
    components: Components,
    /// May be trained on; in the order of `keep` where some are over the cap, else in that of the source.
    pub kept: Vec<Unit>,
    pub reserved: Vec<Unit>,
    /// In the order of `keep`.
    pub test: Vec<Unit>,
    /// Train rows that evaluation may show, in the order of `keep`.
    pub exemplars: Vec<Unit>,
    pub fates: Fates,
}

impl Pool {
    /// Bytes that the keys of all rows take.
    pub fn bytes_of_keys(&self) -> usize {
        self.rows.len() * size_of::<Digest>()
    }

    /// Keeps who each row is, which is asked for several times. Without that it is made again each time.
    pub fn keep_keys(&mut self) {
        self.occurrences.keep_keys(&self.rows);
    }

    /// Reads a little of what is known of a row; see [`Rows::locate`].
    pub fn locate(&self, row: usize) -> u64 {
        self.rows.locate(row).wrapping_add(self.occurrences.touch(row))
    }

    /// Who a row is; see [`Draws::row`].
    pub fn key(&self, row: usize) -> Digest {
        self.occurrences.key(&self.rows, row)
    }

    /// The same where who the row is has been read.
    pub fn key_of(&self, row: usize, identities: &Identities<'_>) -> Digest {
        self.occurrences.key_of(&self.rows, row, &identities.content())
    }

    /// What draws of a unit go by: the row's digest, or one of the row and the reference.
    pub fn digest(&self, unit: &Unit) -> Digest {
        digest_of(self.key(unit.row as usize), unit)
    }

    /// The same where the row's key is at hand.
    pub fn digest_by(&self, key: &Digest, unit: &Unit) -> Digest {
        digest_of(*key, unit)
    }

    /// The digest that the rows share which belong together with one.
    pub fn component(&self, row: usize) -> Digest {
        self.components.of(&self.rows, row)
    }

    /// The same where who the row is has been read.
    pub fn component_of(&self, row: usize, identities: &Identities<'_>) -> Digest {
        match self.components.other(row) {
            None => identities.group(),
            Some(other) => self.rows.group(other),
        }
    }
}

fn digest_of(key: Digest, unit: &Unit) -> Digest {
    if unit.is_one_of_several() {
        Draws::unit(&key, unit.reference())
    } else {
        key
    }
}

/// The largest part of a split that is set aside: one row in five, so that a small sample still trains.
const RESERVE_PART: u64 = 5;

/// Divides the rows of a dataset. `parts` says what the mixture does with it, `sample` caps every side.
pub fn pool(
    dataset: &Dataset,
    mixture: &Mixture,
    rows: Rows,
    draws: Draws,
    parts: Splits,
    sample: Option<u64>,
) -> Pool {
    let mut division = Division {
        dataset,
        mixture,
        occurrences: Occurrences::new(&rows),
        fates: vec![Fate::NotDrawn; rows.len()],
        components: Components::new(&rows),
        rows,
        draws,
        sample,
    };
    let mut train = division.of_split(&dataset.train_on);
    let (mut tested, mut reserved) = (Vec::new(), Vec::new());
    if parts.evaluate {
        tested = division.of_split(&dataset.evaluate_on);
    }
    if parts.train {
        reserved = division.set_aside(&train);
    }
    division.keep_apart(&mut train, &reserved, &tested);

    let mut pool = Pool::default();
    if parts.train {
        pool.kept = division.units(&train, true);
        division.limit(&mut pool.kept, mixture.cap);
        division.drop_last_batch(&mut pool.kept);
    } else {
        train
            .iter()
            .for_each(|row| division.fates[*row as usize] = Fate::HeldOut);
    }
    if parts.evaluate {
        let most = mixture.exemplars_at_most.min(sample.unwrap_or(u64::MAX));
        if most > 0 {
            pool.exemplars = division.units(&train, false);
            division.sort(&mut pool.exemplars);
            pool.exemplars.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            pool.exemplars.shrink_to_fit();
        }
    }
    pool.test = division.units(&tested, false);
    division.sort(&mut pool.test);
    division.limit(&mut pool.test, Some(mixture.test_at_most));
    pool.reserved = division.units(&reserved, false);
    division.limit(&mut pool.reserved, None);
    Pool {
        rows: division.rows,
        occurrences: division.occurrences,
        components: division.components,
        fates: Fates(division.fates),
        ..pool
    }
}

/// The rows of a dataset while they are divided.
struct Division<'a> {
    dataset: &'a Dataset,
    mixture: &'a Mixture,
    rows: Rows,
    occurrences: Occurrences,
    components: Components,
    fates: Vec<Fate>,
    draws: Draws,
    sample: Option<u64>,
}

impl Division<'_> {
    /// The rows of some source splits; `profile repo` means their order, others do not.
    fn of_split(&self, names: &[String]) -> Vec<u32> {
        let chosen = self
            .rows
            .splits()
            .filter(|(split, _)| names.iter().any(|name| name == split));
        let mut found: Vec<u32> = chosen
            .flat_map(|(_, rows)| rows.start as u32..rows.end as u32)
            .collect();
        if self.mixture.profile == Profile::Repo {
            // Splits stand one after another, so the order of rows is that of their files where those are in order.
            let splits: Vec<usize> = self.rows.splits().map(|(_, rows)| rows.start).collect();
            let split = |row: u32| splits.partition_point(|start| *start <= row as usize);
            found.sort_by_key(|row| (split(*row), self.rows.place(*row as usize)));
        }
        found
    }

    fn component(&self, row: u32) -> Digest {
        self.components.of(&self.rows, row as usize)
    }

    /// The rows of the validation reserve.
    fn set_aside(&mut self, train: &[u32]) -> Vec<u32> {
        let Some(reserve) = &self.dataset.reserve else {
            return Vec::new();
        };
        let from = match &reserve.split {
            Some(split) => self.of_split(std::slice::from_ref(split)),
            None => train.to_vec(),
        };
        let wanted = reserve.rows.min(from.len() as u64 / RESERVE_PART);
        let reserved = match self.mixture.profile {
            Profile::Repo => reserve_by_position(reserve.split.is_some(), &from, wanted),
            Profile::Fixed | Profile::Paper => self.reserve_by_group(from.clone(), wanted),
        };
        if reserve.split.is_some() {
            from.iter()
                .for_each(|row| self.fates[*row as usize] = Fate::OutsideSlice);
        }
        reserved
            .iter()
            .for_each(|row| self.fates[*row as usize] = Fate::Reserved);
        reserved
    }

    /// Whole components, smallest `reserve` digest first, as long as they fit: one that is larger than what is still
    /// wanted is passed over, so that a group is never cut and a large one never takes the whole split.
    fn reserve_by_group(&self, rows: Vec<u32>, wanted: u64) -> Vec<u32> {
        let mut reserved = Vec::new();
        if wanted == 0 {
            return reserved;
        }
        let sorted = sorted_by(
            rows,
            |row| self.draws.reserve(&self.component(*row)),
            |row| self.component(*row),
        );
        for members in sorted.chunk_by(|a, b| self.component(*a) == self.component(*b)) {
            if (reserved.len() + members.len()) as u64 <= wanted {
                reserved.extend(members);
            }
            if reserved.len() as u64 == wanted {
                break;
            }
        }
        reserved
    }

    /// What is set aside is not trained on: neither the row, nor a copy, nor its group. Of what is tested, no copy is.
    fn keep_apart(&mut self, train: &mut Vec<u32>, reserved: &[u32], tested: &[u32]) {
        train.retain(|row| self.fates[*row as usize] != Fate::Reserved);
        if self.mixture.profile != Profile::Fixed || (reserved.is_empty() && tested.is_empty()) {
            return;
        }
        let apart: HashSet<Digest> = reserved.iter().map(|row| self.component(*row)).collect();
        let contents: HashSet<Digest> = tested.iter().map(|row| self.rows.content(*row as usize)).collect();
        let mut copies = Vec::new();
        train.retain(|row| {
            let copy = apart.contains(&self.component(*row)) || contents.contains(&self.rows.content(*row as usize));
            if copy {
                copies.push(*row);
            }
            !copy
        });
        copies.into_iter().for_each(|row| self.fates[row as usize] = Fate::Copy);
    }

    /// What can be used of some rows: the rows, or each of their references.
    fn units(&self, rows: &[u32], all_references: bool) -> Vec<Unit> {
        let mut units = Vec::with_capacity(rows.len());
        for row in rows {
            let count = if all_references {
                self.rows.references(*row as usize)
            } else {
                1
            };
            units.extend((0..count).map(|reference| Unit::new(*row, reference, count > 1)));
        }
        units
    }

    /// Sorts units by `keep`, but not where positions count.
    fn sort(&self, units: &mut Vec<Unit>) {
        if self.mixture.profile != Profile::Repo {
            let digest = |unit: &Unit| digest_of(self.occurrences.key(&self.rows, unit.row as usize), unit);
            *units = sorted_by(std::mem::take(units), |unit| self.draws.keep(&digest(unit)), digest);
        }
    }

    /// Holds units to a cap and to the sample; a row is over the cap where none of its references is under it.
    fn limit(&mut self, units: &mut Vec<Unit>, cap: Option<u64>) {
        let Some(most) = cap.into_iter().chain(self.sample).min() else {
            return;
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if most >= units.len() {
            return;
        }
        self.sort(units);
        let over = units.split_off(most);
        let before: Vec<Fate> = units.iter().map(|unit| self.fates[unit.row as usize]).collect();
        for unit in over {
            self.fates[unit.row as usize] = Fate::OverCap;
        }
        for (unit, fate) in units.iter().zip(before) {
            self.fates[unit.row as usize] = fate;
        }
    }

    /// The released code hands rows out in batches of one for each template, and drops a last one that is not full.
    fn drop_last_batch(&self, units: &mut Vec<Unit>) {
        if self.mixture.profile == Profile::Repo && self.mixture.instruct == Style::Template {
            let templates = super::drawn_templates(self.mixture, self.dataset).len();
            units.truncate(units.len() - units.len() % templates.max(1));
        }
    }
}

/// Items in the order of (first digest, second digest). The first word of the first one tells nearly all of them
/// apart, so it is all that is kept beside each.
fn sorted_by<T: Copy + Send + Sync>(
    items: Vec<T>,
    first: impl Fn(&T) -> Digest + Sync,
    second: impl Fn(&T) -> Digest + Sync,
) -> Vec<T> {
    let mut keyed: Vec<(u64, T)> = items
        .into_par_iter()
        .map(|item| (word(&first(&item), 0), item))
        .collect();
    keyed.par_sort_by(|(a, x), (b, y)| {
        a.cmp(b)
            .then_with(|| first(x).cmp(&first(y)))
            .then_with(|| second(x).cmp(&second(y)))
    });
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// As the released FLAN code does: the last rows of train, or the first of the official validation split.
fn reserve_by_position(of_validation: bool, from: &[u32], wanted: u64) -> Vec<u32> {
    let wanted = (wanted as usize).min(from.len());
    if of_validation {
        from[..wanted].to_vec()
    } else {
        from[from.len() - wanted..].to_vec()
    }
}
