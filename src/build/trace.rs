//! One example back to its row: found again by its key, rendered again, compared byte for byte.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::examples::{Examples, Scratch, short};
use super::read;
use super::request::Request;
use super::reuse::Tally;
use crate::catalog::{self, Catalog};
use crate::mix::{Draws, Splits, Use, pool};
use crate::shard::{self, Block, Record};
use crate::source::Depot;

/// An example and the row it came from.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Traced {
    pub dataset: String,
    pub template: String,
    pub split: String,
    pub row_key: String,
    pub shard: String,
    pub file: String,
    pub row: u32,
    /// Rows of the same split that say the same.
    pub identical: usize,
    pub equal: bool,
    pub inputs: String,
    pub targets: String,
}

/// Finds every example of a row in a build and renders each again. `key` is a row key or its beginning.
pub fn trace(catalog: &Catalog, depot: Arc<Depot>, directory: &Path, key: &str) -> anyhow::Result<Vec<Traced>> {
    if key.len() < 6 || !key.bytes().all(|b| b.is_ascii_hexdigit()) {
        bail!("`{key}` is no row key: give the first six or more characters of a `row_key`");
    }
    let manifest = shard::manifest(directory)?;
    let info = directory.join("build-info.json");
    let info = std::fs::read_to_string(&info).with_context(|| format!("cannot read {}", info.display()))?;
    let info: serde_json::Value = serde_json::from_str(&info).context("build-info.json is no JSON")?;
    let mut request: Request =
        serde_json::from_value(info["request"].clone()).context("build-info.json does not say how it was built")?;
    request.depot = depot;
    let mut found: Vec<(String, Record)> = Vec::new();
    for shard in &manifest.shards {
        shard::read_records(&directory.join(&shard.file), |record| {
            if record.row_key.starts_with(key) {
                found.push((shard.file.clone(), record));
            }
        })?;
    }
    if found.is_empty() {
        bail!(
            "no example of {} has a row key that begins with `{key}`",
            directory.display()
        );
    }
    let Some(mixture) = catalog.mixtures.get(&manifest.mixture) else {
        bail!("the project has no mixture `{}` any more", manifest.mixture)
    };
    let selection = catalog::selection(catalog, mixture);
    let draws = Draws { seed: manifest.seed };
    let mut traced = Vec::new();
    let mut ids: Vec<String> = found.iter().map(|(_, r)| r.dataset.clone()).collect();
    ids.sort();
    ids.dedup();
    for id in ids {
        let Some(dataset) = catalog.datasets.get(&id) else {
            bail!("the project has no dataset `{id}` any more")
        };
        let parts = Splits {
            train: selection.trained.contains(&id),
            evaluate: selection.evaluated.is_empty() || selection.evaluated.contains(&id),
        };
        let (rows, _, _) = read::rows(
            dataset,
            &request,
            parts,
            mixture.profile,
            &request.budget(),
            &Tally::default(),
        )?;
        let pool = pool(dataset, mixture, rows, draws, parts, request.sample);
        let examples = Examples::new(dataset, mixture, &pool, draws);
        for (shard, record) in found.iter().filter(|(_, r)| r.dataset == id) {
            let Some(row) = (0..pool.rows.len()).find(|row| short(&pool.key(*row)) == record.row_key) else {
                bail!(
                    "the sources have no row `{}` of dataset `{id}` any more: they have changed since the build",
                    record.row_key
                );
            };
            let again = again(&examples, &pool, record, row, draws)?;
            let (file, number) = pool.rows.origin(row);
            let same = |other: &usize| {
                pool.rows.content(*other) == pool.rows.content(row) && pool.rows.split(*other) == pool.rows.split(row)
            };
            traced.push(Traced {
                dataset: id.clone(),
                template: record.template.clone(),
                split: record.split.clone(),
                row_key: record.row_key.clone(),
                shard: shard.clone(),
                file: file.to_string(),
                row: number,
                identical: (0..pool.rows.len()).filter(same).count(),
                equal: again.iter().any(|other| other == record),
                inputs: record.inputs.clone(),
                targets: record.targets.clone(),
            });
        }
    }
    Ok(traced)
}

/// What a row gives again in the split of a record: for training, each reference of it in the record's pass.
fn again(
    examples: &Examples<'_>,
    pool: &crate::mix::Pool,
    record: &Record,
    row: usize,
    draws: Draws,
) -> anyhow::Result<Vec<Record>> {
    let units = pool
        .kept
        .iter()
        .chain(&pool.reserved)
        .chain(&pool.test)
        .chain(&pool.exemplars);
    let mut block = Block::default();
    let mut scratch = Scratch::default();
    for unit in units.filter(|unit| unit.row as usize == row) {
        if record.split == "train" || record.split == "validation" {
            let used = Use::new(0, pool, unit, record.pass, draws);
            let _ = examples.train(&used, &record.split, &mut block, &mut scratch)?;
        } else {
            let used = examples.use_of(0, unit);
            let example = examples.example(&used, &record.split, &mut scratch.row)?;
            for template in examples.forward() {
                let _ = examples.evaluate(&example, template, &mut block);
            }
        }
    }
    let columns = block.take();
    Ok((0..columns.len()).map(|row| columns.record(row)).collect())
}
