//! Which option is right, and how often: by label where a dataset has the same options in every row, and by place.

use std::collections::BTreeMap;

use super::Rank;
use super::cell::{Cell, Place};

/// Options of more than this many texts are no labels.
const MOST: usize = 32;

/// The options of one template: the same in every row, or not.
#[derive(Debug, Default)]
pub struct Options {
    /// The options in order of their texts, while all rows had the same.
    closed: Option<Vec<String>>,
    open: bool,
    /// The smallest order that they were shown in, which is the declared one where none is shuffled.
    shown: Vec<String>,
    by_text: BTreeMap<String, u64>,
    /// Examples by how many options there are and which is right.
    by_place: BTreeMap<(u32, u32), u64>,
}

impl Options {
    pub fn add(&mut self, options: &[String], right: Option<u32>) {
        if let Some(at) = right {
            *self.by_place.entry((options.len() as u32, at)).or_default() += 1;
        }
        if self.open {
            return;
        }
        let mut sorted = options.to_vec();
        sorted.sort();
        if sorted.len() > MOST || self.closed.as_ref().is_some_and(|known| *known != sorted) {
            *self = Self {
                open: true,
                by_place: std::mem::take(&mut self.by_place),
                ..Self::default()
            };
            return;
        }
        if self.closed.is_none() || self.shown.as_slice() > options {
            self.shown = options.to_vec();
        }
        self.closed = Some(sorted);
        if let Some(label) = right.and_then(|at| options.get(at as usize)) {
            *self.by_text.entry(label.clone()).or_default() += 1;
        }
    }
}

/// How often each label of a dataset is right.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Labels {
    pub split: String,
    pub dataset: String,
    pub labels: Vec<Label>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Label {
    /// In the words of the first template that shows it, by name.
    pub label: String,
    pub examples: u64,
    pub share: f64,
}

/// How often each place among so many options is the right one.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Positions {
    pub split: String,
    pub dataset: String,
    pub options: u32,
    pub examples: Vec<u64>,
}

/// Labels and places of every dataset in every split, of templates that ask for the answer.
pub fn of(cells: &BTreeMap<Place, Cell>, in_order: bool, rank: &dyn Fn(&str) -> Rank) -> (Vec<Labels>, Vec<Positions>) {
    type Asked<'a> = Vec<(&'a Place, &'a Options)>;
    let mut datasets: BTreeMap<(Rank, &str), Asked<'_>> = BTreeMap::new();
    for (place, cell) in cells {
        if place.role != "turned" && !cell.labels.by_place.is_empty() {
            let key = (rank(&place.split), place.dataset.as_str());
            datasets.entry(key).or_default().push((place, &cell.labels));
        }
    }
    let (mut labels, mut positions) = (Vec::new(), Vec::new());
    for (((_, split), dataset), mut options) in datasets {
        options.sort_by_key(|(place, _)| &place.template);
        let options: Vec<&Options> = options.into_iter().map(|(_, options)| options).collect();
        if let Some(found) = balance(&options, in_order) {
            labels.push(Labels {
                split: split.clone(),
                dataset: dataset.to_string(),
                labels: found,
            });
        }
        let mut places: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for ((count, at), examples) in options.iter().flat_map(|options| &options.by_place) {
            let counts = places.entry(*count).or_insert_with(|| vec![0; *count as usize]);
            if let Some(sum) = counts.get_mut(*at as usize) {
                *sum += examples;
            }
        }
        positions.extend(places.into_iter().map(|(options, examples)| Positions {
            split: split.clone(),
            dataset: dataset.to_string(),
            options,
            examples,
        }));
    }
    (labels, positions)
}

/// The labels of a dataset, where each of its templates has the same options in every row, and as many as the others.
fn balance(options: &[&Options], in_order: bool) -> Option<Vec<Label>> {
    let first = options.first()?;
    let count = first.shown.len();
    if count == 0 || options.iter().any(|other| other.open || other.shown.len() != count) {
        return None;
    }
    // In their declared order, one place is one label, whatever words a template has for it.
    let counted: Vec<(String, u64)> = if in_order {
        let at = |place: usize| (count as u32, place as u32);
        let examples = |place: usize| options.iter().filter_map(|other| other.by_place.get(&at(place))).sum();
        first
            .shown
            .iter()
            .enumerate()
            .map(|(place, text)| (text.clone(), examples(place)))
            .collect()
    } else {
        let mut texts: BTreeMap<&String, u64> = BTreeMap::new();
        for other in options {
            other.shown.iter().for_each(|text| *texts.entry(text).or_default() += 0);
            other
                .by_text
                .iter()
                .for_each(|(text, examples)| *texts.entry(text).or_default() += examples);
        }
        texts
            .into_iter()
            .map(|(text, examples)| (text.clone(), examples))
            .collect()
    };
    let total: u64 = counted.iter().map(|(_, examples)| examples).sum();
    Some(
        counted
            .into_iter()
            .map(|(label, examples)| Label {
                label,
                examples,
                share: if total == 0 {
                    0.0
                } else {
                    examples as f64 / total as f64
                },
            })
            .collect(),
    )
}
