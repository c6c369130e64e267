//! One example back to its row: found again by its key, rendered again, compared byte for byte.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::examples::{Examples, Scratch, short};
use super::read;
use super::request::Request;
use super::reuse::Tally;
use crate::catalog::{self, Catalog};
use crate::digest::hex;
use crate::mix::{Draws, Splits, Use, pool};
use crate::shard::{self, Block, Manifest, Record, ShardFacts, TokenFacts, TokenRow};
use crate::source::Depot;
use crate::token::{Frame, Texts};

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
    pub system: Option<String>,
    pub inputs: String,
    pub targets: String,
    /// What the row gives now, where that is something else; of tokens, whose texts are not in the build, nothing.
    pub now: Option<Now>,
}

/// An example as the project would make it now.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Now {
    pub template: String,
    pub system: Option<String>,
    pub inputs: String,
    pub targets: String,
}

/// Finds every example of a row in a build and renders each again. `key` is a row key or its beginning.
pub fn trace(catalog: &Catalog, depot: Arc<Depot>, directory: &Path, key: &str) -> anyhow::Result<Vec<Traced>> {
    if key.len() < 6 || !key.bytes().all(|b| b.is_ascii_hexdigit()) {
        bail!("`{key}` is no row key: give the first six or more characters of a `row_key`");
    }
    let manifest = shard::manifest(directory)?;
    let mut request = request_of(directory)?;
    request.depot = depot;
    let found = find(directory, &manifest, key)?;
    if found.is_empty() {
        bail!(
            "no example of {} has a row key that begins with `{key}`",
            directory.display()
        );
    }
    let tokenizer = request.tokenizer()?;
    let Some(mixture) = catalog.mixtures.get(&manifest.mixture) else {
        bail!("the project has no mixture `{}` any more", manifest.mixture)
    };
    let Some(mixture) = &mixture.counted(tokenizer.is_some()) else {
        bail!(
            "mixture `{}` counts its shots in tokens by now, and this was built without a tokenizer",
            mixture.name
        )
    };
    let selection = catalog::selection(catalog, mixture);
    let draws = Draws { seed: manifest.seed };
    let frame = match (&tokenizer, request.packing()) {
        (Some(tokenizer), Some(settings)) => Some(Frame::new(tokenizer, settings)?),
        _ => None,
    };
    let same = |facts: &TokenFacts| tokenizer.as_ref().is_some_and(|t| hex(&t.digest()) == facts.tokenizer);
    if !manifest.tokens.as_ref().is_none_or(same) {
        bail!("the tokenizer is not the one that this was built with any more");
    }
    let mut traced = Vec::new();
    let mut ids: Vec<String> = found.iter().map(|found| found.record.dataset.clone()).collect();
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
        let examples = Examples::new(dataset, mixture, &pool, draws, tokenizer.as_ref());
        for Found { shard, record, ids } in found.iter().filter(|found| found.record.dataset == id) {
            let Some(row) = (0..pool.rows.len()).find(|row| short(&pool.key(*row)) == record.row_key) else {
                bail!(
                    "the sources have no row `{}` of dataset `{id}` any more: they have changed since the build",
                    record.row_key
                );
            };
            let again = again(&examples, &pool, record, row, draws)?;
            let rendered = again.iter().find(|other| match (ids, &frame) {
                (Some(ids), Some(frame)) => other.template == record.template && gives(frame, other, ids),
                _ => *other == record,
            });
            // Another template may have taken the row.
            let now = match (rendered, ids) {
                (None, None) => again
                    .iter()
                    .find(|other| other.template == record.template)
                    .or(again.first()),
                _ => None,
            };
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
                equal: rendered.is_some(),
                system: rendered.unwrap_or(record).system.clone(),
                inputs: rendered.unwrap_or(record).inputs.clone(),
                targets: rendered.unwrap_or(record).targets.clone(),
                now: now.map(|now| Now {
                    template: now.template.clone(),
                    system: now.system.clone(),
                    inputs: now.inputs.clone(),
                    targets: now.targets.clone(),
                }),
            });
        }
    }
    Ok(traced)
}

/// The request that a directory was built by.
fn request_of(directory: &Path) -> anyhow::Result<Request> {
    let info = directory.join("build-info.json");
    let info = std::fs::read_to_string(&info).with_context(|| format!("cannot read {}", info.display()))?;
    let info: serde_json::Value = serde_json::from_str(&info).context("build-info.json is no JSON")?;
    serde_json::from_value(info["request"].clone()).context("build-info.json does not say how it was built")
}

/// The examples of a build whose key begins so.
fn find(directory: &Path, manifest: &Manifest, key: &str) -> anyhow::Result<Vec<Found>> {
    let mut found: Vec<Found> = Vec::new();
    for shard in &manifest.shards {
        let path = directory.join(&shard.file);
        if shard.tokens.is_some() {
            shard::read_token_rows(&path, |row| {
                find_tokens(&row, key, shard, &mut found);
                Ok(())
            })?;
            continue;
        }
        shard::read_records(&path, |record| {
            if record.row_key.starts_with(key) {
                found.push(Found {
                    shard: shard.file.clone(),
                    record,
                    ids: None,
                });
            }
        })?;
    }
    Ok(found)
}

/// An example that was found, and its tokens where the shard has those.
struct Found {
    shard: String,
    /// Of tokens only what they are from.
    record: Record,
    ids: Option<Vec<u32>>,
}

/// The examples of a packed row whose key begins so.
fn find_tokens(row: &TokenRow, key: &str, shard: &ShardFacts, found: &mut Vec<Found>) {
    let mut start = 0;
    for of in &row.examples {
        let end = start + of.length as usize;
        if of.row_key.starts_with(key) {
            found.push(Found {
                shard: shard.file.clone(),
                record: Record {
                    dataset: of.dataset.clone(),
                    template: of.template.clone(),
                    row_key: of.row_key.clone(),
                    pass: of.pass,
                    split: shard.split.clone(),
                    ..Record::default()
                },
                ids: row.input_ids.get(start..end).map(<[u32]>::to_vec),
            });
        }
        start = end;
    }
}

/// Whether an example gives these tokens.
fn gives(frame: &Frame<'_>, record: &Record, ids: &[u32]) -> bool {
    let texts = Texts {
        system: record.system.as_deref(),
        inputs: &record.inputs,
        targets: &record.targets,
    };
    let example = frame.example(texts);
    example.is_ok_and(|made| made.is_ok_and(|made| made.ids == ids))
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
