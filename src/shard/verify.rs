//! A built directory against its manifest: every file, every digest, every count.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::block::Block;
use super::columns::{Columns, Record};
use super::content::{Content, digests};
use super::manifest::{Manifest, QUARANTINE, QUARANTINED, ShardFacts, ShardTokens};
use super::order::{ORDER, check_order};
use super::token_file::read_token_rows;
use crate::digest::{hex, sha256_of};

/// What verifying found: nothing, where the build is whole.
#[derive(Debug, Default)]
pub struct Verified {
    pub shards: usize,
    pub rows: u64,
    pub problems: Vec<String>,
}

/// Reads the manifest of a build.
pub fn manifest(directory: &Path) -> anyhow::Result<Manifest> {
    let path = directory.join("manifest.json");
    let text = fs::read_to_string(&path).with_context(|| {
        if path.exists() {
            format!("cannot read {}", path.display())
        } else {
            format!("cannot read {}: is this a build of flanc?", path.display())
        }
    })?;
    serde_json::from_str(&text).with_context(|| format!("{} is no manifest of this version", path.display()))
}

/// Compares every file of a build with its manifest.
pub fn verify(directory: &Path) -> anyhow::Result<Verified> {
    let manifest = manifest(directory)?;
    let mut verified = Verified::default();
    let mut contents = crate::digest::Hasher::new("contents");
    let problems = &mut verified.problems;
    for shard in &manifest.shards {
        verified.shards += 1;
        verified.rows += shard.examples();
        contents.part(shard.content.as_bytes());
        problems.extend(
            of_shard(directory, &manifest, shard)
                .into_iter()
                .map(|problem| format!("{}: {problem}", shard.file)),
        );
    }
    if hex(&contents.finish()) != manifest.content {
        problems.push("manifest.json: the digest over all shards does not fit theirs".to_string());
    }
    for (id, facts) in &manifest.datasets {
        let sum: u64 = facts.rows.values().sum();
        if sum != facts.read {
            problems.push(format!(
                "manifest.json: the rows of `{id}` add up to {sum}, not to {}",
                facts.read
            ));
        }
    }
    problems.extend(of_quarantine(directory, &manifest));
    problems.extend(of_order(directory, &manifest));
    let listed: Vec<String> = manifest.shards.iter().map(|s| s.file.clone()).collect();
    for entry in fs::read_dir(directory.join("data")).into_iter().flatten().flatten() {
        let name = format!("data/{}", entry.file_name().to_string_lossy());
        if !listed.contains(&name) {
            problems.push(format!("{name}: a file that the manifest does not know"));
        }
    }
    Ok(verified)
}

/// What is wrong with a shard.
fn of_shard(directory: &Path, manifest: &Manifest, shard: &ShardFacts) -> Vec<String> {
    let path = directory.join(&shard.file);
    let digest = match File::open(&path).and_then(sha256_of) {
        Ok(digest) => digest,
        Err(error) => return vec![error.to_string()],
    };
    let mut problems = Vec::new();
    if hex(&digest) != shard.sha256 {
        problems.push("its bytes are not those of the manifest".to_string());
    }
    let mut content = Content::default();
    let read = match &shard.tokens {
        None => text_shard(&path, &mut content),
        Some(facts) => token_shard(&path, manifest, facts, &mut content),
    };
    let rows = match read {
        Ok(rows) => rows,
        Err(error) => {
            problems.push(format!("{error:#}"));
            return problems;
        }
    };
    if rows != shard.rows {
        problems.push(format!("{rows} rows, the manifest says {}", shard.rows));
    }
    if hex(&content.finish()) != shard.content {
        problems.push("its content is not that of the manifest".to_string());
    }
    problems
}

/// Reads a shard of texts into a digest; how many rows it has.
fn text_shard(path: &Path, content: &mut Content) -> anyhow::Result<u64> {
    let mut rows = 0;
    for columns in columns_of(path)? {
        let columns = columns?;
        rows += columns.len() as u64;
        digests(&columns).iter().for_each(|digest| content.add(digest));
    }
    Ok(rows)
}

/// Reads a shard of tokens into a digest; how many rows it has. Each has to be sound by itself, and all together as the
/// manifest counts.
fn token_shard(path: &Path, manifest: &Manifest, facts: &ShardTokens, content: &mut Content) -> anyhow::Result<u64> {
    let how = manifest.tokens.clone().unwrap_or_default();
    let (mut rows, mut sum) = (0, ShardTokens::default());
    read_token_rows(path, |row| {
        let tokens = row.input_ids.len() as u64;
        row.check().with_context(|| format!("row {rows}"))?;
        ensure!(
            tokens <= how.seq_len,
            "row {rows} has {tokens} tokens, and at most {} fit",
            how.seq_len
        );
        let unknown = row.input_ids.iter().find(|id| u64::from(**id) >= how.vocab);
        if let Some(id) = unknown {
            bail!("row {rows} has the token {id}, which is not one of {}", how.vocab);
        }
        content.add(&row.digest());
        rows += 1;
        sum.examples += row.examples.len() as u64;
        sum.tokens += tokens;
        sum.supervised += row.supervised();
        Ok(())
    })?;
    let (found, said) = (
        [sum.examples, sum.tokens, sum.supervised],
        [facts.examples, facts.tokens, facts.supervised],
    );
    ensure!(
        found == said,
        "{} examples, {} tokens and {} with a loss, the manifest says {}, {} and {}",
        found[0],
        found[1],
        found[2],
        said[0],
        said[1],
        said[2]
    );
    Ok(rows)
}

/// What is wrong with the order of the training rows, where the build has one.
fn of_order(directory: &Path, manifest: &Manifest) -> Option<String> {
    let sha256 = manifest.order.as_ref()?;
    let train = manifest.shards.iter().filter(|shard| shard.split == "train");
    let sizes: Vec<u64> = train.map(|shard| shard.rows).collect();
    let path = directory.join(ORDER);
    let same = File::open(&path)
        .and_then(sha256_of)
        .is_ok_and(|digest| hex(&digest) == *sha256);
    if !same {
        return Some(format!("{ORDER}: its bytes are not those of the manifest"));
    }
    let error = check_order(&path, &sizes).err()?;
    Some(format!("{ORDER}: {error:#}"))
}

/// What the list of rows that were put aside does not say as the counts of the manifest do.
fn of_quarantine(directory: &Path, manifest: &Manifest) -> Option<String> {
    let wanted: BTreeMap<&str, u64> = manifest
        .datasets
        .iter()
        .filter_map(|(id, facts)| Some((id.as_str(), *facts.rows.get(QUARANTINED)?)))
        .collect();
    let text = match fs::read_to_string(directory.join(QUARANTINE)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && wanted.is_empty() => return None,
        Err(error) => return Some(format!("{QUARANTINE}: {error}")),
    };
    let rows: Vec<Value> = match text.lines().map(serde_json::from_str).collect() {
        Ok(rows) => rows,
        Err(error) => return Some(format!("{QUARANTINE}: {error}")),
    };
    let mut found: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &rows {
        *found.entry(row["dataset"].as_str().unwrap_or_default()).or_default() += 1;
    }
    (found != wanted).then(|| format!("{QUARANTINE}: its rows are not those that the manifest counts"))
}

/// The rows of a shard of texts of any of the three formats, some at a time.
pub fn columns_of(path: &Path) -> anyhow::Result<Box<dyn Iterator<Item = anyhow::Result<Columns>> + Send>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    Ok(match path.extension().and_then(|e| e.to_str()) {
        Some("parquet") => {
            let batches = ParquetRecordBatchReaderBuilder::try_new(file)?.build()?;
            Box::new(batches.map(|batch| Columns::of(&batch?)))
        }
        Some("arrow") => {
            let batches = arrow::ipc::reader::FileReader::try_new(file, None)?;
            Box::new(batches.map(|batch| Columns::of(&batch?)))
        }
        _ => {
            let mut lines = BufReader::new(file).lines();
            Box::new(std::iter::from_fn(move || lines_as_columns(&mut lines).transpose()))
        }
    })
}

/// As many lines of JSON as make a block; `None` after the last.
fn lines_as_columns(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> anyhow::Result<Option<Columns>> {
    let mut block = Block::default();
    for line in lines {
        block.push(&from_json(&serde_json::from_str(&line?)?));
        if block.is_full() {
            break;
        }
    }
    Ok((!block.is_empty()).then(|| block.take()))
}

/// Reads a shard of any of the three formats, record by record.
pub fn read_records(path: &Path, mut each: impl FnMut(Record)) -> anyhow::Result<()> {
    for columns in columns_of(path)? {
        let columns = columns?;
        (0..columns.len()).for_each(|row| each(columns.record(row)));
    }
    Ok(())
}

fn from_json(value: &Value) -> Record {
    let text = |name: &str| value[name].as_str().map(str::to_string);
    let list = |name: &str| {
        value[name].as_array().map(|items| {
            items
                .iter()
                .map(|i| i.as_str().unwrap_or_default().to_string())
                .collect::<Vec<_>>()
        })
    };
    let number = |value: &Value| value.as_u64().map(|n| n as u32);
    let turn = |role: &str| {
        let turns = value["messages"].as_array()?;
        turns.iter().find(|turn| turn["role"] == role)?["content"]
            .as_str()
            .map(str::to_string)
    };
    Record {
        inputs: text("inputs").or_else(|| turn("user")).unwrap_or_default(),
        targets: text("targets").or_else(|| turn("assistant")).unwrap_or_default(),
        system: text("system").or_else(|| turn("system")),
        options: list("options"),
        options_span: number(&value["options_span"][0]).zip(number(&value["options_span"][1])),
        answers: list("answers"),
        answer_index: number(&value["answer_index"]),
        group: text("group").unwrap_or_default(),
        exemplars: list("exemplars").unwrap_or_default(),
        dataset: text("dataset").unwrap_or_default(),
        family: text("family").unwrap_or_default(),
        cluster: text("cluster").unwrap_or_default(),
        template: text("template").unwrap_or_default(),
        role: text("role").unwrap_or_default(),
        split: text("split").unwrap_or_default(),
        row_key: text("row_key").unwrap_or_default(),
        pass: number(&value["pass"]).unwrap_or_default(),
    }
}
