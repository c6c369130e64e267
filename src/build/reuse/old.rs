//! A shard as it was the last time, from which examples are taken over one by one, in its order.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cache::{Held, Kept};
use super::entry::{Entry, Side};
use super::state::State;
use crate::digest::{Digest, id64, mix64};
use crate::mix::Fate;
use crate::shard::{self, Block, Columns};

/// How many rows further than the last one a use is looked for before all of them are: those between have been edited.
const AHEAD: usize = 32;

/// An old shard, read once from its first row to its last.
pub struct Old {
    side: Side,
    /// Where the next use is looked for first: uses mostly come in the order that they had.
    next: usize,
    /// The row of each use, made when one is not there. Looked up and never iterated.
    rows: OnceCell<HashMap<u128, usize>>,
    batches: Box<dyn Iterator<Item = anyhow::Result<Columns>> + Send>,
    /// The rows at hand, and the first of them.
    near: Option<(usize, Columns)>,
    /// For each dataset whose examples can be taken over, the templates that have changed, and whether there are others.
    changed: BTreeMap<String, (BTreeSet<String>, bool)>,
    /// Uses without an example, and evaluated ones that lack one: why, of each template that failed.
    failed: HashMap<u128, Vec<Fate>>,
}

/// An example of an old shard that is still true if its template is.
pub struct Found<'o> {
    columns: &'o Columns,
    row: usize,
    /// The templates of its dataset that have changed.
    pub changed: &'o BTreeSet<String>,
    /// Whether the templates have the names they had, and the same of them are drawn from.
    pub same_names: bool,
    /// Whether its template was the first of its draw.
    pub first: bool,
    pub digest: Digest,
}

impl Found<'_> {
    pub fn template(&self) -> &str {
        self.columns.template.value(self.row)
    }

    pub fn copy(&self, block: &mut Block) {
        block.copy(self.columns, self.row);
    }
}

/// What tells the rows of an evaluated unit apart, of which there is one for each template.
pub fn evaluated(id: u128, template: &str) -> u128 {
    id ^ u128::from(mix64(id64(template)))
}

impl Old {
    /// The shard that a slot had last; `None` where nothing of it can be taken over.
    pub fn open(kept: &Kept, states: &BTreeMap<&str, &State>) -> Option<Self> {
        let (entry, path) = Entry::load(kept, &kept.last()?, Held::ToContent)?;
        let changed = |(dataset, before): (&String, &State)| {
            let now = states.get(dataset.as_str())?;
            let same_names = now.templates.keys().eq(before.templates.keys()) && now.drawn == before.drawn;
            Some((dataset.clone(), (now.changed(before)?, same_names)))
        };
        let changed: BTreeMap<String, (BTreeSet<String>, bool)> = entry.states.iter().filter_map(changed).collect();
        if changed.is_empty() {
            return None;
        }
        Some(Self {
            next: 0,
            rows: OnceCell::new(),
            failed: entry.failed(),
            side: entry.side(&path)?,
            batches: shard::columns_of(&path).ok()?,
            near: None,
            changed,
        })
    }

    /// Whether nothing that the examples of a dataset hang on has changed.
    pub fn is_same(&self, dataset: &str) -> bool {
        self.changed.get(dataset).is_some_and(|(changed, _)| changed.is_empty())
    }

    /// Whether a template says what it said.
    pub fn says_the_same(&self, dataset: &str, template: &str) -> bool {
        self.changed
            .get(dataset)
            .is_some_and(|(changed, _)| !changed.contains(template))
    }

    /// Whether there is an example of this use.
    pub fn had(&self, id: u128) -> bool {
        self.row(id).is_some()
    }

    fn row(&self, id: u128) -> Option<usize> {
        let ahead = self.side.uses.iter().enumerate().skip(self.next).take(AHEAD);
        let near = ahead.clone().find(|(_, other)| **other == id);
        near.map(|(row, _)| row).or_else(|| {
            let all = || self.side.uses.iter().enumerate().map(|(row, id)| (*id, row)).collect();
            self.rows.get_or_init(all).get(&id).copied()
        })
    }

    /// Why a use had no example, or not all of them.
    pub fn failed(&self, id: u128) -> &[Fate] {
        self.failed.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The example that a dataset had for a use. Uses are asked for in their order; what lies behind is not found again.
    pub fn find(&mut self, id: u128, dataset: &str, pass: u32) -> Option<Found<'_>> {
        if !self.changed.contains_key(dataset) {
            return None;
        }
        let row = self.row(id)?;
        self.next = row + 1;
        while self
            .near
            .as_ref()
            .is_none_or(|(start, columns)| row >= start + columns.len())
        {
            let start = self.near.as_ref().map_or(0, |(start, columns)| start + columns.len());
            self.near = Some((start, self.batches.next()?.ok()?));
        }
        let (changed, same_names) = self.changed.get(dataset)?;
        let (start, columns) = self.near.as_ref()?;
        let at = row.checked_sub(*start)?;
        let same = columns.dataset.value(at) == dataset && columns.pass.value(at) as u32 == pass;
        same.then(|| Found {
            columns,
            row: at,
            changed,
            same_names: *same_names,
            first: self.side.first[row],
            digest: self.side.digests[row],
        })
    }
}
