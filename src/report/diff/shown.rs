//! The second pass: the texts of the few examples that are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;

use super::cause::Cause;
use super::index::{Entry, Names, row};
use super::pairing::{Change, Pair};
use crate::shard::{self, Manifest, Record};

/// One difference with its texts.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Shown {
    pub cause: Cause,
    pub candidates: Vec<Cause>,
    pub change: Change,
    pub dataset: String,
    pub split: String,
    pub row_key: String,
    pub pass: u32,
    /// Columns that are not equal, where there are two examples.
    pub columns: Vec<String>,
    pub old: Option<Side>,
    pub new: Option<Side>,
}

/// An example as one of the builds has it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Side {
    pub template: String,
    pub role: String,
    pub system: Option<String>,
    pub inputs: String,
    pub targets: String,
    pub options: Option<Vec<String>>,
    pub answers: Option<Vec<String>>,
    pub answer_index: Option<u32>,
    pub exemplars: Vec<String>,
    pub group: String,
}

/// Reads both builds again for the examples of some pairs.
pub fn read(
    directories: [&Path; 2],
    manifests: &[Manifest; 2],
    names: &mut Names,
    pairs: Vec<Pair>,
) -> anyhow::Result<Vec<Shown>> {
    let sides: [Vec<Option<Entry>>; 2] = [
        pairs.iter().map(|pair| pair.old).collect(),
        pairs.iter().map(|pair| pair.new).collect(),
    ];
    let mut texts = Vec::new();
    for ((directory, manifest), entries) in directories.into_iter().zip(manifests).zip(&sides) {
        let wanted = pairs
            .iter()
            .zip(entries)
            .filter_map(|(pair, entry)| Some((pair.dataset, (*entry)?)));
        texts.push(records(directory, manifest, names, &wanted.collect())?);
    }
    let found = |side: usize, pair: &Pair, entry: Option<Entry>| -> Option<&Record> {
        texts[side].get(&(pair.dataset, entry?))
    };
    Ok(pairs
        .iter()
        .map(|pair| {
            let (old, new) = (found(0, pair, pair.old), found(1, pair, pair.new));
            let any = new.or(old);
            Shown {
                cause: pair.key.cause,
                candidates: pair.key.candidates.clone(),
                change: pair.key.change,
                dataset: pair.key.dataset.clone(),
                split: pair.key.split.clone(),
                row_key: any.map_or_else(String::new, |record| record.row_key.clone()),
                pass: any.map_or(0, |record| record.pass),
                columns: old.zip(new).map_or_else(Vec::new, |(old, new)| columns(old, new)),
                old: old.map(side),
                new: new.map(side),
            }
        })
        .collect())
}

/// The records that are wanted, of which there are few.
fn records(
    directory: &Path,
    manifest: &Manifest,
    names: &mut Names,
    wanted: &BTreeSet<(u32, Entry)>,
) -> anyhow::Result<BTreeMap<(u32, Entry), Record>> {
    let mut found = BTreeMap::new();
    let rows: BTreeSet<u64> = wanted.iter().map(|(_, entry)| entry.row).collect();
    for shard in &manifest.shards {
        if found.len() == wanted.len() {
            break;
        }
        let path = directory.join(&shard.file);
        shard::read_records(&path, |record| {
            if rows.contains(&row(&record.row_key)) {
                let key = names.entry(&record);
                if wanted.contains(&key) {
                    found.insert(key, record);
                }
            }
        })
        .with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(found)
}

fn side(record: &Record) -> Side {
    Side {
        template: record.template.clone(),
        role: record.role.clone(),
        system: record.system.clone(),
        inputs: record.inputs.clone(),
        targets: record.targets.clone(),
        options: record.options.clone(),
        answers: record.answers.clone(),
        answer_index: record.answer_index,
        exemplars: record.exemplars.clone(),
        group: record.group.clone(),
    }
}

/// The names of the columns in which two examples of one use differ.
fn columns(old: &Record, new: &Record) -> Vec<String> {
    let differ = [
        ("inputs", old.inputs != new.inputs),
        ("targets", old.targets != new.targets),
        ("system", old.system != new.system),
        ("options", old.options != new.options),
        ("options_span", old.options_span != new.options_span),
        ("answers", old.answers != new.answers),
        ("answer_index", old.answer_index != new.answer_index),
        ("group", old.group != new.group),
        ("exemplars", old.exemplars != new.exemplars),
        ("family", old.family != new.family),
        ("cluster", old.cluster != new.cluster),
        ("template", old.template != new.template),
        ("role", old.role != new.role),
    ];
    differ
        .into_iter()
        .filter(|(_, differ)| *differ)
        .map(|(name, _)| name.to_string())
        .collect()
}
