//! The files of a build, and how each is written: uses and evaluated rows rendered in chunks, in their order.

use std::collections::BTreeMap;

use anyhow::Context as _;

use super::examples::{Examples, Scratch, bring_near};
use super::marks::Marks;
use super::plan::Plan;
use super::request::{Progress, Request, Step};
use crate::catalog::Profile;
use crate::digest::{Digest, hex};
use crate::mix::{Fate, Unit, Use, positional_uses, shard_of, uses};
use crate::shard::{self, Block, Content, Directory, ShardFacts, ShardWriter};

/// One file to write: which uses or units, of which split.
pub(super) struct Task {
    pub split: &'static str,
    pub file: String,
    pub jobs: Jobs,
}

pub(super) enum Jobs {
    /// Each through one template, in the order of the uses.
    Uses(Vec<Use>),
    /// Each through all forward templates, in this order, by the index of their dataset.
    Units(Vec<(u32, Unit)>),
}

impl Jobs {
    pub fn len(&self) -> usize {
        match self {
            Self::Uses(uses) => uses.len(),
            Self::Units(units) => units.len(),
        }
    }
}

/// What writing one file came to.
pub(super) struct Done {
    pub facts: ShardFacts,
    /// Examples by dataset and template.
    pub counts: BTreeMap<(u32, String), u64>,
    /// Content digests of each dataset's examples in this file.
    pub contents: BTreeMap<u32, Digest>,
}

/// The files of a build: the training split in as many shards as asked, the others in one each.
pub(super) fn tasks(plan: &Plan<'_>, ids: &[String], request: &Request) -> Vec<Task> {
    let name = |split: &str, at: u32, of: u32| format!("data/{split}-{at:05}-of-{of:05}.{}", request.format.name());
    let mut shards: Vec<Vec<Use>> = (0..request.shards).map(|_| Vec::new()).collect();
    let (mut validation, mut test, mut exemplars) = (Vec::new(), Vec::new(), Vec::new());
    for (at, id) in ids.iter().enumerate() {
        let (_, pool, _) = &plan.gathered.pools[id];
        let dataset = at as u32;
        let quota = plan.quotas.get(id).map_or(0, |q| q.examples);
        let made = match plan.mixture.profile {
            Profile::Sets => uses(dataset, pool, quota, plan.draws),
            Profile::Repo => positional_uses(dataset, pool, quota, plan.draws),
        };
        for used in made {
            shards[shard_of(used.order, request.shards) as usize].push(used);
        }
        let reserved = pool.reserved.iter();
        validation.extend(reserved.map(|unit| Use::new(dataset, pool, unit, 0, plan.draws)));
        test.extend(pool.test.iter().map(|unit| (dataset, *unit)));
        exemplars.extend(pool.exemplars.iter().map(|unit| (dataset, *unit)));
    }
    let train = shards.into_iter().enumerate().map(|(at, uses)| Task {
        split: "train",
        file: name("train", at as u32, request.shards),
        jobs: Jobs::Uses(uses),
    });
    let rest = [
        ("validation", Jobs::Uses(validation)),
        ("test", Jobs::Units(test)),
        ("exemplars", Jobs::Units(exemplars)),
    ];
    let rest = rest.into_iter().map(|(split, jobs)| Task {
        split,
        file: name(split, 0, 1),
        jobs,
    });
    train.chain(rest).collect()
}

/// A file that is being written.
struct Writing<'w> {
    writer: ShardWriter,
    block: Block,
    /// Dataset and template of each row of the block.
    rows: Vec<(u32, usize)>,
    counts: BTreeMap<(u32, usize), u64>,
    contents: BTreeMap<u32, Content>,
    progress: Progress<'w>,
}

impl Writing<'_> {
    fn flush(&mut self) -> anyhow::Result<()> {
        let digests = shard::write(&mut self.writer, &mut self.block)?;
        for (row, digest) in self.rows.iter().zip(&digests) {
            *self.counts.entry(*row).or_default() += 1;
            self.contents.entry(row.0).or_default().add(digest);
        }
        (self.progress)(Step::Wrote {
            examples: self.rows.len() as u64,
        });
        self.rows.clear();
        Ok(())
    }
}

/// Uses whose rows are brought near together: few enough for the cache to keep their first lines.
const NEAR: usize = 64;

/// Renders and writes one file.
pub(super) fn write(
    task: Task,
    examples: &[Examples<'_>],
    marks: &Marks,
    directory: &Directory,
    request: &Request,
    progress: Progress<'_>,
) -> anyhow::Result<Done> {
    let mut writing = Writing {
        writer: shard::open(&directory.path(&task.file), request.storage())?,
        block: Block::default(),
        rows: Vec::new(),
        counts: BTreeMap::new(),
        contents: BTreeMap::new(),
        progress,
    };
    let mut scratch = Scratch::default();
    let disk = "cannot read the rows that were kept beside the build";
    match task.jobs {
        Jobs::Uses(mut uses) => {
            let digest = |used: &Use| examples[used.dataset as usize].digest(used);
            uses.sort_unstable_by(|a, b| {
                let by = |used: &Use| (used.order, used.dataset);
                by(a)
                    .cmp(&by(b))
                    .then_with(|| (digest(a), a.pass).cmp(&(digest(b), b.pass)))
            });
            for (at, used) in uses.iter().enumerate() {
                if at % NEAR == 0 {
                    bring_near(&uses[at..uses.len().min(at + NEAR)], examples);
                }
                let of = &examples[used.dataset as usize];
                let outcome = of
                    .train(used, task.split, &mut writing.block, &mut scratch)
                    .context(disk)?;
                match outcome {
                    Ok(template) => {
                        if task.split == "train" {
                            marks.set(used.dataset, used.unit.row, Fate::Used);
                        }
                        writing.rows.push((used.dataset, template));
                    }
                    Err(fate) => marks.set(used.dataset, used.unit.row, fate),
                }
                if writing.block.is_full() {
                    writing.flush()?;
                }
            }
        }
        Jobs::Units(units) => {
            for (dataset, unit) in &units {
                let of = &examples[*dataset as usize];
                let outcomes = of
                    .evaluate(unit, task.split, &mut writing.block, &mut scratch)
                    .context(disk)?;
                for outcome in outcomes {
                    match outcome {
                        Ok(template) => {
                            // Exemplars are rows of the training side, which have a fate there.
                            if task.split == "test" {
                                marks.set(*dataset, unit.row, Fate::Used);
                            }
                            writing.rows.push((*dataset, template));
                        }
                        Err(fate) => marks.set(*dataset, unit.row, fate),
                    }
                }
                if writing.block.is_full() {
                    writing.flush()?;
                }
            }
        }
    }
    writing.flush()?;
    let written = writing
        .writer
        .finish()
        .with_context(|| format!("cannot write {}", task.file))?;
    let named = |((dataset, template), count): ((u32, usize), u64)| {
        let name = examples[dataset as usize].name(template);
        ((dataset, name.to_string()), count)
    };
    Ok(Done {
        counts: writing.counts.into_iter().map(named).collect(),
        contents: writing
            .contents
            .into_iter()
            .map(|(dataset, content)| (dataset, content.finish()))
            .collect(),
        facts: ShardFacts {
            file: task.file.clone(),
            split: task.split.to_string(),
            rows: written.rows,
            bytes: written.bytes,
            content: hex(&written.content),
            sha256: hex(&written.sha256),
        },
    })
}
