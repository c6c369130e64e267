//! The rows of one dataset in a mixture: who is set aside, who is a copy, who is under the cap, who is tested.

use std::collections::{BTreeMap, HashSet};

use super::draw::Draws;
use super::fate::{Fate, Fates};
use super::groups;
use crate::catalog::{Dataset, Mixture, Profile, Style};
use crate::digest::Digest;
use crate::render;
use crate::source::Rows;

/// One thing that can be used: a row, or one reference of a row where each makes an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    pub row: u32,
    pub reference: u32,
    /// What draws go by: the row's digest, or one of the row and the reference.
    pub digest: Digest,
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
    /// Who each row is; see [`Draws::row`].
    pub keys: Vec<Digest>,
    /// Which rows belong together.
    pub components: Vec<Digest>,
    /// May be trained on, in the order of `keep`.
    pub kept: Vec<Unit>,
    pub reserved: Vec<Unit>,
    pub test: Vec<Unit>,
    /// Train rows that evaluation may show, in the order of `keep`.
    pub exemplars: Vec<Unit>,
    pub fates: Fates,
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
    let components = if dataset.group.is_empty() {
        rows.ids.iter().map(|id| id.group).collect()
    } else {
        groups::components(&rows)
    };
    let mut division = Division {
        dataset,
        mixture,
        keys: keys(&rows),
        fates: vec![Fate::NotDrawn; rows.len()],
        rows,
        components,
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
        train.iter().for_each(|row| division.fates[*row] = Fate::HeldOut);
    }
    if parts.evaluate {
        pool.exemplars = division.units(&train, false);
        let most = mixture.exemplars_at_most.min(sample.unwrap_or(u64::MAX));
        pool.exemplars.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    }
    pool.test = division.units(&tested, false);
    division.limit(&mut pool.test, Some(mixture.test_at_most));
    pool.reserved = division.units(&reserved, false);
    division.limit(&mut pool.reserved, None);
    Pool {
        rows: division.rows,
        keys: division.keys,
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
    keys: Vec<Digest>,
    components: Vec<Digest>,
    fates: Vec<Fate>,
    draws: Draws,
    sample: Option<u64>,
}

impl Division<'_> {
    /// The rows of some source splits; `profile repo` means their order, others do not.
    fn of_split(&self, names: &[String]) -> Vec<usize> {
        let of_names = |row: &usize| names.iter().any(|name| name == self.rows.split(*row));
        let mut found: Vec<usize> = (0..self.rows.len()).filter(of_names).collect();
        if self.mixture.profile == Profile::Repo {
            found.sort_by_key(|row| {
                let id = &self.rows.ids[*row];
                (id.split, id.file, id.record)
            });
        }
        found
    }

    /// The rows of the validation reserve.
    fn set_aside(&mut self, train: &[usize]) -> Vec<usize> {
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
            Profile::Sets => reserve_by_group(&from, wanted, &self.components, self.draws),
        };
        if reserve.split.is_some() {
            from.iter().for_each(|row| self.fates[*row] = Fate::OutsideSlice);
        }
        reserved.iter().for_each(|row| self.fates[*row] = Fate::Reserved);
        reserved
    }

    /// What is set aside or tested is not trained on: neither the row, nor a copy, nor its group.
    fn keep_apart(&mut self, train: &mut Vec<usize>, reserved: &[usize], tested: &[usize]) {
        train.retain(|row| self.fates[*row] != Fate::Reserved);
        if self.mixture.profile == Profile::Repo {
            return;
        }
        let apart: HashSet<Digest> = reserved.iter().map(|row| self.components[*row]).collect();
        let contents: HashSet<Digest> = tested.iter().map(|row| self.rows.ids[*row].content).collect();
        train.retain(|row| {
            let copy = apart.contains(&self.components[*row]) || contents.contains(&self.rows.ids[*row].content);
            if copy {
                self.fates[*row] = Fate::Copy;
            }
            !copy
        });
    }

    /// What can be used of some rows, in the order of `keep`: the rows, or each of their references.
    fn units(&self, rows: &[usize], all_references: bool) -> Vec<Unit> {
        let mut units = Vec::with_capacity(rows.len());
        for row in rows {
            let key = &self.keys[*row];
            let count = if all_references {
                render::references(self.dataset, &self.rows, *row) as u32
            } else {
                1
            };
            units.extend((0..count).map(|reference| Unit {
                row: *row as u32,
                reference,
                digest: if count == 1 { *key } else { Draws::unit(key, reference) },
            }));
        }
        if self.mixture.profile == Profile::Sets {
            units.sort_by_cached_key(|unit| (self.draws.keep(&unit.digest), unit.digest));
        }
        units
    }

    /// Holds units to a cap and to the sample; a row is over the cap where none of its references is under it.
    fn limit(&mut self, units: &mut Vec<Unit>, cap: Option<u64>) {
        let Some(most) = cap.into_iter().chain(self.sample).min() else {
            return;
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(units.len());
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
            let templates = self.dataset.templates.iter().filter(|t| self.mixture.uses(t)).count();
            units.truncate(units.len() - units.len() % templates.max(1));
        }
    }
}

/// The digests of rows: equal rows of one split are counted in the order of all their fields, never of the file.
fn keys(rows: &Rows) -> Vec<Digest> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let by = |row: &usize| {
        let id = &rows.ids[*row];
        (rows.split(*row), id.content, id.whole)
    };
    order.sort_by(|a, b| by(a).cmp(&by(b)));
    let mut keys = vec![[0; 32]; rows.len()];
    let mut occurrence = 0;
    for (at, row) in order.iter().enumerate() {
        let same = at > 0 && {
            let before = order[at - 1];
            rows.split(before) == rows.split(*row) && rows.ids[before].content == rows.ids[*row].content
        };
        occurrence = if same { occurrence + 1 } else { 0 };
        keys[*row] = Draws::row(&rows.ids[*row].content, rows.split(*row), occurrence);
    }
    keys
}

/// Whole components, smallest `reserve` digest first, as long as they fit: one that is larger than what is still
/// wanted is passed over, so that a group is never cut and a large one never takes the whole split.
fn reserve_by_group(from: &[usize], wanted: u64, components: &[Digest], draws: Draws) -> Vec<usize> {
    let mut members: BTreeMap<(Digest, Digest), Vec<usize>> = BTreeMap::new();
    for row in from {
        let component = components[*row];
        members
            .entry((draws.reserve(&component), component))
            .or_default()
            .push(*row);
    }
    let mut reserved = Vec::new();
    for rows in members.into_values() {
        if (reserved.len() + rows.len()) as u64 <= wanted {
            reserved.extend(rows);
        }
    }
    reserved
}

/// As the released FLAN code does: the last rows of train, or the first of the official validation split.
fn reserve_by_position(of_validation: bool, from: &[usize], wanted: u64) -> Vec<usize> {
    let wanted = (wanted as usize).min(from.len());
    if of_validation {
        from[..wanted].to_vec()
    } else {
        from[from.len() - wanted..].to_vec()
    }
}
