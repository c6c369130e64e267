//! A build as rows of tokens: read from its shards, held to its manifest, packed as `flanc build --layout tokens` does.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::batch::Batch;
use crate::digest::{Digest, hex, sha256_of};
use crate::shard::{self, Manifest, Record, ShardFacts, TokenFacts};
use crate::token::{Frame, Packer, Row, Settings, Texts, Tokenizer};

/// Examples that are tokenised at a time.
const AT_ONCE: usize = 4096;

/// The rows of a build, in its order.
pub struct Data {
    pub manifest: Manifest,
    /// SHA-256 of manifest.json.
    pub digest: Digest,
    pub train: Vec<Packed>,
    pub validation: Vec<Packed>,
    /// Who examples are, each once.
    pub names: Vec<Name>,
    /// Examples that no row holds: over a limit, or without a target.
    pub dropped: u64,
}

/// What losses are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub cluster: String,
    pub dataset: String,
    pub template: String,
}

/// One row, without what can be computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packed {
    pub ids: Vec<u32>,
    pub examples: Vec<Example>,
}

/// One example of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub length: u32,
    /// How many of its tokens have no loss: those before its targets.
    pub prompt: u32,
    /// Its place in [`Data::names`].
    pub name: u32,
    pub row_key: Box<str>,
}

impl Packed {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Adds the row to a batch, an example at a time.
    pub fn add_to(&self, batch: &mut Batch) -> anyhow::Result<()> {
        let mut start = 0;
        for example in &self.examples {
            let end = start + example.length as usize;
            let ids = self.ids.get(start..end).context("a row shorter than its examples")?;
            batch.add(ids, example.prompt as usize)?;
            start = end;
        }
        Ok(())
    }
}

impl Data {
    /// Reads the shards of the training and validation splits of a build.
    ///
    /// # Errors
    /// A directory that is no build, shards that are not those of the manifest, a build without a training split.
    pub fn open(directory: &Path, frame: &Frame<'_>) -> anyhow::Result<Self> {
        let manifest = shard::manifest(directory)?;
        let path = directory.join("manifest.json");
        let digest = File::open(&path).and_then(sha256_of);
        let digest = digest.with_context(|| format!("cannot read {}", path.display()))?;
        if manifest.order.is_some() {
            bail!(
                "{} has shards of one dataset each, which are in no order to learn from\n\
                 help: build it without `--shard-by dataset`",
                directory.display()
            );
        }
        if let Some(facts) = &manifest.tokens {
            same_tokens(directory, facts, frame)?;
        }
        let clusters = manifest.datasets.iter();
        let clusters = clusters.map(|(id, facts)| (id.clone(), facts.clusters.first().cloned().unwrap_or_default()));
        let mut reader = Reader {
            frame,
            clusters: clusters.collect(),
            names: BTreeMap::new(),
            dropped: 0,
        };
        let (mut train, mut validation) = (Vec::new(), Vec::new());
        for facts in &manifest.shards {
            let rows = match facts.split.as_str() {
                "train" => &mut train,
                "validation" => &mut validation,
                _ => continue,
            };
            whole(directory, facts)?;
            let read = match facts.tokens {
                Some(_) => reader.tokens(directory, facts, rows),
                None => reader.texts(directory, facts, rows),
            };
            read.with_context(|| directory.join(&facts.file).display().to_string())?;
        }
        if train.is_empty() {
            bail!(
                "{} has nothing to learn from: no row of a training split",
                directory.display()
            );
        }
        let mut names: Vec<(Name, u32)> = reader.names.into_iter().collect();
        names.sort_by_key(|(_, place)| *place);
        Ok(Self {
            digest,
            train,
            validation,
            names: names.into_iter().map(|(name, _)| name).collect(),
            dropped: reader.dropped + left_out(&manifest),
            manifest,
        })
    }

    /// Tokens of the training split, and those with a loss.
    pub fn tokens(&self) -> (u64, u64) {
        let examples = self.train.iter().flat_map(|row| &row.examples);
        examples.fold((0, 0), |(tokens, supervised), example| {
            let targets = example.length - example.prompt;
            (tokens + u64::from(example.length), supervised + u64::from(targets))
        })
    }
}

/// Whether the bytes of a shard are those of the manifest.
fn whole(directory: &Path, facts: &ShardFacts) -> anyhow::Result<()> {
    let path = directory.join(&facts.file);
    let digest = File::open(&path).and_then(sha256_of);
    let digest = digest.with_context(|| format!("cannot read {}", path.display()))?;
    if hex(&digest) != facts.sha256 {
        bail!(
            "{} is not the shard that manifest.json names: its bytes are others\n\
             help: `flanc verify {}` says what differs; build it anew",
            path.display(),
            directory.display()
        );
    }
    Ok(())
}

struct Reader<'a> {
    frame: &'a Frame<'a>,
    clusters: BTreeMap<String, String>,
    names: BTreeMap<Name, u32>,
    dropped: u64,
}

impl Reader<'_> {
    fn name(&mut self, dataset: &str, template: &str) -> u32 {
        let name = Name {
            cluster: self.clusters.get(dataset).cloned().unwrap_or_default(),
            dataset: dataset.to_string(),
            template: template.to_string(),
        };
        let next = self.names.len() as u32;
        *self.names.entry(name).or_insert(next)
    }

    /// The rows of a shard of tokens.
    fn tokens(&mut self, directory: &Path, facts: &ShardFacts, rows: &mut Vec<Packed>) -> anyhow::Result<()> {
        shard::read_token_rows(&directory.join(&facts.file), |row| {
            row.check()?;
            let examples = row.examples.into_iter().map(|of| Example {
                length: of.length,
                prompt: of.prompt,
                name: self.name(&of.dataset, &of.template),
                row_key: of.row_key.into(),
            });
            rows.push(Packed {
                examples: examples.collect(),
                ids: row.input_ids,
            });
            Ok(())
        })
    }

    /// The rows of a shard of texts: each shard is packed by itself.
    fn texts(&mut self, directory: &Path, facts: &ShardFacts, rows: &mut Vec<Packed>) -> anyhow::Result<()> {
        let mut packer = Packer::new(self.frame);
        // Who the examples are, by their places in the shard.
        let mut whose: Vec<(u32, Box<str>)> = Vec::new();
        let mut waiting: Vec<Record> = Vec::new();
        for columns in shard::columns_of(&directory.join(&facts.file))? {
            let columns = columns?;
            for row in 0..columns.len() {
                waiting.push(columns.record(row));
                if waiting.len() == AT_ONCE {
                    self.push(&mut packer, &mut waiting, &mut whose)?;
                }
            }
            rows.extend(packer.ready().into_iter().map(|row| packed(row, &whose)));
        }
        self.push(&mut packer, &mut waiting, &mut whose)?;
        rows.extend(packer.rest()?.into_iter().map(|row| packed(row, &whose)));
        Ok(())
    }

    fn push(
        &mut self,
        packer: &mut Packer<'_>,
        waiting: &mut Vec<Record>,
        whose: &mut Vec<(u32, Box<str>)>,
    ) -> anyhow::Result<()> {
        let texts = waiting.iter().map(|record| Texts {
            system: record.system.as_deref(),
            inputs: &record.inputs,
            targets: &record.targets,
        });
        let texts: Vec<Texts<'_>> = texts.collect();
        let outcomes = packer.push(&texts)?;
        self.dropped += outcomes.iter().filter(|outcome| outcome.dropped.is_some()).count() as u64;
        for record in waiting.drain(..) {
            let name = self.name(&record.dataset, &record.template);
            whose.push((name, record.row_key.into()));
        }
        Ok(())
    }
}

fn packed(row: Row, whose: &[(u32, Box<str>)]) -> Packed {
    let sizes = row.sizes();
    let examples = row.examples.iter().zip(sizes).map(|(at, (length, prompt))| Example {
        length: length as u32,
        prompt: prompt as u32,
        name: whose[*at].0,
        row_key: whose[*at].1.clone(),
    });
    Packed {
        examples: examples.collect(),
        ids: row.input_ids,
    }
}

/// How the tokens of a build were made, where it holds tokens.
pub fn stored_settings(manifest: &Manifest) -> anyhow::Result<Option<Settings>> {
    let Some(facts) = &manifest.tokens else { return Ok(None) };
    let settings = json!({
        "seq_len": facts.seq_len, "max_inputs": facts.max_inputs, "max_targets": facts.max_targets,
        "too_long": facts.too_long, "join": facts.join, "sides": facts.sides,
    });
    let settings =
        serde_json::from_value(settings).context("manifest.json has tokens made in a way that is not known")?;
    Ok(Some(settings))
}

/// Refuses a tokenizer or settings that are not those a build's tokens were made with.
fn same_tokens(directory: &Path, facts: &TokenFacts, frame: &Frame<'_>) -> anyhow::Result<()> {
    let tokenizer = frame.tokenizer();
    let ends = (facts.bos, facts.eos) == (tokenizer.bos(), tokenizer.eos());
    if facts.tokenizer != hex(&tokenizer.digest()) || !ends {
        bail!(
            "the tokens of {} were made with another tokenizer\n\
             help: name that one with --tokenizer, or build the mixture with this one",
            directory.display()
        );
    }
    Ok(())
}

/// Examples that a build of tokens left out.
fn left_out(manifest: &Manifest) -> u64 {
    let counts = manifest.datasets.values().flat_map(|facts| facts.tokens.values());
    let counts = counts.flat_map(|templates| templates.values());
    counts.map(|count| count.too_long + count.empty_target).sum()
}

/// Refuses a tokenizer that is not the one a model or a build was made with.
pub fn same_tokenizer(tokenizer: &Tokenizer, directory: &Path) -> anyhow::Result<()> {
    let beside = directory.join("tokenizer.json");
    if !beside.is_file() {
        return Ok(());
    }
    let bytes = fs::read(&beside).with_context(|| format!("cannot read {}", beside.display()))?;
    let digest = sha256_of(bytes.as_slice())?;
    if digest != tokenizer.digest() {
        bail!(
            "the tokenizer is not that of the model, {}\n\
             help: leave --tokenizer away, or train from scratch",
            beside.display()
        );
    }
    Ok(())
}
