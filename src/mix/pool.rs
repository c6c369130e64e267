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
    let keys = keys(&rows);
    let components = if dataset.group.is_empty() {
        rows.ids.iter().map(|id| id.group).collect()
    } else {
        groups::components(&rows)
    };
    let mut fates = vec![Fate::NotDrawn; rows.len()];
    let of_split = |names: &[String]| -> Vec<usize> {
        (0..rows.len())
            .filter(|row| names.iter().any(|name| name == rows.split(*row)))
            .collect()
    };
    let mut train = of_split(&dataset.train_on);
    let tested = if parts.evaluate {
        of_split(&dataset.evaluate_on)
    } else {
        Vec::new()
    };

    let mut reserved = Vec::new();
    if let (true, Some(reserve)) = (parts.train, &dataset.reserve) {
        let from = reserve
            .split
            .as_ref()
            .map_or_else(|| train.clone(), |split| of_split(std::slice::from_ref(split)));
        let wanted = reserve.rows.min(from.len() as u64 / RESERVE_PART);
        reserved = match mixture.profile {
            Profile::Repo => reserve_by_position(reserve.split.is_some(), &from, wanted),
            Profile::Sets => reserve_by_group(&from, wanted, &components, draws),
        };
        if reserve.split.is_some() {
            for row in &from {
                fates[*row] = Fate::OutsideSlice;
            }
        }
        for row in &reserved {
            fates[*row] = Fate::Reserved;
        }
    }
    // What is set aside or tested is not trained on: neither the row, nor a copy, nor its group.
    let apart: HashSet<Digest> = reserved.iter().map(|row| components[*row]).collect();
    let tested_contents: HashSet<Digest> = tested.iter().map(|row| rows.ids[*row].content).collect();
    train.retain(|row| fates[*row] != Fate::Reserved);
    if mixture.profile == Profile::Sets {
        train.retain(|row| {
            let copy = apart.contains(&components[*row]) || tested_contents.contains(&rows.ids[*row].content);
            if copy {
                fates[*row] = Fate::Copy;
            }
            !copy
        });
    }
    let units = |rows_of: &[usize], all_references: bool| -> Vec<Unit> {
        let mut units = Vec::with_capacity(rows_of.len());
        for row in rows_of {
            let count = if all_references {
                render::references(dataset, &rows, *row)
            } else {
                1
            };
            for reference in 0..count {
                let reference = reference as u32;
                let digest = if count == 1 {
                    keys[*row]
                } else {
                    Draws::unit(&keys[*row], reference)
                };
                units.push(Unit {
                    row: *row as u32,
                    reference,
                    digest,
                });
            }
        }
        if mixture.profile == Profile::Sets {
            units.sort_by_cached_key(|unit| (draws.keep(&unit.digest), unit.digest));
        }
        units
    };
    let mut kept = units(&train, true);
    let cap = mixture.cap.into_iter().chain(sample).min();
    if let Some(cap) = cap {
        let over = kept.split_off(kept.len().min(usize::try_from(cap).unwrap_or(usize::MAX)));
        for unit in over {
            fates[unit.row as usize] = Fate::OverCap;
        }
        for unit in &kept {
            fates[unit.row as usize] = Fate::NotDrawn;
        }
    }
    if mixture.profile == Profile::Repo && mixture.instruct == Style::Template {
        // The released code hands the rows out in batches of one for each template, and drops a last one that is not full.
        let templates = dataset.templates.iter().filter(|t| mixture.uses(t)).count();
        let rest = kept.len() % templates.max(1);
        for unit in kept.split_off(kept.len() - rest) {
            fates[unit.row as usize] = Fate::NotDrawn;
        }
    }
    let limit = |units: &mut Vec<Unit>, most: u64, fates: &mut [Fate]| {
        let most = usize::try_from(sample.map_or(most, |s| most.min(s))).unwrap_or(usize::MAX);
        for unit in units.split_off(units.len().min(most)) {
            fates[unit.row as usize] = Fate::OverCap;
        }
    };
    let mut test = units(&tested, false);
    limit(&mut test, mixture.test_at_most, &mut fates);
    let mut exemplars = if parts.evaluate {
        units(&train, false)
    } else {
        Vec::new()
    };
    let shown = mixture.exemplars_at_most.min(sample.unwrap_or(u64::MAX));
    exemplars.truncate(usize::try_from(shown).unwrap_or(usize::MAX));
    if !parts.train {
        for row in &train {
            fates[*row] = Fate::HeldOut;
        }
        kept = Vec::new();
    }
    let mut reserved = units(&reserved, false);
    limit(&mut reserved, u64::MAX, &mut fates);
    Pool {
        keys,
        components,
        kept,
        reserved,
        test,
        exemplars,
        fates: Fates(fates),
        rows,
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
