//! The build itself, step by step.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use rayon::prelude::*;

use super::digest::meaning;
use super::examples::{Examples, Outcome};
use super::facts;
use super::read::{Gathered, gather};
use super::request::{Progress, Request, Step};
use crate::catalog::{self, Catalog, Mixture, Profile, Selection};
use crate::digest::{Digest, EDITION, Hasher, hex};
use crate::mix::{Draws, Fate, Quota, Unit, Use, positional_uses, quotas, shard_of, uses};
use crate::shard::{self, Content, DatasetFacts, Directory, Layout, Manifest, Record, ShardFacts, WRITER};

/// A finished build.
pub struct Built {
    pub manifest: Manifest,
    pub missing: Vec<super::Missing>,
    pub untemplated: Vec<String>,
    /// Source files read, with their bytes.
    pub files: BTreeMap<String, Vec<(String, u64)>>,
    /// Five examples to look at, of as many clusters.
    pub preview: Vec<Record>,
}

/// What a build is going to do, before anything is rendered.
pub struct Plan<'a> {
    pub mixture: Mixture,
    pub selection: Selection,
    pub gathered: Gathered<'a>,
    pub quotas: BTreeMap<String, Quota>,
    draws: Draws,
}

/// Reads every source of a mixture and decides what it gives. All sources that fail are reported together.
pub fn plan<'a>(catalog: &'a Catalog, request: &Request, progress: Progress<'_>) -> anyhow::Result<Plan<'a>> {
    let names = catalog.mixtures.keys().map(String::as_str);
    let Some(mixture) = catalog.mixtures.get(&request.mixture) else {
        match crate::text::suggest(&request.mixture, names) {
            Some(near) => bail!("no mixture is named `{}`; did you mean `{near}`?", request.mixture),
            None => bail!("no mixture is named `{}`; `flanc list` shows them all", request.mixture),
        }
    };
    let mixture = mixture.clone();
    if let Some((_, catalog::BudgetUnit::Tokens)) = mixture.shots.as_ref().and_then(|s| s.budget) {
        bail!(
            "mixture `{}` counts its shots in tokens, and which tokens is not known when it is built; say `budget N words` or `budget N bytes`",
            mixture.name
        );
    }
    let selection = catalog::selection(catalog, &mixture);
    let gathered = gather(catalog, &mixture, &selection, request, progress);
    if !gathered.problems.is_empty() {
        bail!("{}", gathered.problems.join("\n"));
    }
    let rows: BTreeMap<String, (String, u64)> = gathered
        .pools
        .iter()
        .filter(|(id, _)| selection.trained.contains(*id))
        .map(|(id, (dataset, pool, _))| (id.clone(), (dataset.cluster().to_string(), pool.kept.len() as u64)))
        .collect();
    let quotas = quotas(&mixture, &rows);
    if !gathered.missing.is_empty() && !request.allow_missing {
        bail!("{}", absence(catalog, &mixture, &gathered, &rows));
    }
    let draws = Draws {
        seed: request.seed.unwrap_or(mixture.seed),
    };
    Ok(Plan {
        mixture,
        selection,
        gathered,
        quotas,
        draws,
    })
}

/// What is missing, and what going on without it would do to the rates.
fn absence(
    catalog: &Catalog,
    mixture: &Mixture,
    gathered: &Gathered<'_>,
    rows: &BTreeMap<String, (String, u64)>,
) -> String {
    let mut out = String::new();
    let mut with = rows.clone();
    for missing in &gathered.missing {
        out.push_str(&format!(
            "the source of `{}` is absent: {}\n",
            missing.dataset, missing.reason
        ));
        let dataset = &catalog.datasets[&missing.dataset];
        if let Some(published) = dataset.published {
            let capped = mixture.cap.map_or(published, |cap| published.min(cap));
            with.insert(missing.dataset.clone(), (dataset.cluster().to_string(), capped));
        }
    }
    let shares = crate::mix::shares(mixture, &with);
    let lost: f64 = gathered.missing.iter().filter_map(|m| shares.get(&m.dataset)).sum();
    out.push_str(&format!(
        "without {} the other datasets take over {:.1} % of the mixture, which is theirs by their published rows\n",
        crate::text::list(&gathered.missing.iter().map(|m| m.dataset.as_str()).collect::<Vec<_>>()),
        lost * 100.0
    ));
    out.push_str("help: put the files in place, choose another --source, or go on without them with --allow-missing");
    out
}

/// One file to write: which uses or units, of which split.
struct Task {
    split: &'static str,
    file: String,
    jobs: Vec<Job>,
}

#[derive(Clone, Copy)]
enum Job {
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
struct Done {
    facts: ShardFacts,
    /// Examples by dataset and template.
    counts: BTreeMap<(u32, String), u64>,
    /// Content digests of each dataset's examples in this file.
    contents: BTreeMap<u32, Digest>,
    fates: Vec<(u32, u32, Fate)>,
    preview: BTreeMap<u32, Record>,
}

/// Builds a mixture into its directory, in one step at the end.
pub fn run(catalog: &Catalog, request: &Request, progress: Progress<'_>) -> anyhow::Result<Built> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads)
        .build()
        .context("cannot start threads")?;
    pool.install(|| build(catalog, request, progress))
}

fn build(catalog: &Catalog, request: &Request, progress: Progress<'_>) -> anyhow::Result<Built> {
    let directory = Directory::begin(&request.out)?;
    let mut plan = plan(catalog, request, progress)?;
    let ids: Vec<String> = plan.gathered.pools.keys().cloned().collect();
    let tasks = tasks(&plan, &ids, request);
    let total: usize = tasks.iter().map(|t| t.jobs.len()).sum();
    progress(Step::Writing { examples: total as u64 });
    let done: Vec<Done> = {
        let examples: Vec<Examples<'_>> = ids
            .par_iter()
            .map(|id| {
                let (dataset, pool, _) = &plan.gathered.pools[id];
                Examples::new(dataset, &plan.mixture, pool, plan.draws)
            })
            .collect();
        tasks
            .par_iter()
            .map(|task| write(task, &examples, &directory, request, progress))
            .collect::<anyhow::Result<_>>()?
    };
    for (dataset, row, fate) in done.iter().flat_map(|d| &d.fates) {
        let (_, pool, _) = plan
            .gathered
            .pools
            .get_mut(&ids[*dataset as usize])
            .expect("a dataset of the plan");
        let current = &mut pool.fates.0[*row as usize];
        // One example of a row is enough for it to count as used.
        if *current != Fate::Used && *current != Fate::Reserved || *fate == Fate::Used && *current != Fate::Reserved {
            *current = *fate;
        }
    }
    let manifest = manifest(catalog, &plan, &ids, &done, request);
    directory.write("manifest.json", &manifest.to_json())?;
    directory.write("README.md", &shard::card(&manifest))?;
    let files: BTreeMap<String, Vec<(String, u64)>> = plan
        .gathered
        .pools
        .iter()
        .map(|(id, (_, _, report))| (id.clone(), report.files.clone()))
        .collect();
    directory.write("build-info.json", &info(request, &files, &plan))?;
    directory.publish()?;
    let mut preview: BTreeMap<String, Record> = BTreeMap::new();
    for record in done.into_iter().flat_map(|d| d.preview.into_values()) {
        preview.entry(record.cluster.clone()).or_insert(record);
    }
    Ok(Built {
        manifest,
        missing: plan.gathered.missing,
        untemplated: plan.gathered.untemplated,
        files,
        preview: preview.into_values().take(5).collect(),
    })
}

/// The files of a build: the training split in as many shards as asked, the others in one each.
fn tasks(plan: &Plan<'_>, ids: &[String], request: &Request) -> Vec<Task> {
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

fn write(
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
        preview: BTreeMap::new(),
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
                        if task.split == "train" && record.inputs.len() < 600 {
                            done.preview.entry(job.dataset()).or_insert_with(|| record.clone());
                        }
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

fn manifest(catalog: &Catalog, plan: &Plan<'_>, ids: &[String], done: &[Done], request: &Request) -> Manifest {
    let mut datasets: BTreeMap<String, DatasetFacts> = BTreeMap::new();
    let evaluate_all = plan.selection.evaluated.is_empty();
    let trained_total: u64 = done
        .iter()
        .filter(|d| d.facts.split == "train")
        .map(|d| d.facts.rows)
        .sum();
    for (at, id) in ids.iter().enumerate() {
        let (dataset, pool, report) = &plan.gathered.pools[id];
        let trained = plan.selection.trained.contains(id);
        let part = match (trained, evaluate_all) {
            (true, true) => "trained and evaluated",
            (true, false) => "trained",
            (false, _) => "evaluated",
        };
        let mut facts = facts::of_dataset(dataset, part);
        facts.read = report.read;
        facts.rows = facts::left_out(report);
        for (fate, count) in pool.fates.counts() {
            *facts.rows.entry(fate.reason().to_string()).or_default() += count;
        }
        facts.kept = pool.kept.len() as u64;
        if let Some(quota) = plan.quotas.get(id) {
            facts.rate = quota.rate;
            facts.share = quota.share;
            facts.quota = quota.examples;
        }
        let mut contents: BTreeMap<&str, Hasher> = BTreeMap::new();
        for task in done {
            let count: u64 = task
                .counts
                .iter()
                .filter(|((dataset, _), _)| *dataset == at as u32)
                .map(|(_, n)| n)
                .sum();
            if count == 0 {
                continue;
            }
            *facts.examples.entry(task.facts.split.clone()).or_default() += count;
            if let Some(content) = task.contents.get(&(at as u32)) {
                contents
                    .entry(&task.facts.split)
                    .or_insert_with(|| Hasher::new("contents"))
                    .part(content);
            }
            if task.facts.split == "train" {
                for ((_, template), count) in task.counts.iter().filter(|((dataset, _), _)| *dataset == at as u32) {
                    *facts.templates.entry(template.clone()).or_default() += count;
                }
            }
        }
        facts.content = contents
            .into_iter()
            .map(|(split, hasher)| (split.to_string(), hex(&hasher.finish())))
            .collect();
        facts.achieved = facts.examples.get("train").copied().unwrap_or(0);
        facts.achieved_share = if trained_total == 0 {
            0.0
        } else {
            facts.achieved as f64 / trained_total as f64
        };
        datasets.insert(id.clone(), facts);
    }
    for (id, held) in &plan.selection.left_out {
        datasets.insert(
            id.clone(),
            facts::of_dataset(&catalog.datasets[id], &facts::held_out(held)),
        );
    }
    for missing in plan.gathered.missing.iter().filter(|m| m.split.is_none()) {
        datasets.insert(
            missing.dataset.clone(),
            facts::of_dataset(&catalog.datasets[&missing.dataset], "missing: its source is absent"),
        );
    }
    for id in &plan.gathered.untemplated {
        datasets.insert(
            id.clone(),
            facts::of_dataset(&catalog.datasets[id], "not built: no template serves it"),
        );
    }
    let mut content = Hasher::new("contents");
    for task in done {
        content.part(task.facts.content.as_bytes());
    }
    let used = ids.iter().map(|id| &catalog.datasets[id]);
    Manifest {
        version: 1,
        mixture: plan.mixture.name.clone(),
        title: plan.mixture.title.clone(),
        edition: EDITION.to_string(),
        writer: WRITER.to_string(),
        seed: plan.draws.seed,
        layout: match request.layout {
            Layout::InputsTargets => "inputs-targets",
            Layout::Messages => "messages",
        }
        .to_string(),
        format: request.format.name().to_string(),
        catalog: hex(&meaning(used, &plan.mixture)),
        content: hex(&content.finish()),
        settings: facts::settings(&plan.mixture),
        hold_out: plan.mixture.hold_out.clone(),
        overlaps: facts::overlaps(catalog, &datasets),
        datasets,
        shards: done.iter().map(|d| d.facts.clone()).collect(),
    }
}

/// `build-info.json`: what no promise of equality covers.
fn info(request: &Request, files: &BTreeMap<String, Vec<(String, u64)>>, plan: &Plan<'_>) -> String {
    let value = serde_json::json!({
        "flanc": env!("CARGO_PKG_VERSION"),
        "host": { "os": std::env::consts::OS, "arch": std::env::consts::ARCH },
        "request": request,
        "files": files,
        "missing": plan.gathered.missing,
    });
    format!("{value:#}\n")
}
