//! The build itself, step by step.

use std::io;

use anyhow::Context as _;
use rayon::prelude::*;

use super::examples::Examples;
use super::facts;
use super::marks::Marks;
use super::order::order;
use super::plan::plan;
use super::request::{Progress, Request, Step};
use super::reuse::{self, Tally, Work, cache};
use super::silent::{Silent, silent};
use super::tasks::{Done, Task, tasks};
use super::write::Writers;
use crate::catalog::Catalog;
use crate::shard::{self, Directory, Manifest};
use crate::source::Damaged;
use crate::token::Frame;

/// A finished build.
pub struct Built {
    pub manifest: Manifest,
    pub missing: Vec<super::Missing>,
    pub untemplated: Vec<String>,
    pub silent: Vec<Silent>,
    /// What had to be done for it.
    pub work: Work,
}

/// Builds a mixture into its directory, in one step at the end.
pub fn run(catalog: &Catalog, request: &Request, progress: Progress<'_>) -> anyhow::Result<Built> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads)
        .build()
        .context("cannot start threads")?;
    pool.install(|| match build(catalog, request, progress) {
        Err(error) if is_of_the_cache(&error) => {
            let request = Request {
                cache: None,
                ..request.clone()
            };
            build(catalog, &request, progress)
        }
        built => built,
    })
}

/// Whether a build failed because rows in the cache are not what they were.
fn is_of_the_cache(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|error| Damaged::of(error).is_some())
}

fn build(catalog: &Catalog, request: &Request, progress: Progress<'_>) -> anyhow::Result<Built> {
    let tokenizer = request.tokenizer()?;
    let frame = match (&tokenizer, request.packing()) {
        (Some(tokenizer), Some(settings)) => Some(Frame::new(tokenizer, settings)?),
        _ => None,
    };
    let directory = Directory::begin(&request.out)?;
    let tally = Tally::default();
    let mut plan = plan(catalog, request, &tally, progress)?;
    let ids: Vec<String> = plan.gathered.pools.keys().cloned().collect();
    let tasks = tasks(&plan, &ids, request);
    // Texts that become tokens are gone through twice.
    let packed = |task: &Task| frame.is_some() && matches!(task.split, "train" | "validation");
    let steps = |task: &Task| task.jobs.len() * (1 + usize::from(packed(task)));
    let total: usize = tasks.iter().map(steps).sum();
    progress(Step::Writing { examples: total as u64 });
    let marks = Marks::new(ids.iter().map(|id| plan.gathered.pools[id].1.rows.len()));
    let states = reuse::states(&plan, &ids, request.sample, tokenizer.as_ref());
    let done: Vec<Done> = {
        let examples = ids.par_iter().map(|id| {
            let (dataset, pool, _) = &plan.gathered.pools[id];
            Examples::new(dataset, &plan.mixture, pool, plan.draws, tokenizer.as_ref())
        });
        let writers = Writers {
            examples: examples.collect(),
            states: &states,
            marks: &marks,
            directory: &directory,
            request,
            frame: frame.as_ref(),
            seed: plan.draws.seed,
            tally: &tally,
            progress,
        };
        // One at a time to each thread: a file is as much work as a thread should begin.
        tasks
            .into_par_iter()
            .with_max_len(1)
            .map(|task| writers.write(task))
            .collect::<anyhow::Result<_>>()?
    };
    plan.sound()?;
    for (dataset, row, fate) in marks.iter() {
        let pool = plan.gathered.pools.get_mut(&ids[dataset]);
        pool.expect("a dataset of the plan").1.fates.0[row] = fate;
    }
    let order = order(&done, &directory, request)?;
    let manifest = facts::manifest(catalog, &plan, &ids, &states, &done, (request, frame.as_ref()), order);
    directory.write("manifest.json", &manifest.to_json())?;
    if let Some(rows) = facts::quarantine(&plan) {
        directory.write(shard::QUARANTINE, &rows)?;
    }
    directory.write("README.md", &shard::card(&manifest))?;
    directory.write("build-info.json", &facts::info(request, &plan)?)?;
    directory.publish()?;
    if let Some(cache) = &request.cache {
        ["rows", "shards", "tokens", "order"]
            .into_iter()
            .for_each(|kind| cache::clear(cache, kind));
    }
    Ok(Built {
        silent: silent(&plan, &manifest),
        manifest,
        missing: plan.gathered.missing,
        untemplated: plan.gathered.untemplated,
        work: tally.work(),
    })
}
