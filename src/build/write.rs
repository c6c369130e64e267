//! The files of a build, written: each example rendered into its place, or taken over from a build before. Files that are
//! taken over whole are another matter (`taken`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::Context as _;

use super::examples::{Examples, Made, Scratch, bring_near};
use super::marks::Marks;
use super::plan::DISK;
use super::request::{Progress, Request, ShardBy, Step};
use super::reuse::{Entry, Old, Side, State, Tally, evaluated};
use super::tasks::{Done, Jobs, Task};
use crate::digest::Digest;
use crate::mix::{Fate, Unit, Use};
use crate::shard::{self, Block, Content, Directory, ShardFacts, ShardWriter};
use crate::token::Frame;

/// What all files of a build are written with.
pub(super) struct Writers<'a> {
    pub examples: Vec<Examples<'a>>,
    /// What the examples of each dataset hang on.
    pub states: &'a [State],
    pub marks: &'a Marks,
    pub directory: &'a Directory,
    pub request: &'a Request,
    /// How train and validation are packed into tokens, if they are.
    pub frame: Option<&'a Frame<'a>>,
    pub seed: u64,
    pub tally: &'a Tally,
    pub progress: Progress<'a>,
}

/// Uses whose rows are brought near together: few enough for the cache to keep their first lines.
const NEAR: usize = 64;

impl Writers<'_> {
    /// Writes one file: as texts, and where it is to be tokens, those of the texts.
    pub fn write(&self, mut task: Task) -> anyhow::Result<Done> {
        self.sort(&mut task.jobs);
        match self.packs(task.split) {
            None => Ok(self.texts(&task)?.0),
            Some(frame) => {
                let (done, side) = self.texts(&task)?;
                self.pack(frame, &task, done, &side)
            }
        }
    }

    /// Writes one file as texts.
    fn texts(&self, task: &Task) -> anyhow::Result<(Done, Side)> {
        let kept = self
            .request
            .cache
            .as_ref()
            .map(|cache| (self.slot(cache, task), self.key(task)));
        if let Some((slot, key)) = &kept
            && let Some(done) = self.take_over(task, slot, key)
        {
            return Ok(done);
        }
        let old = kept
            .as_ref()
            .and_then(|(slot, _)| Old::open(slot, &self.states_of(task)));
        let opened = shard::open(&self.text_path(task), self.request.storage());
        let mut file = Writing {
            name: task.file.clone(),
            writer: opened.with_context(|| format!("cannot write {}", task.file))?,
            block: Block::default(),
            rows: Vec::new(),
            known: Vec::new(),
            side: Side::default(),
            failed: Vec::new(),
            counts: BTreeMap::new(),
            contents: BTreeMap::new(),
            old,
            scratch: Scratch::default(),
            with: self,
            split: task.split,
        };
        match &task.jobs {
            Jobs::Uses(uses) => {
                for (at, used) in uses.iter().enumerate() {
                    if at % NEAR == 0 && file.old.is_none() {
                        let next = &uses[at..uses.len().min(at + NEAR)];
                        self.marks
                            .bring_near(next.iter().map(|used| (used.dataset, used.unit.row)));
                        bring_near(next, &self.examples);
                    }
                    file.train(used)?;
                }
            }
            Jobs::Units(units) => {
                for (dataset, unit) in units {
                    file.evaluate(*dataset, unit)?;
                }
            }
        }
        let (done, entry, side) = file.finish(task)?;
        if let Some((slot, key)) = &kept {
            // A cache that cannot be written costs time, and nothing else.
            if entry.save(slot, key, &self.text_path(task), &side).is_ok() {
                slot.settle(key);
            }
        }
        Ok((done, side))
    }

    pub(super) fn path(&self, task: &Task) -> PathBuf {
        self.directory.path(&task.file)
    }

    /// Where the texts of a file are written: its own place, unless that is for their tokens.
    pub(super) fn text_path(&self, task: &Task) -> PathBuf {
        match self.packs(task.split) {
            None => self.path(task),
            Some(_) => self.directory.aside(&task.file),
        }
    }

    /// How a split is packed into tokens, if it is.
    pub(super) fn packs(&self, split: &str) -> Option<&Frame<'_>> {
        self.frame.filter(|_| matches!(split, "train" | "validation"))
    }

    /// Whether a split says what becomes of its rows. Exemplars are rows of the training side, which have a fate there, as
    /// have those of the reserve.
    pub(super) fn decides(&self, split: &str) -> bool {
        matches!(split, "train" | "test")
    }

    /// Whether an example of a split means that its row is used; of tokens that is not known while texts are written.
    pub(super) fn uses(&self, split: &str) -> bool {
        self.decides(split) && self.packs(split).is_none()
    }

    fn sort(&self, jobs: &mut Jobs) {
        let digest = |used: &Use| self.examples[used.dataset as usize].digest(used);
        if let Jobs::Uses(uses) = jobs {
            uses.sort_unstable_by(|a, b| {
                let by = |used: &Use| (used.order, used.dataset);
                by(a)
                    .cmp(&by(b))
                    .then_with(|| (digest(a), a.pass).cmp(&(digest(b), b.pass)))
            });
        }
    }

    /// Where each row of a training shard stands in the mixture, if its own order does not tell.
    pub(super) fn places(&self, task: &Task, made: impl Iterator<Item = u128>) -> Vec<u64> {
        let apart = self.request.shard_by == ShardBy::Dataset && task.split == "train";
        let made = made.take(if apart { usize::MAX } else { 0 });
        made.map(|id| (id >> 64) as u64).collect()
    }
}

/// A file that is being written.
struct Writing<'w> {
    /// Of the file, for errors.
    name: String,
    writer: ShardWriter,
    block: Block,
    /// Dataset and template of each row of the block.
    rows: Vec<(u32, usize)>,
    /// The digests of those rows of the block that were taken over, up to the last of them.
    known: Vec<Option<Digest>>,
    side: Side,
    failed: Vec<(u128, Fate)>,
    counts: BTreeMap<(u32, usize), u64>,
    contents: BTreeMap<u32, Content>,
    old: Option<Old>,
    scratch: Scratch,
    with: &'w Writers<'w>,
    split: &'static str,
}

impl Writing<'_> {
    /// The row of a use.
    fn train(&mut self, used: &Use) -> anyhow::Result<()> {
        let of = &self.with.examples[used.dataset as usize];
        let (dataset, row) = (used.dataset, used.unit.row);
        if let Some(old) = &mut self.old {
            let id = of.dataset.id.as_str();
            if let [fate, ..] = *old.failed(used.id())
                && old.is_same(id)
            {
                return self.fail(dataset, row, used.id(), fate);
            }
            if let Some(found) = old.find(used.id(), id, used.pass)
                && let Some(made) = of.still(used, &found)
            {
                found.copy(&mut self.block);
                let digest = found.digest;
                self.with.tally.reused.fetch_add(1, Relaxed);
                return self.made(dataset, row, used.id(), made, Some(digest));
            }
        }
        self.with.tally.rendered.fetch_add(1, Relaxed);
        match of
            .train(used, self.split, &mut self.block, &mut self.scratch)
            .context(DISK)?
        {
            Ok(made) => self.made(dataset, row, used.id(), made, None),
            Err(fate) => self.fail(dataset, row, used.id(), fate),
        }
    }

    /// The rows of an evaluated unit, one for each template that can be used.
    fn evaluate(&mut self, dataset: u32, unit: &Unit) -> anyhow::Result<()> {
        let of = &self.with.examples[dataset as usize];
        let used = of.use_of(dataset, unit);
        let id = of.dataset.id.as_str();
        let known = self.old.as_ref().is_some_and(|old| {
            let had = |template: usize| old.had(evaluated(used.id(), of.name(template)));
            match old.failed(used.id()) {
                [] => of.forward().any(had),
                // Which of its templates failed is not known, so all have to be tried where one has changed.
                _ => old.is_same(id),
            }
        });
        let mut any = false;
        // The row is read once, and not at all where every template is taken over.
        let mut room = std::mem::take(&mut self.scratch.row);
        let (mut unread, mut example) = (Some(&mut room), None);
        for template in of.forward() {
            let name = of.name(template);
            let place = evaluated(used.id(), name);
            if let Some(old) = self.old.as_mut().filter(|old| known && old.says_the_same(id, name)) {
                if let Some(found) = old.find(place, id, 0) {
                    found.copy(&mut self.block);
                    let made = Made { template, first: true };
                    let digest = found.digest;
                    self.with.tally.reused.fetch_add(1, Relaxed);
                    self.made(dataset, unit.row, place, made, Some(digest))?;
                    any = true;
                    continue;
                }
                if !old.had(place) {
                    // Its guard kept it out, or it failed, which is told below.
                    continue;
                }
            }
            if let Some(room) = unread.take() {
                example = Some(of.example(&used, self.split, room).context(DISK)?);
            }
            let made = example
                .as_ref()
                .and_then(|example| of.evaluate(example, template, &mut self.block));
            match made {
                Some(Ok(made)) => {
                    self.with.tally.rendered.fetch_add(1, Relaxed);
                    self.made(dataset, unit.row, place, made, None)?;
                    any = true;
                }
                Some(Err(fate)) => self.fail(dataset, unit.row, used.id(), fate)?,
                None => {}
            }
        }
        drop(example);
        self.scratch.row = room;
        let before = self.old.as_ref().filter(|_| known);
        let failed = before.map_or(Vec::new(), |old| old.failed(used.id()).to_vec());
        if failed.is_empty() && !any {
            return self.fail(dataset, unit.row, used.id(), Fate::NoTemplateUsable);
        }
        failed
            .into_iter()
            .try_for_each(|fate| self.fail(dataset, unit.row, used.id(), fate))
    }

    /// Notes the row that was just added to the block.
    fn made(&mut self, dataset: u32, row: u32, id: u128, made: Made, digest: Option<Digest>) -> anyhow::Result<()> {
        if self.with.uses(self.split) {
            self.with.marks.set(dataset, row, Fate::Used);
        }
        if digest.is_some() {
            self.known.resize(self.rows.len(), None);
            self.known.push(digest);
        }
        self.rows.push((dataset, made.template));
        self.side.uses.push(id);
        self.side.first.push(made.first);
        if self.block.is_full() {
            self.flush()?;
        }
        Ok(())
    }

    fn fail(&mut self, dataset: u32, row: u32, id: u128, fate: Fate) -> anyhow::Result<()> {
        if self.with.decides(self.split) {
            self.with.marks.set(dataset, row, fate);
        }
        self.failed.push((id, fate));
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let written = shard::write(&mut self.writer, &mut self.block, &self.known);
        let digests = written.with_context(|| format!("cannot write {}", self.name))?;
        for (row, digest) in self.rows.iter().zip(&digests) {
            *self.counts.entry(*row).or_default() += 1;
            self.contents.entry(row.0).or_default().add(digest);
        }
        self.side.digests.extend(digests);
        (self.with.progress)(Step::Wrote {
            examples: self.rows.len() as u64,
        });
        self.rows.clear();
        self.known.clear();
        Ok(())
    }

    fn finish(mut self, task: &Task) -> anyhow::Result<(Done, Entry, Side)> {
        self.flush()?;
        let written = self
            .writer
            .finish()
            .with_context(|| format!("cannot write {}", task.file))?;
        let examples = &self.with.examples;
        let named = |((dataset, template), count): ((u32, usize), u64)| {
            let name = examples[dataset as usize].name(template);
            ((dataset, name.to_string()), count)
        };
        let contents = self.contents.into_iter();
        let done = Done {
            counts: self.counts.into_iter().map(named).collect(),
            contents: contents.map(|(dataset, content)| (dataset, content.finish())).collect(),
            places: self.with.places(task, self.side.uses.iter().copied()),
            tokens: BTreeMap::new(),
            facts: ShardFacts::of(&task.file, task.split, &written),
        };
        let id = |dataset: &u32| examples[*dataset as usize].dataset.id.clone();
        let states = self.with.states_of(task).into_iter();
        let entry = Entry {
            facts: done.facts.clone(),
            counts: done
                .counts
                .iter()
                .map(|((dataset, template), count)| (id(dataset), template.clone(), *count))
                .collect(),
            contents: done
                .contents
                .iter()
                .map(|(dataset, digest)| (id(dataset), *digest))
                .collect(),
            failed: self.failed,
            states: states
                .map(|(dataset, state)| (dataset.to_string(), state.clone()))
                .collect(),
            ..Entry::default()
        };
        Ok((done, entry, self.side))
    }
}
