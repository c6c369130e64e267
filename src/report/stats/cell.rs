//! What is counted of the examples of one template in one split.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::histogram::Histogram;
use super::labels::Options;
use crate::shard::Record;

/// Which examples are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub split: String,
    pub cluster: String,
    pub dataset: String,
    pub template: String,
    pub role: String,
}

#[derive(Default)]
pub struct Cell {
    pub examples: u64,
    pub input_words: Histogram,
    pub input_bytes: Histogram,
    pub target_words: Histogram,
    pub target_bytes: Histogram,
    /// Examples by how many options they have.
    pub options: BTreeMap<u32, u64>,
    pub labels: Options,
    /// A digest of each input; compared within one run and never written.
    inputs: Vec<u64>,
}

impl Cell {
    pub fn add(&mut self, record: &Record) {
        self.examples += 1;
        self.input_words.add(words(&record.inputs));
        self.input_bytes.add(record.inputs.len());
        self.target_words.add(words(&record.targets));
        self.target_bytes.add(record.targets.len());
        let count = record.options.as_ref().map_or(0, Vec::len) as u32;
        *self.options.entry(count).or_default() += 1;
        if let Some(options) = &record.options {
            self.labels.add(options, record.answer_index);
        }
        let mut hasher = DefaultHasher::new();
        record.inputs.hash(&mut hasher);
        self.inputs.push(hasher.finish());
    }
}

/// As budgets count them: pieces between white space.
fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Examples whose input another one of these cells has, the first of each apart.
pub fn repeated<'a>(cells: impl Iterator<Item = &'a Cell>) -> u64 {
    let mut inputs: Vec<u64> = cells.flat_map(|cell| &cell.inputs).copied().collect();
    let all = inputs.len();
    inputs.sort_unstable();
    inputs.dedup();
    (all - inputs.len()) as u64
}
