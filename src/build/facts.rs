//! The manifest of a build from what was planned and what was written.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::digest::{dataset_meaning, meaning, template_meaning};
use super::plan::Plan;
use super::request::Request;
use super::reuse::State;
use super::tasks::Done;
use crate::catalog::{Catalog, Dataset, HeldOut, Mixture, Scheme, Selector, Size};
use crate::digest::{EDITION, Hasher, hex};
use crate::shard::{DatasetFacts, Layout, Manifest, QUARANTINED, TokenFacts, WRITER};
use crate::source::{self, SplitReport};
use crate::token::Frame;

/// What a mixture says, as the manifest keeps it; its name is in no draw and not here.
pub fn settings(mixture: &Mixture) -> Value {
    json!({
        "cap": mixture.cap,
        "rates": scheme(&mixture.rates),
        "over_clusters": mixture.over_clusters.as_ref().map(scheme),
        "size": match mixture.size {
            Size::Examples(n) => json!({ "examples": n }),
            Size::Epochs(n) => json!({ "epochs": n }),
        },
        "passes": mixture.passes,
        "round_robin": mixture.round_robin,
        "options": mixture.options,
        "instruct": mixture.instruct,
        "shots": mixture.shots.as_ref().map(|s| json!({
            "count": s.count, "budget": s.budget.map(|(n, unit)| json!({ "size": n, "unit": unit })),
            "shot": s.shot.value, "between": s.between })),
        "test_at_most": mixture.test_at_most,
        "exemplars_at_most": mixture.exemplars_at_most,
        "templates_at_most": mixture.templates_at_most,
        "profile": mixture.profile,
        "include": mixture.include.iter().map(selector).collect::<Vec<_>>(),
        "exclude": mixture.exclude.iter().map(selector).collect::<Vec<_>>(),
    })
}

fn scheme(scheme: &Scheme) -> Value {
    match scheme {
        Scheme::Proportional { maximum } => json!({ "proportional": { "maximum": maximum } }),
        Scheme::Temperature { temperature, maximum } => {
            json!({ "temperature": { "t": temperature, "maximum": maximum } })
        }
        Scheme::Equal => json!("equal"),
        Scheme::Fixed(rates) => json!({ "fixed": rates }),
    }
}

fn selector(selector: &Selector) -> String {
    match selector {
        Selector::All => "all".to_string(),
        Selector::Cluster(name) => format!("cluster {name}"),
        Selector::Dataset(name) => format!("dataset {name}"),
        Selector::Family(name) => format!("family {name}"),
        Selector::Task(name) => format!("task {name}"),
        Selector::Language(name) => format!("language {name}"),
        Selector::License(name) => format!("license {name}"),
        Selector::Role(role) => format!("role {role:?}").to_lowercase(),
        Selector::Template(name) => format!("template {name}"),
    }
}

/// What a dataset is in a mixture, before anything was counted.
pub fn of_dataset(dataset: &Dataset, mixture: &Mixture, part: &str) -> DatasetFacts {
    let templates = dataset.templates.iter().filter(|template| mixture.uses(template));
    DatasetFacts {
        title: dataset.title.clone(),
        family: dataset.family.clone(),
        task: dataset.task.clone(),
        clusters: dataset.clusters.clone(),
        license: dataset.license.as_ref().map(|l| l.name.clone()),
        cite: dataset.cite.clone(),
        metrics: dataset.metrics.clone(),
        stop: dataset.stop.clone(),
        part: part.to_string(),
        languages: dataset.languages.clone(),
        key: if dataset.key.len() < dataset.fields.len() {
            dataset.key.iter().map(|at| dataset.fields[*at].name.clone()).collect()
        } else {
            Vec::new()
        },
        declaration: hex(&dataset_meaning(dataset)),
        template_digests: templates
            .map(|template| (template.name.clone(), hex(&template_meaning(template))))
            .collect(),
        ..DatasetFacts::default()
    }
}

/// The rows that reading left out, under their reasons.
pub fn left_out(report: &SplitReport) -> BTreeMap<String, u64> {
    let named = report
        .dropped
        .iter()
        .map(|(reason, count)| (format!("filtered {reason}"), *count));
    named
        .chain([
            ("unlabelled".to_string(), report.unlabelled),
            (QUARANTINED.to_string(), report.quarantined.len() as u64),
        ])
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Why a dataset is not part of a mixture that chose it.
pub fn held_out(held: &HeldOut) -> String {
    match held {
        HeldOut::Overlap { cluster, with } => format!("left out: `{cluster}` overlaps `{with}`, which is held out"),
        HeldOut::Shared { cluster, with } => {
            format!("left out: it is in `{cluster}` as `{with}` is, which is held out")
        }
        HeldOut::Family { family } => format!("left out: another dataset of family `{family}` is held out"),
    }
}

/// The overlaps of the clusters that occur among some datasets.
pub fn overlaps(
    catalog: &Catalog,
    datasets: &BTreeMap<String, DatasetFacts>,
) -> BTreeMap<String, std::collections::BTreeSet<String>> {
    let used = datasets.values().flat_map(|facts| &facts.clusters);
    used.filter_map(|name| Some((name.clone(), catalog.clusters.get(name)?.overlaps.clone())))
        .collect()
}

/// The manifest of what was planned and written.
pub(super) fn manifest(
    catalog: &Catalog,
    plan: &Plan<'_>,
    ids: &[String],
    states: &[State],
    done: &[Done],
    (request, frame): (&Request, Option<&Frame<'_>>),
    order: Option<String>,
) -> Manifest {
    let mut datasets: BTreeMap<String, DatasetFacts> = BTreeMap::new();
    let trained_total: u64 = done
        .iter()
        .filter(|d| d.facts.split == "train")
        .map(|d| d.facts.examples())
        .sum();
    for (at, id) in ids.iter().enumerate() {
        let facts = of_built(plan, id, at as u32, &states[at], done, trained_total);
        datasets.insert(id.clone(), facts);
    }
    for (id, part) in not_built(plan) {
        datasets.insert(id.to_string(), of_dataset(&catalog.datasets[id], &plan.mixture, &part));
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
        sample: request.sample,
        layout: match (frame, request.layout) {
            (Some(_), _) => "tokens",
            (None, Layout::InputsTargets) => "inputs-targets",
            (None, Layout::Messages) => "messages",
        }
        .to_string(),
        format: request.format.name().to_string(),
        catalog: hex(&meaning(used, &plan.mixture)),
        content: hex(&content.finish()),
        settings: settings(&plan.mixture),
        hold_out: plan.mixture.hold_out.clone(),
        overlaps: overlaps(catalog, &datasets),
        datasets,
        shards: done.iter().map(|d| d.facts.clone()).collect(),
        tokens: frame.map(token_facts),
        order,
    }
}

/// What became of a dataset that was built: `at` is its place among those, `trained_total` the examples of the training split
/// of all of them.
fn of_built(plan: &Plan<'_>, id: &str, at: u32, state: &State, done: &[Done], trained_total: u64) -> DatasetFacts {
    let (dataset, pool, report) = &plan.gathered.pools[id];
    let trained = plan.selection.trained.contains(id);
    let evaluate_all = plan.selection.evaluated.is_empty();
    let untrained = pool.kept.is_empty() && plan.gathered.missing.iter().any(|m| m.dataset == *id);
    let part = match (trained, evaluate_all) {
        (true, true) if untrained => "evaluated: its training split is absent",
        (true, _) if untrained => "missing: its training split is absent",
        (true, true) => "trained and evaluated",
        (true, false) => "trained",
        (false, _) => "evaluated",
    };
    let mut facts = of_dataset(dataset, &plan.mixture, part);
    facts.read = report.read;
    facts.rows = left_out(report);
    for (fate, count) in pool.fates.counts() {
        *facts.rows.entry(fate.reason().to_string()).or_default() += count;
    }
    facts.rows_digests = state.rows.clone();
    facts.kept = pool.kept.len() as u64;
    if let Some(quota) = plan.quotas.get(id) {
        facts.rate = quota.rate;
        facts.share = quota.share;
        facts.quota = quota.examples;
        facts.short = quota.short;
    }
    add_examples(&mut facts, at, done);
    facts.achieved = facts.examples.get("train").copied().unwrap_or(0);
    facts.achieved_share = if trained_total == 0 {
        0.0
    } else {
        facts.achieved as f64 / trained_total as f64
    };
    facts
}

/// Adds what the files that were written hold of a dataset: examples, templates, tokens, and digests over its splits.
fn add_examples(facts: &mut DatasetFacts, at: u32, done: &[Done]) {
    let mut contents: BTreeMap<&str, Hasher> = BTreeMap::new();
    for task in done {
        let split = &task.facts.split;
        for ((_, template), count) in task.tokens.iter().filter(|((dataset, _), _)| *dataset == at) {
            let templates = facts.tokens.entry(split.clone()).or_default();
            templates.entry(template.clone()).or_default().add(count);
        }
        let of_template = || task.counts.iter().filter(|((dataset, _), _)| *dataset == at);
        let count: u64 = of_template().map(|(_, count)| count).sum();
        if count == 0 {
            continue;
        }
        *facts.examples.entry(split.clone()).or_default() += count;
        if let Some(content) = task.contents.get(&at) {
            let hasher = contents.entry(split).or_insert_with(|| Hasher::new("contents"));
            hasher.part(content);
        }
        if split == "train" {
            for ((_, template), count) in of_template() {
                *facts.templates.entry(template.clone()).or_default() += count;
            }
        }
    }
    facts.content = contents
        .into_iter()
        .map(|(split, hasher)| (split.to_string(), hex(&hasher.finish())))
        .collect();
}

/// The datasets that the mixture chose and of which nothing is built, each with the reason.
fn not_built<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = (&'p str, String)> {
    let left_out = plan.selection.left_out.iter();
    let missing = plan.gathered.missing.iter().filter(|missing| missing.split.is_none());
    let untemplated = plan.gathered.untemplated.iter();
    left_out
        .map(|(id, held)| (id.as_str(), held_out(held)))
        .chain(missing.map(|missing| (missing.dataset.as_str(), "missing: its source is absent".to_string())))
        .chain(untemplated.map(|id| (id.as_str(), "not built: no template serves it".to_string())))
}

/// How the shards of tokens are made.
fn token_facts(frame: &Frame<'_>) -> TokenFacts {
    let (tokenizer, settings) = (frame.tokenizer(), frame.settings());
    let name = |value: Value| value.as_str().unwrap_or_default().to_string();
    TokenFacts {
        tokenizer: hex(&tokenizer.digest()),
        vocab: tokenizer.vocab() as u64,
        bos: tokenizer.bos(),
        eos: tokenizer.eos(),
        join: name(json!(settings.join)),
        sides: name(json!(settings.sides)),
        too_long: name(json!(settings.too_long)),
        max_inputs: settings.max_inputs as u64,
        max_targets: settings.max_targets as u64,
        seq_len: settings.seq_len as u64,
    }
}

/// `quarantine.jsonl`: the rows that were put aside, one a line, by dataset, split, file and row; `None` where there are
/// none.
pub(super) fn quarantine(plan: &Plan<'_>) -> Option<String> {
    let mut out = String::new();
    for (id, (_, _, report)) in &plan.gathered.pools {
        for row in &report.quarantined {
            // The dataset first, as a person reads it.
            let dataset = Value::from(id.as_str());
            let row = serde_json::to_string(row).expect("texts and a number");
            out.push_str(&format!("{{\"dataset\":{dataset},{}\n", &row[1..]));
        }
    }
    (!out.is_empty()).then_some(out)
}

/// `build-info.json`: what no promise of equality covers.
pub(super) fn info(request: &Request, plan: &Plan<'_>) -> anyhow::Result<String> {
    let read = plan.gathered.pools.values().flat_map(|(_, _, report)| &report.files);
    let mut names: Vec<&str> = read.map(|(name, _)| source::on_disk(name)).collect();
    names.sort_unstable();
    names.dedup();
    let place = request.place();
    let files: Vec<Value> = names
        .into_par_iter()
        .map(|name| {
            let (digest, bytes) = place.digest(name)?;
            Ok(json!({ "file": name, "bytes": bytes, "sha256": hex(&digest) }))
        })
        .collect::<anyhow::Result<_>>()?;
    let value = json!({
        "flanc": env!("CARGO_PKG_VERSION"),
        "host": { "os": std::env::consts::OS, "arch": std::env::consts::ARCH },
        "request": request,
        "files": files,
        "missing": plan.gathered.missing,
    });
    Ok(format!("{value:#}\n"))
}
