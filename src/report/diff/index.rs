//! The first pass over a build: who each example is and what it says, in 32 bytes.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::Path;

use anyhow::Context as _;

use crate::digest::mix64;
use crate::shard::{self, Manifest, Record};

/// An example of one dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// The first 64 bits of the row key.
    pub row: u64,
    pub pass: u32,
    /// A dataset's template and its role; see [`Names`].
    pub cell: u32,
    /// What it says and is, but for `side` and for the name of its template.
    pub content: u64,
    /// What other rows decide of it: its exemplars and its group.
    pub side: u32,
    pub split: u8,
}

/// Names as small numbers, shared by both builds.
#[derive(Default)]
pub struct Names {
    datasets: Vec<String>,
    dataset_numbers: BTreeMap<String, u32>,
    /// Dataset, template and role.
    cells: Vec<(u32, String, String)>,
    // Looked up and never iterated, so its order is in nothing that is printed.
    cell_numbers: HashMap<(u32, String, String), u32>,
    splits: Vec<String>,
    /// The splits that each cell was seen in.
    seen: BTreeMap<(u32, u8), ()>,
}

/// A template of a dataset in a split: what can be selected.
#[derive(Clone, Debug)]
pub struct Place {
    pub cell: u32,
    pub split_number: u8,
    pub dataset: String,
    pub template: String,
    pub role: String,
    pub split: String,
}

impl Names {
    pub fn datasets(&self) -> u32 {
        self.datasets.len() as u32
    }

    pub fn dataset(&self, number: u32) -> &str {
        &self.datasets[number as usize]
    }

    pub fn template(&self, cell: u32) -> &str {
        &self.cells[cell as usize].1
    }

    pub fn role(&self, cell: u32) -> &str {
        &self.cells[cell as usize].2
    }

    pub fn split(&self, split: u8) -> &str {
        &self.splits[usize::from(split)]
    }

    /// The number of a record's dataset, and its entry.
    pub fn entry(&mut self, record: &Record) -> (u32, Entry) {
        let dataset = match self.dataset_numbers.get(&record.dataset) {
            Some(number) => *number,
            None => {
                let number = self.datasets.len() as u32;
                self.datasets.push(record.dataset.clone());
                self.dataset_numbers.insert(record.dataset.clone(), number);
                number
            }
        };
        let key = (dataset, record.template.clone(), record.role.clone());
        let cell = match self.cell_numbers.get(&key) {
            Some(number) => *number,
            None => {
                let number = self.cells.len() as u32;
                self.cells.push(key.clone());
                self.cell_numbers.insert(key, number);
                number
            }
        };
        let split = match self.splits.iter().position(|split| *split == record.split) {
            Some(at) => at,
            None => {
                self.splits.push(record.split.clone());
                self.splits.len() - 1
            }
        };
        // A build has four splits; names beyond the 256th of a file that no build made share the last number.
        let split = u8::try_from(split).unwrap_or(u8::MAX);
        self.seen.insert((cell, split), ());
        let entry = Entry {
            row: row(&record.row_key),
            pass: record.pass,
            cell,
            content: content(record),
            side: side(record),
            split,
        };
        (dataset, entry)
    }

    /// Everything that was seen, in the order of its names.
    pub fn places(&self) -> Vec<Place> {
        let mut places: Vec<Place> = self
            .seen
            .keys()
            .map(|(cell, split)| Place {
                cell: *cell,
                split_number: *split,
                dataset: self.dataset(self.cells[*cell as usize].0).to_string(),
                template: self.template(*cell).to_string(),
                role: self.role(*cell).to_string(),
                split: self.split(*split).to_string(),
            })
            .collect();
        places.sort_by(|a, b| {
            (&a.dataset, &a.template, &a.role, &a.split).cmp(&(&b.dataset, &b.template, &b.role, &b.split))
        });
        places
    }
}

/// Which templates and splits are selected.
pub struct Wanted {
    chosen: BTreeMap<(u32, u8), bool>,
}

impl Wanted {
    pub fn new(places: &[Place], chosen: &[bool]) -> Self {
        let flags = places.iter().zip(chosen);
        Self {
            chosen: flags
                .map(|(place, flag)| ((place.cell, place.split_number), *flag))
                .collect(),
        }
    }

    pub fn has(&self, cell: u32, split: u8) -> bool {
        self.chosen.get(&(cell, split)).copied().unwrap_or_default()
    }
}

/// What the first pass over a build found.
pub struct Index {
    entries: Vec<Vec<Entry>>,
    /// Examples of datasets that are known to be the same.
    same: BTreeMap<(u32, u8), u64>,
    /// Of each split, a digest over its examples in their order.
    pub order: BTreeMap<String, u64>,
}

impl Index {
    /// The entries of a dataset, sorted.
    pub fn entries(&self, dataset: u32) -> &[Entry] {
        self.entries.get(dataset as usize).map_or(&[], Vec::as_slice)
    }

    /// The selected examples of datasets that were not compared, since they are the same.
    pub fn skipped(&self, wanted: &Wanted) -> u64 {
        let selected = self.same.iter().filter(|((cell, split), _)| wanted.has(*cell, *split));
        selected.map(|(_, count)| count).sum()
    }
}

/// Reads all examples of a build; those of a dataset that `skip` names are counted and not kept.
pub fn read(
    directory: &Path,
    manifest: &Manifest,
    names: &mut Names,
    skip: &dyn Fn(&str) -> bool,
) -> anyhow::Result<Index> {
    let mut index = Index {
        entries: Vec::new(),
        same: BTreeMap::new(),
        order: BTreeMap::new(),
    };
    let mut skipped: BTreeMap<u32, bool> = BTreeMap::new();
    for shard in &manifest.shards {
        let path = directory.join(&shard.file);
        shard::read_records(&path, |record| {
            let (dataset, entry) = names.entry(&record);
            let order = index.order.entry(record.split.clone()).or_default();
            let says = mix64(entry.row ^ entry.content.rotate_left(17) ^ u64::from(entry.side) ^ u64::from(entry.pass));
            *order = mix64(order.rotate_left(1) ^ says);
            if *skipped.entry(dataset).or_insert_with(|| skip(&record.dataset)) {
                *index.same.entry((entry.cell, entry.split)).or_default() += 1;
                return;
            }
            if index.entries.len() <= dataset as usize {
                index.entries.resize(dataset as usize + 1, Vec::new());
            }
            index.entries[dataset as usize].push(entry);
        })
        .with_context(|| format!("cannot read {}", path.display()))?;
    }
    for entries in &mut index.entries {
        entries.sort_unstable_by_key(|e| (e.row, e.split, e.pass, e.cell, e.content, e.side));
    }
    Ok(index)
}

/// The first 64 bits of a row key, or a digest of what is none.
pub fn row(key: &str) -> u64 {
    key.get(..16)
        .and_then(|head| u64::from_str_radix(head, 16).ok())
        .unwrap_or_else(|| hash(&key))
}

fn content(record: &Record) -> u64 {
    let texts = (
        &record.inputs,
        &record.targets,
        &record.system,
        &record.options,
        record.options_span,
    );
    let rest = (&record.answers, record.answer_index, &record.family, &record.cluster);
    hash(&(texts, rest))
}

fn side(record: &Record) -> u32 {
    (hash(&(&record.exemplars, &record.group)) >> 32) as u32
}

/// Compared within one run of the program and never written.
fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
