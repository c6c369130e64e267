//! The sources of all datasets of a mixture, read and divided into pools.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::digest::{dataset_meaning, source_meaning};
use super::memory;
use super::request::{Progress, Request, Step};
use super::reuse::{Tally, cache};
use crate::catalog::{Catalog, Dataset, Mixture, Profile, Selection, Split};
use crate::digest::{EDITION, Hasher, hex};
use crate::mix::{Draws, Pool, Splits, pool};
use crate::source::{self, Budget, Rows, SourceError, SplitReport};

/// A dataset, or one split of it, whose source is not there.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Missing {
    pub dataset: String,
    /// The one split that is not there, where the others are.
    pub split: Option<String>,
    pub reason: String,
}

/// The pools of a mixture, by dataset, with what reading them came to.
#[derive(Default)]
pub struct Gathered<'a> {
    pub pools: BTreeMap<String, (&'a Dataset, Pool, SplitReport)>,
    pub missing: Vec<Missing>,
    /// Datasets that no template of the mixture serves.
    pub untemplated: Vec<String>,
    pub problems: Vec<String>,
}

enum Outcome<'a> {
    Pool(&'a Dataset, Box<Pool>, SplitReport, Vec<Missing>),
    Missing(Missing),
    Problem(String),
}

/// Reads every dataset that a mixture trains on or evaluates.
pub fn gather<'a>(
    catalog: &'a Catalog,
    mixture: &Mixture,
    selection: &Selection,
    request: &Request,
    tally: &Tally,
    progress: Progress<'_>,
) -> Gathered<'a> {
    let mut gathered = Gathered::default();
    let mut chosen = Vec::new();
    for id in selection.trained.union(&selection.evaluated) {
        let dataset = &catalog.datasets[id];
        // The ablations without templates train on the same datasets, so that their figures can be compared.
        if !dataset.templates.iter().any(|t| mixture.uses(t)) {
            gathered.untemplated.push(id.clone());
        } else {
            chosen.push(dataset);
        }
    }
    progress(Step::Reading { datasets: chosen.len() });
    let budget = request.budget();
    let evaluate_all = selection.evaluated.is_empty();
    let outcomes: Vec<(String, Outcome)> = chosen
        .into_par_iter()
        .map(|dataset| {
            let parts = Splits {
                train: selection.trained.contains(&dataset.id),
                evaluate: evaluate_all || selection.evaluated.contains(&dataset.id),
            };
            let outcome = one(dataset, mixture, parts, request, &budget, tally);
            progress(Step::Read {
                dataset: dataset.id.clone(),
            });
            (dataset.id.clone(), outcome)
        })
        .collect();
    for (id, outcome) in outcomes {
        match outcome {
            Outcome::Pool(dataset, pool, report, missing) => {
                gathered.missing.extend(missing);
                gathered.pools.insert(id, (dataset, *pool, report));
            }
            Outcome::Missing(missing) => gathered.missing.push(missing),
            Outcome::Problem(problem) => gathered.problems.push(problem),
        }
    }
    for (_, pool, _) in gathered.pools.values_mut() {
        if let Err(error) = pool.rows.fit(&budget) {
            gathered
                .problems
                .push(format!("cannot keep rows beside the build: {error}"));
            break;
        }
    }
    gathered
}

fn one<'a>(
    dataset: &'a Dataset,
    mixture: &Mixture,
    parts: Splits,
    request: &Request,
    budget: &Budget,
    tally: &Tally,
) -> Outcome<'a> {
    let read = rows(dataset, request, parts, mixture.profile, budget, tally).and_then(|mut read| {
        fit(&mut read.0, budget)?;
        Ok(read)
    });
    match read {
        Ok((rows, report, missing)) => {
            let draws = Draws {
                seed: request.seed.unwrap_or(mixture.seed),
            };
            let mut pool = pool(dataset, mixture, rows, draws, parts, request.sample);
            if budget.take(pool.bytes_of_keys() as i64) {
                pool.keep_keys();
            }
            Outcome::Pool(dataset, Box::new(pool), report, missing)
        }
        Err(SourceError::Absent { reason, .. }) => Outcome::Missing(Missing {
            dataset: dataset.id.clone(),
            split: None,
            reason,
        }),
        Err(error) => Outcome::Problem(error.to_string()),
    }
}

/// Moves rows out of memory as far as a budget wants it, and the memory out of the process.
fn fit(rows: &mut Rows, budget: &Budget) -> Result<(), SourceError> {
    rows.fit(budget)?;
    if rows.are_elsewhere() {
        memory::give_back();
    }
    Ok(())
}

/// The rows of the splits that a mixture needs of a dataset.
///
/// A split that the source does not have, or says it no longer has, is empty; one whose files are not there is missing.
/// A source without any of them is absent.
pub fn rows(
    dataset: &Dataset,
    request: &Request,
    parts: Splits,
    profile: Profile,
    budget: &Budget,
    tally: &Tally,
) -> Result<(Rows, SplitReport, Vec<Missing>), SourceError> {
    let source = request.source.as_str();
    let absent = |reason: String| SourceError::Absent {
        dataset: dataset.id.clone(),
        split: String::new(),
        reason,
    };
    let Some(declared) = dataset.sources.get(source) else {
        return Err(absent(format!(
            "it has no source named `{source}`, {}",
            dataset.only_sources()
        )));
    };
    if let Some(why) = &declared.absent {
        return Err(absent(format!("source `{source}` can no longer be had: {why}")));
    }
    if profile == Profile::Repo && !declared.ordered {
        return Err(SourceError::Select {
            dataset: dataset.id.clone(),
            split: source.to_string(),
            reason: format!(
                "`profile repo` goes by the order of rows, and source `{source}` is not declared `ordered`"
            ),
        });
    }
    let mut names: Vec<&String> = dataset.train_on.iter().collect();
    if parts.train {
        names.extend(dataset.reserve.iter().filter_map(|reserve| reserve.split.as_ref()));
    }
    if parts.evaluate {
        names.extend(&dataset.evaluate_on);
    }
    names.sort();
    names.dedup();
    let mut rows = Rows::default();
    let mut total = SplitReport::default();
    let mut found = false;
    let mut reasons = Vec::new();
    let mut missing: Vec<Missing> = Vec::new();
    for name in names {
        let Some(split) = declared.splits.get(name) else {
            continue;
        };
        if let Some(why) = &split.absent {
            reasons.push(format!("split `{name}`: {why}"));
            continue;
        }
        let (more, report) = match one_split(dataset, name, split, request, budget, tally) {
            Ok(read) => read,
            Err(SourceError::Absent { reason, .. }) => {
                missing.push(Missing {
                    dataset: dataset.id.clone(),
                    split: Some(name.clone()),
                    reason,
                });
                continue;
            }
            Err(error) => return Err(error),
        };
        found = true;
        rows.append(more);
        add(&mut total, report);
    }
    if found {
        return Ok((rows, total, missing));
    }
    reasons.extend(missing.into_iter().map(|m| m.reason));
    if reasons.len() == 1 {
        return Err(absent(reasons.remove(0)));
    }
    reasons.insert(0, format!("source `{source}` has none of the splits it is used for"));
    Err(absent(reasons.join("; ")))
}

/// The rows of a split: from the cache where its source and all that is declared of it are as they were, else read, and
/// kept for the next build.
fn one_split(
    dataset: &Dataset,
    name: &str,
    split: &Split,
    request: &Request,
    budget: &Budget,
    tally: &Tally,
) -> Result<(Rows, SplitReport), SourceError> {
    let place = request.place();
    let key = || {
        let files = source::split_files(split, &place)?;
        let mut key = Hasher::new("rows");
        key.part(EDITION.as_bytes()).part(env!("CARGO_PKG_VERSION").as_bytes());
        key.part(&dataset_meaning(dataset))
            .part(name.as_bytes())
            .part(&source_meaning(split));
        for (file, digest) in &files {
            key.part(file.as_bytes()).part(digest);
        }
        Some(hex(&key.finish()))
    };
    let kept = request.cache.as_deref().and_then(|cache| {
        let slot = format!("{} {name} {}", dataset.id, request.source);
        Some((cache::Kept::new(cache, "rows", &slot), key()?))
    });
    if let Some((kept, key)) = &kept
        && let Some((rows, report)) = source::kept::load(&kept.path(key))
    {
        kept.settle(key);
        tally.rows_kept.fetch_add(report.read, Ordering::Relaxed);
        return Ok((rows, report));
    }
    let (rows, report) = source::read_split(dataset, name, split, &place, budget)?;
    tally.rows_read.fetch_add(report.read, Ordering::Relaxed);
    // What was changed while it was read is not kept: nobody knows which of the two states it is.
    if let Some((kept, before)) = kept.filter(|(_, before)| key().as_ref() == Some(before)) {
        // A cache that cannot be written costs time, and nothing else.
        if source::kept::save(&kept.path(&before), &rows, &report).is_ok() {
            kept.settle(&before);
        }
    }
    Ok((rows, report))
}

fn add(total: &mut SplitReport, report: SplitReport) {
    total.read += report.read;
    total.unlabelled += report.unlabelled;
    total.quarantined.extend(report.quarantined);
    total.files.extend(report.files);
    for (at, (reason, count)) in report.dropped.into_iter().enumerate() {
        match total.dropped.get_mut(at) {
            Some((_, sum)) => *sum += count,
            None => total.dropped.push((reason, count)),
        }
    }
}
