//! What predictions for a build's examples are worth: each dataset by its metrics over every template, each cluster by its
//! datasets.
//!
//! Predictions are joined with examples by row and template. An example without a prediction, a second prediction, and
//! one of no example are errors, unless they are allowed and counted. docs/scoring.md says it at length.

mod answers;
mod bootstrap;
mod compare;
mod dataset;
mod html;
mod page;
mod predictions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

pub use bootstrap::RESAMPLES;
pub use compare::{Compared, Comparison, compare};
pub use dataset::{DatasetScores, Score, TemplateScores};
pub use html::{document, html, sections, table};
pub use page::{markdown, notes, number, page, summary, tables};

pub use predictions::RULES;

pub use super::stats::escape;

use self::answers::Answered;
use self::dataset::Templates;
use self::predictions::{Key, Predictions};
use crate::shard::{self, Manifest, Record};
use crate::text;

/// What predictions came to.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    pub directory: String,
    pub predictions: String,
    pub mixture: String,
    pub title: String,
    pub content: String,
    pub split: String,
    /// The key of the numbers by which options were chosen, where predictions have numbers.
    pub rule: String,
    /// The predictions for the validation split by which templates were chosen, where there are some.
    pub dev: Option<String>,
    /// Examples of the split that ask for the answer, and those of them that were scored.
    pub examples: u64,
    pub scored: u64,
    /// Examples without a prediction.
    pub missing: u64,
    /// Further examples of the split, which were not asked for.
    pub not_asked: u64,
    /// Predictions of an example that has one already; the first counts.
    pub double: u64,
    /// Predictions of no example of the split.
    pub unknown: u64,
    pub datasets: Vec<DatasetScores>,
    pub clusters: Vec<ClusterScores>,
    /// Beside other predictions for the same examples, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// The datasets of a cluster together.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ClusterScores {
    pub cluster: String,
    pub datasets: u64,
    /// The mean of the main scores of its datasets, of those that go up to 100; null where there is none.
    pub mean: Option<f64>,
    /// Datasets that are not in the mean, since their main score is another kind of number or undefined.
    pub left_out: Vec<String>,
}

/// How many places of one kind of mistake are named.
const NAMED: usize = 5;

/// What is to be scored.
#[derive(Clone, Debug)]
pub struct Request {
    pub directory: PathBuf,
    pub predictions: PathBuf,
    /// `test` or `validation`.
    pub split: String,
    /// Which of the lists of numbers chooses among options: one of [`RULES`].
    pub rule: String,
    /// Predictions for the validation split, by which the best template is chosen.
    pub dev: Option<PathBuf>,
    /// Whether what is missing, double or unknown is counted and not an error.
    pub allow_missing: bool,
    /// Whether the predictions are all that was asked for: an example without one is none that is missing.
    pub part: bool,
    /// How many times rows are drawn again for intervals: [`RESAMPLES`], or 0 for none.
    pub resamples: u64,
}

/// Scores a file of predictions against the examples of one split of a build.
pub fn score(request: &Request) -> anyhow::Result<Report> {
    let directory = &request.directory;
    let manifest = shard::manifest(directory)?;
    let joined = joined(request, &manifest, &request.predictions, &request.split)?;
    let dev = match &request.dev {
        Some(file) => Some(self::joined(request, &manifest, file, "validation")?.datasets),
        None => None,
    };
    let in_order = manifest.settings["options"] != "shuffled";
    let datasets: Vec<DatasetScores> = joined
        .datasets
        .iter()
        .map(|(id, templates)| {
            let facts = manifest.datasets.get(id);
            let cluster = facts.and_then(|facts| facts.clusters.first());
            let metrics = facts.map_or(&[][..], |facts| &facts.metrics);
            let mut found = dataset::score(
                id,
                cluster.map_or("", String::as_str),
                metrics,
                in_order,
                templates,
                request.resamples,
            );
            if let Some(dev) = &dev {
                dataset::choose(metrics, in_order, dev.get(id), &mut found);
            }
            found
        })
        .collect();
    let without = joined.examples - joined.scored;
    let (missing, not_asked) = if request.part { (0, without) } else { (without, 0) };
    Ok(Report {
        directory: directory.display().to_string(),
        predictions: request.predictions.display().to_string(),
        mixture: manifest.mixture.clone(),
        title: manifest.title.clone(),
        content: manifest.content.clone(),
        split: request.split.clone(),
        rule: request.rule.clone(),
        dev: request.dev.as_ref().map(|file| file.display().to_string()),
        examples: joined.scored + missing,
        scored: joined.scored,
        missing,
        not_asked,
        double: joined.double,
        unknown: joined.unknown,
        clusters: clusters(&datasets),
        datasets,
        comparison: None,
    })
}

/// The examples of a split with their predictions; an error where they do not fit together and need to.
fn joined(request: &Request, manifest: &Manifest, predictions: &Path, split: &str) -> anyhow::Result<Joined> {
    let directory = &request.directory;
    let said = predictions::read(predictions, &request.rule)?;
    let joined = join(directory, manifest, predictions, split, said)?;
    if joined.examples == 0 {
        let splits: BTreeSet<&str> = manifest.shards.iter().map(|shard| shard.split.as_str()).collect();
        bail!(
            "{} has no examples to score in the split `{split}`\nhelp: it has {}",
            directory.display(),
            text::list(&splits.into_iter().collect::<Vec<_>>())
        );
    }
    if !request.allow_missing && !joined.mistakes.is_empty() {
        bail!(
            "{}\nhelp: `--allow-missing` scores what there is, and counts the rest",
            joined.mistakes.join("\n")
        );
    }
    if joined.scored == 0 {
        bail!(
            "{}: none of its predictions is of an example of the split `{split}`",
            predictions.display()
        );
    }
    Ok(joined)
}

/// Examples with their predictions, and what does not fit together.
#[derive(Default)]
struct Joined {
    datasets: BTreeMap<String, Templates>,
    examples: u64,
    scored: u64,
    double: u64,
    unknown: u64,
    mistakes: Vec<String>,
}

fn join(
    directory: &Path,
    manifest: &Manifest,
    file: &Path,
    split: &str,
    mut said: Predictions,
) -> anyhow::Result<Joined> {
    let mut joined = Joined::default();
    let mut missing = Vec::new();
    let mut wrong: Option<anyhow::Error> = None;
    for shard in manifest.shards.iter().filter(|shard| shard.split == split) {
        let path = directory.join(&shard.file);
        shard::read_records(&path, |record| {
            if record.role == "turned" || wrong.is_some() {
                return;
            }
            joined.examples += 1;
            let key: Key = (record.row_key.clone(), record.template.clone());
            let Some(prediction) = said.by_example.remove(&key) else {
                missing.push(place(&record));
                return;
            };
            let fits = match &prediction.dataset {
                Some(other) if *other != record.dataset => Err(format!(
                    "this row is of the dataset `{}`, not of `{other}`",
                    record.dataset
                )),
                _ => {
                    let stop = manifest
                        .datasets
                        .get(&record.dataset)
                        .map_or(&[][..], |facts| &facts.stop);
                    Answered::of(&record, &prediction.said, stop)
                }
            };
            match fits {
                Ok(answered) => {
                    joined.scored += 1;
                    let templates = joined.datasets.entry(record.dataset.clone()).or_default();
                    templates.entry(record.template.clone()).or_default().push(answered);
                }
                Err(why) => {
                    let place = place(&record);
                    wrong = Some(anyhow::anyhow!(
                        "{}:{}: {place}: {why}",
                        file.display(),
                        prediction.line
                    ));
                }
            }
        })
        .with_context(|| format!("cannot read {}", path.display()))?;
    }
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    // In one order, whatever that of the shards.
    for answered in joined.datasets.values_mut().flat_map(BTreeMap::values_mut) {
        answered.sort_by(|a, b| a.row_key.cmp(&b.row_key));
    }
    missing.sort();
    let mut unknown: Vec<(u64, &Key)> = said.by_example.iter().map(|(key, found)| (found.line, key)).collect();
    unknown.sort();
    joined.double = said.double.len() as u64;
    joined.unknown = unknown.len() as u64;
    let file = file.display();
    let lists = [
        (
            "without a prediction",
            "example",
            missing.len(),
            named(&missing, |place| format!("  {place}")),
        ),
        (
            "of an example that has one already",
            "prediction",
            said.double.len(),
            named(&said.double, |(line, first)| {
                format!("  {file}:{line}, after line {first}")
            }),
        ),
        (
            "of no example that is scored",
            "prediction",
            unknown.len(),
            named(&unknown, |(line, (row, template))| {
                format!("  {file}:{line}: row {row}, template {template}")
            }),
        ),
    ];
    for (what, noun, count, places) in lists.into_iter().filter(|(_, _, count, _)| *count > 0) {
        joined
            .mistakes
            .push(format!("{} {what}:\n{places}", text::count(count, noun)));
    }
    Ok(joined)
}

fn place(record: &Record) -> String {
    format!("{}/{}, row {}", record.dataset, record.template, record.row_key)
}

/// The first places of a kind of mistake.
fn named<T>(places: &[T], line: impl Fn(&T) -> String) -> String {
    let mut lines: Vec<String> = places.iter().take(NAMED).map(line).collect();
    if places.len() > NAMED {
        lines.push(format!("  and {} more", text::thousands((places.len() - NAMED) as u64)));
    }
    lines.join("\n")
}

fn clusters(datasets: &[DatasetScores]) -> Vec<ClusterScores> {
    let mut by_cluster: BTreeMap<&str, Vec<&DatasetScores>> = BTreeMap::new();
    for dataset in datasets {
        by_cluster.entry(&dataset.cluster).or_default().push(dataset);
    }
    let main = |dataset: &DatasetScores| {
        let first = dataset.scores.first().filter(|first| first.rises)?;
        first.mean
    };
    by_cluster
        .into_iter()
        .map(|(cluster, datasets)| {
            let known: Vec<f64> = datasets.iter().filter_map(|dataset| main(dataset)).collect();
            ClusterScores {
                cluster: cluster.to_string(),
                datasets: datasets.len() as u64,
                mean: (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64),
                left_out: datasets
                    .iter()
                    .filter(|dataset| main(dataset).is_none())
                    .map(|dataset| dataset.dataset.clone())
                    .collect(),
            }
        })
        .collect()
}
