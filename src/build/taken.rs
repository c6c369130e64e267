//! Files of a build that are taken over whole from the cache: what decides the bytes of one, and what one says again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::Ordering::Relaxed;

use super::request::Step;
use super::reuse::cache::{Held, Kept};
use super::reuse::{Entry, Side, State, evaluated, share};
use super::tasks::{Done, Jobs, Task};
use super::write::Writers;
use crate::digest::{EDITION, Hasher, hex};
use crate::mix::{Fate, Use};
use crate::shard::WRITER;

impl Writers<'_> {
    /// What the file is to a later build of the same mixture.
    pub(super) fn slot(&self, cache: &std::path::Path, task: &Task) -> Kept {
        let request = self.request;
        let slot = format!(
            "{} {} {} {:?} {} {:?}",
            request.mixture,
            request.source,
            task.file,
            request.storage(),
            self.seed,
            request.sample
        );
        Kept::new(cache, "shards", &slot)
    }

    /// A digest of everything that decides the bytes of a file.
    pub(super) fn key(&self, task: &Task) -> String {
        let mut key = Hasher::new("shard");
        key.part(WRITER.as_bytes()).part(EDITION.as_bytes());
        key.part(format!("{:?} {} {}", self.request.storage(), task.split, task.file).as_bytes());
        for (dataset, state) in self.states_of(task) {
            key.part(dataset.as_bytes());
            key.part(serde_json::to_string(state).unwrap_or_default().as_bytes());
        }
        let mut jobs = Hasher::new("jobs");
        match &task.jobs {
            Jobs::Uses(uses) => uses.iter().for_each(|used| {
                jobs.parts(&used.id().to_be_bytes()).parts(&used.dataset.to_be_bytes());
            }),
            Jobs::Units(units) => units.iter().for_each(|(dataset, unit)| {
                let used = self.examples[*dataset as usize].use_of(*dataset, unit);
                jobs.parts(&used.id().to_be_bytes()).parts(&dataset.to_be_bytes());
            }),
        }
        key.part(&jobs.finish());
        hex(&key.finish())
    }

    /// The states of the datasets that a file has examples of.
    pub(super) fn states_of(&self, task: &Task) -> BTreeMap<&str, &State> {
        let mut there = vec![false; self.states.len()];
        match &task.jobs {
            Jobs::Uses(uses) => uses.iter().for_each(|used| there[used.dataset as usize] = true),
            Jobs::Units(units) => units.iter().for_each(|(dataset, _)| there[*dataset as usize] = true),
        }
        let datasets = self.examples.iter().zip(self.states).zip(there);
        datasets
            .filter(|(_, there)| *there)
            .map(|((of, state), _)| (of.dataset.id.as_str(), state))
            .collect()
    }

    /// Puts a file of the cache in its place.
    pub(super) fn take_over(&self, task: &Task, slot: &Kept, key: &str) -> Option<(Done, Side)> {
        // Texts that become tokens are read.
        let held = match self.packs(task.split) {
            None => Held::ToState,
            Some(_) => Held::ToContent,
        };
        let (entry, data) = Entry::load(slot, key, held)?;
        // A use that did not fail has its one row; so nobody else asks for the rows of a shard of uses than who packs them.
        let side = match &task.jobs {
            Jobs::Uses(_) if self.packs(task.split).is_none() => Side::default(),
            _ => entry.side(&data)?,
        };
        share(&data, &self.text_path(task)).ok()?;
        slot.settle(key);
        if self.packs(task.split).is_none() {
            self.tally.shards_kept.fetch_add(1, Relaxed);
        }
        let failed = entry.failed();
        if self.decides(task.split) {
            self.mark_again(task, &failed, &side);
        }
        (self.progress)(Step::Wrote {
            examples: entry.facts.rows,
        });
        let index = |id: &str| {
            self.examples
                .iter()
                .position(|of| of.dataset.id == id)
                .map(|at| at as u32)
        };
        let counts = entry.counts.into_iter();
        let contents = entry.contents.into_iter();
        let done = Done {
            places: match &task.jobs {
                Jobs::Uses(uses) => self.places(task, uses.iter().map(Use::id).filter(|id| !failed.contains_key(id))),
                Jobs::Units(_) => Vec::new(),
            },
            tokens: BTreeMap::new(),
            facts: entry.facts,
            counts: counts
                .filter_map(|(id, template, count)| Some(((index(&id)?, template), count)))
                .collect(),
            contents: contents
                .filter_map(|(id, digest)| Some((index(&id)?, digest)))
                .collect(),
        };
        Some((done, side))
    }

    /// Says of the rows of a file that is taken over what was said of them when it was written.
    fn mark_again(&self, task: &Task, failed: &HashMap<u128, Vec<Fate>>, side: &Side) {
        let mark = |dataset: u32, row: u32, id: u128, used: bool| {
            let used = used.then_some(Fate::Used);
            let fates = failed.get(&id).into_iter().flatten().copied().chain(used);
            fates.for_each(|fate| self.marks.set(dataset, row, fate));
        };
        let uses = self.uses(task.split);
        match &task.jobs {
            Jobs::Uses(all) => all.iter().for_each(|used| {
                let id = used.id();
                mark(used.dataset, used.unit.row, id, uses && !failed.contains_key(&id));
            }),
            Jobs::Units(units) => {
                let rows: HashSet<u128> = side.uses.iter().copied().collect();
                for (dataset, unit) in units {
                    let of = &self.examples[*dataset as usize];
                    let id = of.use_of(*dataset, unit).id();
                    let made = |template: usize| rows.contains(&evaluated(id, of.name(template)));
                    mark(*dataset, unit.row, id, uses && of.forward().any(made));
                }
            }
        }
    }
}
