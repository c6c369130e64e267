//! The examples of one dataset in both builds, paired by row, split and pass.

use std::collections::BTreeMap;

use super::Count;
use super::cause::{Cause, Event, Judge};
use super::index::{Entry, Names, Wanted};
use crate::digest::{id64, mix64};

/// What became of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Changed,
    Removed,
    Added,
}

/// What is counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub cause: Cause,
    pub candidates: Vec<Cause>,
    pub split: String,
    pub dataset: String,
    pub template: String,
    pub change: Change,
}

impl Key {
    pub fn count(self, examples: u64) -> Count {
        Count {
            cause: self.cause,
            candidates: self.candidates,
            change: self.change,
            split: self.split,
            dataset: self.dataset,
            template: self.template,
            examples,
        }
    }
}

/// A difference that may be shown.
#[derive(Clone, Debug)]
pub struct Pair {
    pub key: Key,
    pub dataset: u32,
    pub old: Option<Entry>,
    pub new: Option<Entry>,
    rank: u64,
}

/// What was found so far: counts of all, and for each cause and change the few that are shown.
pub struct Found {
    most: usize,
    pub same: u64,
    pub added: u64,
    pub removed: u64,
    pub changed: u64,
    pub counts: BTreeMap<Key, u64>,
    kept: BTreeMap<(Cause, Change), Vec<Pair>>,
}

impl Found {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            same: 0,
            added: 0,
            removed: 0,
            changed: 0,
            counts: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }

    fn add(&mut self, pair: Pair) {
        match pair.key.change {
            Change::Added => self.added += 1,
            Change::Removed => self.removed += 1,
            Change::Changed => self.changed += 1,
        }
        let kept = self.kept.entry((pair.key.cause, pair.key.change)).or_default();
        if self.most > 0 {
            // Few are kept at any time, so sorting them is cheap.
            let full = kept.len() == self.most;
            if !full || kept.last().is_some_and(|last| pair.order() < last.order()) {
                kept.push(pair.clone());
                kept.sort_by(|a, b| a.order().cmp(&b.order()));
                kept.truncate(self.most);
            }
        }
        *self.counts.entry(pair.key).or_default() += 1;
    }

    /// Of each cause as many as were asked for: changed, removed and added ones in turn.
    pub fn shown(&mut self) -> Vec<Pair> {
        let mut shown = Vec::new();
        for cause in Cause::ALL {
            let mut queues: Vec<_> = [Change::Changed, Change::Removed, Change::Added]
                .into_iter()
                .map(|change| self.kept.remove(&(cause, change)).unwrap_or_default().into_iter())
                .collect();
            let mut of_cause = Vec::new();
            loop {
                let before = of_cause.len();
                of_cause.extend(queues.iter_mut().filter_map(Iterator::next));
                if of_cause.len() == before || of_cause.len() >= self.most {
                    break;
                }
            }
            of_cause.truncate(self.most);
            shown.extend(of_cause);
        }
        shown
    }
}

impl Pair {
    /// The same few of any two equal pairs of builds, of all kinds of examples: by digest.
    fn order(&self) -> (u64, &Key, Option<Entry>, Option<Entry>) {
        (self.rank, &self.key, self.old, self.new)
    }
}

/// Pairs the entries of one dataset, both sorted by row.
pub fn pair(sides: [&[Entry]; 2], names: &Names, dataset: u32, judge: &Judge<'_>, wanted: &Wanted, found: &mut Found) {
    let mut pairing = Pairing {
        names,
        dataset,
        judge,
        wanted,
        found,
        id: id64(names.dataset(dataset)),
    };
    let [mut old, mut new] = sides;
    loop {
        let row = match (old.first(), new.first()) {
            (None, None) => break,
            (Some(one), None) => one.row,
            (None, Some(other)) => other.row,
            (Some(one), Some(other)) => one.row.min(other.row),
        };
        let (one, rest) = old.split_at(old.partition_point(|entry| entry.row == row));
        let (other, more) = new.split_at(new.partition_point(|entry| entry.row == row));
        (old, new) = (rest, more);
        pairing.row(one, other);
    }
}

struct Pairing<'a> {
    names: &'a Names,
    dataset: u32,
    judge: &'a Judge<'a>,
    wanted: &'a Wanted,
    found: &'a mut Found,
    id: u64,
}

impl Pairing<'_> {
    /// All examples of one row.
    fn row(&mut self, old: &[Entry], new: &[Entry]) {
        let both = !old.is_empty() && !new.is_empty();
        let mut uses: Vec<(u8, u32)> = old.iter().chain(new).map(|entry| (entry.split, entry.pass)).collect();
        uses.sort_unstable();
        uses.dedup();
        for used in uses {
            let of = |entries: &[Entry]| -> Vec<Entry> {
                let of_use = entries.iter().filter(|entry| (entry.split, entry.pass) == used);
                of_use.copied().collect()
            };
            self.uses(of(old), of(new), both);
        }
    }

    /// The examples of one row in one split and pass: several in the test split, and where each answer makes one.
    fn uses(&mut self, mut old: Vec<Entry>, mut new: Vec<Entry>, both: bool) {
        let same = |one: &Entry, other: &Entry| one == other;
        for (_, entry) in take(&mut old, &mut new, same) {
            if self.wanted.has(entry.cell, entry.split) {
                self.found.same += 1;
            }
        }
        for (one, other) in take(&mut old, &mut new, |one, other| one.cell == other.cell) {
            let event = Event::Says {
                template: self.names.template(one.cell),
                text: one.content != other.content,
                side: one.side != other.side,
            };
            self.difference(Some(one), Some(other), event);
        }
        let (names, judge) = (self.names, self.judge);
        let renamed =
            |one: &Entry, other: &Entry| judge.renamed(names.template(one.cell)) == Some(names.template(other.cell));
        for (one, other) in take(&mut old, &mut new, renamed) {
            self.difference(Some(one), Some(other), Event::Renamed);
        }
        let split = old.first().or(new.first()).map_or("", |entry| names.split(entry.split));
        let evaluated = split == "test" || split == "exemplars";
        if !evaluated {
            // One use of the row, drawn to another template.
            for (one, other) in take(&mut old, &mut new, |_, _| true) {
                self.difference(Some(one), Some(other), Event::Moved);
            }
        }
        for (entry, is_new) in old
            .into_iter()
            .map(|e| (e, false))
            .chain(new.into_iter().map(|e| (e, true)))
        {
            let event = if both {
                let template = names.template(entry.cell);
                Event::Drawn { evaluated, template }
            } else {
                Event::RowAlone { new: is_new }
            };
            let (one, other) = if is_new {
                (None, Some(entry))
            } else {
                (Some(entry), None)
            };
            self.difference(one, other, event);
        }
    }

    fn difference(&mut self, old: Option<Entry>, new: Option<Entry>, event: Event<'_>) {
        let wanted = [old, new]
            .into_iter()
            .flatten()
            .any(|entry| self.wanted.has(entry.cell, entry.split));
        let Some(entry) = new.or(old).filter(|_| wanted) else {
            return;
        };
        let (cause, candidates) = self.judge.cause(event);
        let change = match (old, new) {
            (Some(_), Some(_)) => Change::Changed,
            (Some(_), None) => Change::Removed,
            _ => Change::Added,
        };
        let rank = mix64(self.id ^ mix64(entry.row ^ u64::from(entry.pass) ^ (u64::from(entry.split) << 32)));
        self.found.add(Pair {
            key: Key {
                cause,
                candidates,
                split: self.names.split(entry.split).to_string(),
                dataset: self.names.dataset(self.dataset).to_string(),
                template: self.names.template(entry.cell).to_string(),
                change,
            },
            dataset: self.dataset,
            old,
            new,
            rank,
        });
    }
}

/// Takes out of two lists the pairs that fit, each entry once, in their order.
fn take(old: &mut Vec<Entry>, new: &mut Vec<Entry>, fits: impl Fn(&Entry, &Entry) -> bool) -> Vec<(Entry, Entry)> {
    let mut pairs = Vec::new();
    old.retain(|one| match new.iter().position(|other| fits(one, other)) {
        Some(at) => {
            pairs.push((*one, new.remove(at)));
            false
        }
        None => true,
    });
    pairs
}
