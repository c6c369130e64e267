//! A shard of texts to one of tokens, or the one of a build before, where nothing that decides it has changed.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use super::request::Step;
use super::reuse::cache::{self, FileState, Held, Kept};
use super::reuse::{Side, share};
use super::tasks::{Done, Jobs, Task};
use super::write::Writers;
use crate::digest::{Digest, EDITION, Hasher, hex};
use crate::mix::Fate;
use crate::shard::{
    self, Columns, Content, Packed, ShardFacts, ShardTokens, TokenCounts, TokenRow, TokenWriter, WRITER,
};
use crate::token::{Dropped, Frame, Packer, Row, Texts};

/// What packing one file came to, as the cache keeps it beside the file.
#[derive(Default, Serialize, Deserialize)]
struct Came {
    facts: ShardFacts,
    /// By dataset and template.
    counts: Vec<(String, String, TokenCounts)>,
    /// The digest of each dataset's examples that are in the file, as texts.
    contents: BTreeMap<String, Digest>,
    /// Examples that are in no row, by their places among the texts, with what that means for their rows.
    dropped: Vec<(usize, Fate)>,
    /// The first example of each row.
    firsts: Vec<usize>,
}

impl Writers<'_> {
    /// Writes the tokens of a file whose texts are written.
    pub(super) fn pack(&self, frame: &Frame<'_>, task: &Task, texts: Done, side: &Side) -> anyhow::Result<Done> {
        let key = self.token_key(frame, &texts.facts);
        let kept = self.request.cache.as_ref().map(|cache| {
            let slot = format!("tokens {} {:?}", self.slot(cache, task).name(), self.request.tokens);
            Kept::new(cache, "tokens", &slot)
        });
        let known = kept.as_ref().and_then(|kept| load(kept, &key, &self.path(task)));
        let mut came = match known {
            Some(came) => {
                self.tally.shards_kept.fetch_add(1, Relaxed);
                (self.progress)(Step::Wrote {
                    examples: texts.facts.rows,
                });
                came
            }
            None => {
                let came = self.packed(frame, task, &texts, side)?;
                if let Some(kept) = &kept {
                    // A cache that cannot be written costs time, and nothing else.
                    let _ = save(kept, &key, &came, &self.path(task));
                }
                came
            }
        };
        if let Some(kept) = &kept {
            kept.settle(&key);
        }
        let text = self.text_path(task);
        fs::remove_file(&text).with_context(|| format!("cannot remove {}", text.display()))?;
        self.mark(task, side, &came);
        let room = came.facts.rows * frame.settings().seq_len as u64;
        if let Some(tokens) = came.facts.tokens.as_mut().filter(|_| room > 0) {
            tokens.fill = tokens.tokens as f64 / room as f64;
        }
        Ok(self.done(texts, came))
    }

    /// A digest of everything that decides the tokens of some texts.
    fn token_key(&self, frame: &Frame<'_>, texts: &ShardFacts) -> String {
        let tokenizer = frame.tokenizer();
        let mut key = Hasher::new("tokens");
        key.part(WRITER.as_bytes()).part(EDITION.as_bytes());
        key.part(env!("CARGO_PKG_VERSION").as_bytes());
        key.part(texts.content.as_bytes()).part(texts.file.as_bytes());
        key.part(&tokenizer.digest());
        key.part(format!("{:?} {} {:?}", tokenizer.bos(), tokenizer.eos(), frame.settings()).as_bytes());
        key.part(format!("{:?} {}", self.request.format, self.request.zstd).as_bytes());
        hex(&key.finish())
    }

    /// Tokenises, packs and writes.
    fn packed(&self, frame: &Frame<'_>, task: &Task, texts: &Done, side: &Side) -> anyhow::Result<Came> {
        let failed = || format!("cannot write {}", task.file);
        let path = self.path(task);
        let opened = TokenWriter::open(&path, self.request.format, self.request.zstd);
        let mut out = Writing {
            writer: opened.with_context(failed)?,
            packer: Packer::new(frame),
            waiting: VecDeque::new(),
            first: 0,
            firsts: Vec::new(),
        };
        let mut came = Came::default();
        let mut counts: BTreeMap<(String, String), TokenCounts> = BTreeMap::new();
        let mut contents: BTreeMap<String, Content> = BTreeMap::new();
        let mut at = 0;
        for columns in shard::columns_of(&self.text_path(task))? {
            let columns = columns?;
            for outcome in out.push(&columns).with_context(failed)?.into_iter().enumerate() {
                let (row, outcome) = outcome;
                let dataset = columns.dataset.value(row);
                let count = counts
                    .entry((dataset.to_string(), columns.template.value(row).to_string()))
                    .or_default();
                count.add(&counted(&outcome));
                match outcome.dropped {
                    Some(Dropped::TooLong) => came.dropped.push((at, Fate::TooLong)),
                    Some(Dropped::NoTarget) => came.dropped.push((at, Fate::EmptyTarget)),
                    None => contents.entry(dataset.to_string()).or_default().add(&side.digests[at]),
                }
                at += 1;
            }
            self.tally.tokenised.fetch_add(columns.len() as u64, Relaxed);
            (self.progress)(Step::Wrote {
                examples: columns.len() as u64,
            });
        }
        ensure!(
            at as u64 == texts.facts.rows,
            "the texts of {} are not those that were written",
            task.file
        );
        let (written, tokens, supervised, firsts) = out.finish().with_context(failed)?;
        came.firsts = firsts;
        came.facts = ShardFacts {
            tokens: Some(ShardTokens {
                examples: (at - came.dropped.len()) as u64,
                tokens,
                supervised,
                // Told where the file is put in its place: a number that went through JSON may not be the same.
                fill: 0.0,
            }),
            ..ShardFacts::of(&task.file, task.split, &written)
        };
        came.counts = counts.into_iter().map(|((a, b), count)| (a, b, count)).collect();
        came.contents = contents
            .into_iter()
            .map(|(id, content)| (id, content.finish()))
            .collect();
        Ok(came)
    }

    /// Says of each row of the training split whether it is used.
    fn mark(&self, task: &Task, side: &Side, came: &Came) {
        let Jobs::Uses(uses) = &task.jobs else { return };
        if task.split != "train" {
            return;
        }
        let rows: HashMap<u128, (u32, u32)> = uses.iter().map(|u| (u.id(), (u.dataset, u.unit.row))).collect();
        let dropped: BTreeMap<usize, Fate> = came.dropped.iter().copied().collect();
        for (at, id) in side.uses.iter().enumerate() {
            if let Some((dataset, row)) = rows.get(id) {
                let fate = dropped.get(&at).copied().unwrap_or(Fate::Used);
                self.marks.set(*dataset, *row, fate);
            }
        }
    }

    fn done(&self, texts: Done, came: Came) -> Done {
        let index = |id: &str| {
            let at = self.examples.iter().position(|of| of.dataset.id == id);
            at.map_or(u32::MAX, |at| at as u32)
        };
        let tokens: BTreeMap<(u32, String), TokenCounts> = came
            .counts
            .into_iter()
            .map(|(id, template, count)| ((index(&id), template), count))
            .collect();
        let counts = tokens.iter().filter(|(_, count)| count.examples > 0);
        Done {
            counts: counts.map(|(key, count)| (key.clone(), count.examples)).collect(),
            contents: came
                .contents
                .into_iter()
                .map(|(id, digest)| (index(&id), digest))
                .collect(),
            places: match texts.places.is_empty() {
                true => Vec::new(),
                false => came.firsts.iter().map(|first| texts.places[*first]).collect(),
            },
            tokens,
            facts: came.facts,
        }
    }
}

/// A token shard that is being written.
struct Writing<'f> {
    writer: TokenWriter,
    packer: Packer<'f>,
    /// Who the examples are that the packer may still hold, and the place of the first of them.
    waiting: VecDeque<Packed>,
    first: usize,
    firsts: Vec<usize>,
}

impl Writing<'_> {
    fn push(&mut self, columns: &Columns) -> anyhow::Result<Vec<crate::token::Outcome>> {
        let text = |row: usize| Texts {
            system: (!arrow::array::Array::is_null(&columns.system, row)).then(|| columns.system.value(row)),
            inputs: columns.inputs.value(row),
            targets: columns.targets.value(row),
        };
        let texts: Vec<Texts<'_>> = (0..columns.len()).map(text).collect();
        self.waiting.extend((0..columns.len()).map(|row| Packed {
            dataset: columns.dataset.value(row).to_string(),
            template: columns.template.value(row).to_string(),
            row_key: columns.row_key.value(row).to_string(),
            pass: columns.pass.value(row) as u32,
            ..Packed::default()
        }));
        let outcomes = match self.packer.push(&texts) {
            Ok(outcomes) => outcomes,
            Err(error) => {
                let of = self.packer.failed().and_then(|at| self.waiting.get(at - self.first));
                let whose = |of: &Packed| format!("row {} of {} through {}", of.row_key, of.dataset, of.template);
                return Err(error.context(of.map_or("no row is made".to_string(), whose)));
            }
        };
        let rows = self.packer.ready();
        self.write(rows)?;
        let done = self.packer.waits_for() - self.first;
        self.waiting.drain(..done);
        self.first += done;
        Ok(outcomes)
    }

    fn write(&mut self, rows: Vec<Row>) -> anyhow::Result<()> {
        for row in rows {
            self.firsts.push(row.examples[0]);
            let sizes = row.sizes();
            let examples = row.examples.iter().zip(sizes).map(|(at, (length, prompt))| Packed {
                length: length as u32,
                prompt: prompt as u32,
                ..self.waiting[at - self.first].clone()
            });
            let examples = examples.collect();
            self.writer.push(TokenRow {
                examples,
                input_ids: row.input_ids,
                labels: row.labels,
                position_ids: row.position_ids,
                segment_ids: row.segment_ids,
            })?;
        }
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<(shard::Written, u64, u64, Vec<usize>)> {
        let rows = self.packer.rest()?;
        self.write(rows)?;
        let (written, tokens, supervised) = self.writer.finish()?;
        Ok((written, tokens, supervised, self.firsts))
    }
}

/// An outcome as the manifest counts it.
fn counted(outcome: &crate::token::Outcome) -> TokenCounts {
    let one = |yes: bool| u64::from(yes);
    let (inputs, targets) = outcome.lost;
    TokenCounts {
        examples: one(outcome.dropped.is_none()),
        tokens: u64::from(outcome.tokens),
        supervised: u64::from(outcome.supervised),
        inputs_trimmed: one(inputs > 0),
        inputs_lost: u64::from(inputs),
        targets_trimmed: one(targets > 0),
        targets_lost: u64::from(targets),
        too_long: one(outcome.dropped == Some(Dropped::TooLong)),
        empty_target: one(outcome.dropped == Some(Dropped::NoTarget)),
    }
}

/// The packed file of a key, put in its place, where it is whole.
fn load(kept: &Kept, key: &str, to: &Path) -> Option<Came> {
    let path = kept.path(key);
    let extension = to.extension()?;
    let data = |_: &Came| path.with_extension(extension);
    let (came, data) = cache::held(&path, data, |came| &came.facts.sha256, Held::ToState)?;
    share(&data, to).ok()?;
    Some(came)
}

fn save(kept: &Kept, key: &str, came: &Came, data: &Path) -> anyhow::Result<()> {
    let path = kept.path(key);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let there = path.with_extension(data.extension().unwrap_or_default());
    share(data, &there)?;
    // Last, since a file without it is none.
    Ok(cache::write_note(&path, FileState::of(&there)?, came)?)
}
