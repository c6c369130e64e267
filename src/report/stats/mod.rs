//! What is in a built directory: shares, lengths, label balance, roles and repeated inputs.
//!
//! One pass over the shards. Lengths are counted exactly, one number for each length that occurs; of inputs a digest of
//! 8 bytes is kept, to find those that repeat. All else is counted as it goes by.

mod cell;
mod histogram;
mod labels;
mod page;
mod plot;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;

pub use histogram::{Bin, Summary};
pub use labels::{Label, Labels, Positions};
pub use page::{STYLE, page};
pub use plot::{escape, percent};

use self::cell::{Cell, Place};
use super::subject::subject;
use crate::select::{Kind, Select, Subject};
use crate::shard::{self, Manifest};

/// What was measured.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Stats {
    pub directory: String,
    pub mixture: String,
    pub title: String,
    pub edition: String,
    pub seed: u64,
    pub content: String,
    /// What was selected; nothing: everything.
    pub selection: Vec<String>,
    pub examples: u64,
    pub splits: Vec<Group>,
    pub clusters: Vec<Group>,
    pub datasets: Vec<Group>,
    pub templates: Vec<Group>,
    pub roles: Vec<Group>,
    /// How often each label is right, where the options of a dataset are the same in every row.
    pub labels: Vec<Labels>,
    /// Which of the options is right, by place.
    pub positions: Vec<Positions>,
}

/// Selected examples of one split that have something in common.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Group {
    pub split: String,
    /// The name of the split, cluster, dataset or role, or `DATASET/TEMPLATE`.
    pub name: String,
    /// Of a dataset or a template.
    pub cluster: Option<String>,
    pub examples: u64,
    /// Of all examples of the split, selected or not.
    pub share: f64,
    /// What the rates of the mixture ask for, of a dataset or a cluster in the training split.
    pub target_share: Option<f64>,
    /// Examples whose input is that of another one of the group, the first of each apart.
    pub repeated_inputs: u64,
    pub inputs: Lengths,
    pub targets: Lengths,
    /// Examples by how many options they show; 0: none.
    pub options: BTreeMap<u32, u64>,
}

/// Lengths of texts.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Lengths {
    /// Pieces between white space.
    pub words: Summary,
    /// Of UTF-8.
    pub bytes: Summary,
}

/// The splits of a build, in the order in which one reads about them.
const SPLITS: [&str; 4] = ["train", "validation", "test", "exemplars"];

/// Measures the selected examples of a build.
pub fn measure(directory: &Path, words: &[String]) -> anyhow::Result<Stats> {
    let select = Select::parse(words, Kind::BUILD)?;
    let manifest = shard::manifest(directory)?;
    manifest.holds_texts(directory)?;
    let mut cells = read(directory, &manifest)?;
    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    for (place, cell) in &cells {
        *totals.entry(place.split.clone()).or_default() += cell.examples;
    }
    if !select.is_everything() {
        let of = |place: &Place| subject(&manifest, &place.dataset, &place.template, &place.role, &place.split);
        let subjects: Vec<Subject> = cells.keys().map(of).collect();
        let chosen = select
            .choose(&subjects)?
            .map_err(|nothing| anyhow::anyhow!(nothing.0))?;
        let mut flags = chosen.into_iter();
        cells.retain(|_, _| flags.next().unwrap_or_default());
    }
    let grouping = Grouping {
        cells: &cells,
        totals: &totals,
        manifest: &manifest,
    };
    let in_order = manifest.settings["options"] != "shuffled";
    let (labels, positions) = labels::of(&cells, in_order, &rank);
    Ok(Stats {
        directory: directory.display().to_string(),
        mixture: manifest.mixture.clone(),
        title: manifest.title.clone(),
        edition: manifest.edition.clone(),
        seed: manifest.seed,
        content: manifest.content.clone(),
        selection: words.to_vec(),
        examples: cells.values().map(|cell| cell.examples).sum(),
        splits: grouping.by(&|place| place.split.clone(), true),
        clusters: grouping.by(&|place| place.cluster.clone(), true),
        datasets: grouping.by(&|place| place.dataset.clone(), true),
        templates: grouping.by(&|place| format!("{}/{}", place.dataset, place.template), false),
        roles: grouping.by(&|place| place.role.clone(), false),
        labels,
        positions,
    })
}

fn read(directory: &Path, manifest: &Manifest) -> anyhow::Result<BTreeMap<Place, Cell>> {
    let mut cells: BTreeMap<Place, Cell> = BTreeMap::new();
    for shard in &manifest.shards {
        let path = directory.join(&shard.file);
        shard::read_records(&path, |record| {
            let place = Place {
                split: record.split.clone(),
                cluster: record.cluster.clone(),
                dataset: record.dataset.clone(),
                template: record.template.clone(),
                role: record.role.clone(),
            };
            cells.entry(place).or_default().add(&record);
        })
        .with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(cells)
}

/// Where a split stands among others, and its name.
type Rank = (usize, String);

fn rank(split: &str) -> Rank {
    let at = SPLITS.iter().position(|known| *known == split);
    (at.unwrap_or(SPLITS.len()), split.to_string())
}

/// Cells on their way to groups.
struct Grouping<'a> {
    cells: &'a BTreeMap<Place, Cell>,
    totals: &'a BTreeMap<String, u64>,
    manifest: &'a Manifest,
}

impl Grouping<'_> {
    /// Groups of one split and one name, by split and then by name.
    fn by(&self, name: &dyn Fn(&Place) -> String, bins: bool) -> Vec<Group> {
        type Members<'a> = Vec<(&'a Place, &'a Cell)>;
        let mut groups: BTreeMap<(Rank, String), Members<'_>> = BTreeMap::new();
        for (place, cell) in self.cells {
            groups
                .entry((rank(&place.split), name(place)))
                .or_default()
                .push((place, cell));
        }
        groups
            .into_iter()
            .map(|((_, name), members)| self.group(name, &members, bins))
            .collect()
    }

    fn group(&self, name: String, members: &[(&Place, &Cell)], bins: bool) -> Group {
        let cells = || members.iter().map(|(_, cell)| *cell);
        let first = members.first().map(|(place, _)| *place);
        let split = first.map_or_else(String::new, |place| place.split.clone());
        let clusters: BTreeSet<&String> = members.iter().map(|(place, _)| &place.cluster).collect();
        let examples: u64 = cells().map(|cell| cell.examples).sum();
        let total = self.totals.get(&split).copied().unwrap_or(0);
        let mut options: BTreeMap<u32, u64> = BTreeMap::new();
        for (count, examples) in cells().flat_map(|cell| &cell.options) {
            *options.entry(*count).or_default() += examples;
        }
        Group {
            target_share: (split == "train").then(|| self.target(&name)).flatten(),
            cluster: match clusters.into_iter().collect::<Vec<_>>().as_slice() {
                [one] => Some((*one).clone()),
                _ => None,
            },
            share: if total == 0 {
                0.0
            } else {
                examples as f64 / total as f64
            },
            repeated_inputs: cell::repeated(cells()),
            inputs: Lengths {
                words: Summary::of(cells().map(|cell| &cell.input_words), bins),
                bytes: Summary::of(cells().map(|cell| &cell.input_bytes), bins),
            },
            targets: Lengths {
                words: Summary::of(cells().map(|cell| &cell.target_words), bins),
                bytes: Summary::of(cells().map(|cell| &cell.target_bytes), bins),
            },
            options,
            split,
            name,
            examples,
        }
    }

    /// What the rates ask for: of a dataset, or of all datasets that count for a cluster.
    fn target(&self, name: &str) -> Option<f64> {
        let datasets = &self.manifest.datasets;
        if let Some(facts) = datasets.get(name) {
            return Some(facts.share);
        }
        let mut of = datasets
            .values()
            .filter(|facts| facts.clusters.first().is_some_and(|own| own == name))
            .peekable();
        of.peek()?;
        Some(of.map(|facts| facts.share).sum())
    }
}
