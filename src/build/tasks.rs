//! The files of a build, and how each is written: uses and evaluated rows rendered in chunks, in their order.

use std::collections::BTreeMap;

use anyhow::Context as _;
use rayon::prelude::*;

use super::examples::{Examples, Outcome};
use super::plan::Plan;
use super::request::{Progress, Request, Step};
use crate::catalog::Profile;
use crate::digest::{Digest, hex};
use crate::mix::{Fate, Unit, Use, positional_uses, shard_of, uses};
use crate::shard::{self, Content, Directory, ShardFacts};

/// One file to write: which uses or units, of which split.
pub(super) struct Task {
    pub split: &'static str,
    pub file: String,
    pub jobs: Vec<Job>,
}

#[derive(Clone, Copy)]
pub(super) enum Job {
    Train(Use),
    Evaluate { dataset: u32, unit: Unit },
}

impl Job {
    fn dataset(&self) -> u32 {
        match self {
            Job::Train(used) => used.dataset,
            Job::Evaluate { dataset, .. } => *dataset,
        }
    }

    fn row(&self) -> u32 {
        match self {
            Job::Train(used) => used.unit.row,
            Job::Evaluate { unit, .. } => unit.row,
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
    pub fates: Vec<(u32, u32, Fate)>,
}

/// The files of a build: the training split in as many shards as asked, the others in one each.
pub(super) fn tasks(plan: &Plan<'_>, ids: &[String], request: &Request) -> Vec<Task> {
    let name = |split: &str, at: u32, of: u32| format!("data/{split}-{at:05}-of-{of:05}.{}", request.format.name());
    let mut shards: Vec<Vec<Use>> = (0..request.shards).map(|_| Vec::new()).collect();
    let (mut validation, mut test, mut exemplars) = (Vec::new(), Vec::new(), Vec::new());
    let made: Vec<Vec<Use>> = ids
        .par_iter()
        .enumerate()
        .map(|(at, id)| {
            let (_, pool, _) = &plan.gathered.pools[id];
            let quota = plan.quotas.get(id).map_or(0, |q| q.examples);
            match plan.mixture.profile {
                Profile::Sets => uses(at as u32, &pool.kept, quota, plan.draws),
                Profile::Repo => positional_uses(at as u32, &pool.kept, quota, plan.draws),
            }
        })
        .collect();
    for used in made.into_iter().flatten() {
        shards[shard_of(used.order(), request.shards) as usize].push(used);
    }
    for (at, id) in ids.iter().enumerate() {
        let (_, pool, _) = &plan.gathered.pools[id];
        let dataset = at as u32;
        for unit in &pool.reserved {
            validation.push(Use {
                dataset,
                unit: *unit,
                pass: 0,
                digest: plan.draws.use_of(&unit.digest, 0),
            });
        }
        test.extend(pool.test.iter().map(|unit| Job::Evaluate { dataset, unit: *unit }));
        exemplars.extend(pool.exemplars.iter().map(|unit| Job::Evaluate { dataset, unit: *unit }));
    }
    let sorted = |mut list: Vec<Use>| {
        list.par_sort_by_cached_key(Use::sort_key);
        list.into_iter().map(Job::Train).collect::<Vec<Job>>()
    };
    let mut tasks: Vec<Task> = shards
        .into_iter()
        .enumerate()
        .map(|(at, list)| Task {
            split: "train",
            file: name("train", at as u32, request.shards),
            jobs: sorted(list),
        })
        .collect();
    let rest = [
        ("validation", sorted(validation)),
        ("test", test),
        ("exemplars", exemplars),
    ];
    tasks.extend(rest.into_iter().map(|(split, jobs)| Task {
        split,
        file: name(split, 0, 1),
        jobs,
    }));
    tasks
}

/// Rows that are rendered before they are written together.
const CHUNK: usize = 8192;

/// Renders and writes one file.
pub(super) fn write(
    task: &Task,
    examples: &[Examples<'_>],
    directory: &Directory,
    request: &Request,
    progress: Progress<'_>,
) -> anyhow::Result<Done> {
    let mut writer = shard::open(&directory.path(&task.file), request.format, request.layout)?;
    let mut done = Done {
        facts: ShardFacts::default(),
        counts: BTreeMap::new(),
        contents: BTreeMap::new(),
        fates: Vec::new(),
    };
    let mut contents: BTreeMap<u32, Content> = BTreeMap::new();
    for chunk in task.jobs.chunks(CHUNK) {
        let mut records = Vec::with_capacity(chunk.len());
        let render = |job: &Job| -> Vec<Outcome> {
            let of = &examples[job.dataset() as usize];
            match job {
                Job::Train(used) => vec![of.train(used, task.split)],
                Job::Evaluate { unit, .. } => of.evaluate(unit, task.split),
            }
        };
        let rendered: Vec<Vec<Outcome>> = chunk.par_iter().with_min_len(64).map(render).collect();
        for (job, outcomes) in chunk.iter().zip(rendered) {
            for outcome in outcomes {
                match outcome {
                    Ok(record) => {
                        // Exemplars are rows of the training side, which have a fate there.
                        if task.split != "exemplars" && task.split != "validation" {
                            done.fates.push((job.dataset(), job.row(), Fate::Used));
                        }
                        *done.counts.entry((job.dataset(), record.template.clone())).or_default() += 1;
                        contents.entry(job.dataset()).or_default().add(&record);
                        records.push(record);
                    }
                    Err(fate) => done.fates.push((job.dataset(), job.row(), fate)),
                }
            }
        }
        shard::write(&mut writer, &records)?;
        progress(Step::Wrote {
            examples: chunk.len() as u64,
        });
    }
    let written = writer.finish().with_context(|| format!("cannot write {}", task.file))?;
    done.contents = contents
        .into_iter()
        .map(|(dataset, content)| (dataset, content.finish()))
        .collect();
    done.facts = ShardFacts {
        file: task.file.clone(),
        split: task.split.to_string(),
        rows: written.rows,
        bytes: written.bytes,
        content: hex(&written.content),
        sha256: hex(&written.sha256),
    };
    Ok(done)
}
