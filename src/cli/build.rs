//! `flanc build`: a mixture into its directory, and the table of what it is made of.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::ensure;
use serde_json::json;

use super::args::{Build, Common, LayoutName, ShardByName};
use super::{count, output, progress};
use crate::build::{self, Built, Request, ShardBy, Step};
use crate::project::Project;
use crate::shard::{self, DatasetFacts, Format, Layout, Manifest, TokenCounts};
use crate::text::{self, thousands};

pub fn run(common: &Common, command: &Build) -> anyhow::Result<ExitCode> {
    let project = match output::sound_project(common)? {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let begun = Instant::now();
    let bars = progress::Bars::new(common);
    let request = request(common, command, &project, &bars)?;
    let bar = bars.steps();
    let step = |step: Step| match step {
        Step::Reading { datasets } => bar.set_length(datasets as u64),
        Step::Read { dataset } => {
            bar.set_message(format!("reading {dataset}"));
            bar.inc(1);
        }
        Step::Writing { examples } => {
            bar.set_message("writing examples");
            bar.set_position(0);
            bar.set_length(examples);
        }
        Step::Wrote { examples } => bar.inc(examples),
    };
    if command.dry_run {
        let plan = build::plan(&project.catalog, &request, &build::Tally::default(), &step)?;
        bar.finish_and_clear();
        dry_run(common, &plan);
        return Ok(ExitCode::SUCCESS);
    }
    let built = build::run(&project.catalog, &request, &step)?;
    bar.finish_and_clear();
    if common.json() {
        output::print_json(
            &json!({ "directory": request.out, "manifest": built.manifest, "missing": built.missing,
            "without_templates": built.untemplated, "silent_templates": built.silent, "work": built.work, "seconds": begun.elapsed().as_secs_f64() }),
        );
        return Ok(ExitCode::SUCCESS);
    }
    output::print(&summary(&built, &request, begun.elapsed().as_secs_f64()));
    Ok(ExitCode::SUCCESS)
}

fn request(common: &Common, command: &Build, project: &Project, bars: &progress::Bars) -> anyhow::Result<Request> {
    let config = &project.config.build;
    let mixture = command.mixture.clone().unwrap_or_else(|| project.mixture().to_string());
    let declared = &project.catalog.mixtures;
    ensure!(
        command.mixture.is_some() || declared.is_empty() || declared.contains_key(&mixture),
        "`{mixture}` is what is built where nothing is said, and no mixture has that name\n\
         help: name one of {}, or set `mixture` in flanc.toml",
        text::list(&declared.keys().collect::<Vec<_>>())
    );
    let out = match (&command.out, &config.out) {
        (Some(out), _) => out.clone(),
        (None, Some(out)) => project.root.join(out),
        (None, None) => project.root.join("build").join(&mixture),
    };
    let (source, data) = count::place(project, &command.from);
    let format = common.shard_format().unwrap_or(match config.format.as_str() {
        "arrow" => Format::Arrow,
        "jsonl" => Format::Jsonl,
        _ => Format::Parquet,
    });
    let layout = match command.layout {
        Some(LayoutName::Messages) => Layout::Messages,
        Some(LayoutName::InputsTargets | LayoutName::Tokens) => Layout::InputsTargets,
        None if config.layout == "messages" => Layout::Messages,
        None => Layout::InputsTargets,
    };
    let packed = command.layout == Some(LayoutName::Tokens);
    let profile = project.catalog.mixtures.get(&mixture).map(|mixture| mixture.profile);
    let tokens = command
        .tokenizer
        .named(packed.then(|| command.frame.settings(command.seq_len, profile)));
    ensure!(
        !packed || tokens.is_some(),
        "`--layout tokens` needs to know of which tokenizer\nhelp: name one with `--tokenizer PATH`; `--tokenizer bytes` is built in"
    );
    let depot = progress::depot_with(project, command.from.offline, bars)?;
    Ok(Request {
        mixture,
        source,
        // In full, so that `trace` finds it from any directory.
        data: std::path::absolute(&data).unwrap_or(data),
        allow_missing: command.allow_missing || config.allow_missing,
        out,
        threads: command.threads.unwrap_or(config.threads),
        seed: command.seed.or(config.seed),
        shards: command.shards.unwrap_or(config.shards),
        shard_by: match command.shard_by {
            ShardByName::Mixture => ShardBy::Mixture,
            ShardByName::Dataset => ShardBy::Dataset,
        },
        sample: command.sample,
        format,
        layout,
        tokens,
        zstd: command.zstd.unwrap_or(shard::ZSTD),
        memory: command.memory.unwrap_or(build::MEMORY),
        cache: (!command.no_cache).then(|| project.root.join(".flanc").join("cache")),
        depot: depot.into(),
    })
}

fn dry_run(common: &Common, plan: &build::Plan<'_>) {
    if common.json() {
        let datasets: serde_json::Map<String, serde_json::Value> = plan
            .quotas
            .iter()
            .map(|(id, q)| {
                (
                    id.clone(),
                    json!({ "rate": q.rate, "share": q.share, "quota": q.examples, "short": q.short }),
                )
            })
            .collect();
        output::print_json(&json!({ "datasets": datasets, "missing": plan.gathered.missing }));
        return;
    }
    let mut rows = vec![["dataset", "rate", "share", "examples"].map(str::to_string).to_vec()];
    for (id, quota) in &plan.quotas {
        rows.push(vec![
            id.clone(),
            format!("{:.0}", quota.rate),
            percent(quota.share),
            thousands(quota.examples),
        ]);
    }
    output::print(&output::table(&rows));
    output::print("nothing was written\n");
}

fn percent(share: f64) -> String {
    format!("{:.3} %", share * 100.0)
}

fn summary(built: &Built, request: &Request, seconds: f64) -> String {
    let manifest = &built.manifest;
    let mut out = table(manifest);
    let mut notes: Vec<String> = Vec::new();
    for (id, facts) in &manifest.datasets {
        if facts.part.starts_with("left out") {
            notes.push(format!("{id} {}", facts.part));
        }
        if let Some(rows) = facts.rows.get(shard::QUARANTINED) {
            notes.push(format!(
                "{id} has {} that cannot be read as declared, listed in {}",
                text::count(*rows as usize, "row"),
                show_path(&request.out.join(shard::QUARANTINE))
            ));
        }
        if facts.short > 0 {
            notes.push(format!(
                "{id} gives {} fewer than its rate asks for, since its rows may not be used more often",
                text::count(facts.short as usize, "example")
            ));
        }
        if facts.quota > facts.achieved {
            notes.push(format!(
                "{id} gives {} fewer than its quota",
                text::count((facts.quota - facts.achieved) as usize, "example")
            ));
        }
    }
    for missing in &built.missing {
        notes.push(match &missing.split {
            Some(split) => format!("{} lacks its split `{split}`: {}", missing.dataset, missing.reason),
            // Where nothing else is there, nobody takes its share.
            None if !built.manifest.datasets.values().any(DatasetFacts::is_learned_from) => {
                format!("{} is missing: {}", missing.dataset, missing.reason)
            }
            None => format!(
                "{} is missing, and its share went to the others: {}",
                missing.dataset, missing.reason
            ),
        });
    }
    for of in &built.silent {
        notes.push(format!(
            "{}/{} gives no example: its guard keeps every row out, or it fails; `flanc lint {}/{}` says which",
            of.dataset, of.template, of.dataset, of.template
        ));
    }
    let trained = manifest.datasets.values().map(|facts| facts.achieved).sum::<u64>();
    if trained == 0 {
        notes.push(
            "there is no example to train on: no dataset that the mixture trains on has rows and templates".to_string(),
        );
    }
    if !built.untemplated.is_empty() {
        notes.push(format!(
            "not built, for want of templates: {}",
            built.untemplated.join(", ")
        ));
    }
    if !notes.is_empty() {
        out.push_str(&format!("\n{}\n", notes.join("\n")));
    }
    let mut splits: Vec<(String, u64)> = Vec::new();
    for shard in &manifest.shards {
        match splits.iter_mut().find(|(split, _)| *split == shard.split) {
            Some((_, rows)) => *rows += shard.examples(),
            None => splits.push((shard.split.clone(), shard.examples())),
        }
    }
    let splits: Vec<String> = splits
        .into_iter()
        .map(|(split, rows)| format!("{split} {}", thousands(rows)))
        .collect();
    out.push_str(&format!(
        "\n{}: {} in {:.1} s, content {}\n",
        show_path(&request.out),
        splits.join(", "),
        seconds,
        &manifest.content[..16]
    ));
    out.push_str(&token_notes(manifest));
    let work = built.work;
    if work.rows_kept + work.reused + work.shards_kept > 0 {
        out.push_str(&format!(
            "{} read and {} known; {} rendered and {} taken over, and {} whole\n",
            text::count(work.rows_read as usize, "row"),
            thousands(work.rows_kept),
            text::count(work.rendered as usize, "example"),
            thousands(work.reused),
            text::count(work.shards_kept as usize, "shard"),
        ));
    }
    out
}

/// What tokenising came to, and what it cost, by dataset; nothing for a build of texts.
fn token_notes(manifest: &Manifest) -> String {
    let Some(how) = &manifest.tokens else {
        return String::new();
    };
    let mut out = String::new();
    let header = [
        "dataset",
        "tokens",
        "with a loss",
        "inputs lost",
        "targets lost",
        "too long",
    ];
    let mut rows = vec![header.map(str::to_string).to_vec()];
    for (id, facts) in &manifest.datasets {
        let mut sum = TokenCounts::default();
        facts
            .tokens
            .values()
            .flat_map(|split| split.values())
            .for_each(|count| sum.add(count));
        if sum == TokenCounts::default() {
            continue;
        }
        let lost = |examples: u64, tokens: u64| match examples {
            0 => "0".to_string(),
            _ => format!(
                "{} of {}",
                text::count(tokens as usize, "token"),
                text::count(examples as usize, "example")
            ),
        };
        rows.push(vec![
            id.clone(),
            thousands(sum.tokens),
            thousands(sum.supervised),
            lost(sum.inputs_trimmed, sum.inputs_lost),
            lost(sum.targets_trimmed, sum.targets_lost),
            thousands(sum.too_long + sum.empty_target),
        ]);
    }
    out.push_str(&format!("\n{}", output::table(&rows)));
    for split in ["train", "validation"] {
        let of = manifest.shards.iter().filter(|shard| shard.split == split);
        let (rows, tokens) = of.fold((0, 0), |(rows, tokens), shard| {
            (rows + shard.rows, tokens + shard.tokens.map_or(0, |of| of.tokens))
        });
        if rows > 0 {
            let fill = tokens as f64 / (rows * how.seq_len) as f64;
            out.push_str(&format!(
                "{split}: {} in {} of at most {}, {:.1} % full\n",
                text::count(tokens as usize, "token"),
                text::count(rows as usize, "row"),
                thousands(how.seq_len),
                fill * 100.0
            ));
        }
    }
    out
}

fn show_path(path: &std::path::Path) -> String {
    let path: PathBuf = path
        .components()
        .filter(|c| *c != std::path::Component::CurDir)
        .collect();
    path.display().to_string()
}

/// One line a dataset: what was read, what became of it, what it gives.
fn table(manifest: &Manifest) -> String {
    let header = ["dataset", "read", "kept", "examples", "target", "achieved", "left out"];
    let mut rows = vec![header.map(str::to_string).to_vec()];
    let mut total = (0, 0, 0);
    for (id, facts) in manifest.datasets.iter().filter(|(_, f)| f.read > 0) {
        let examples = facts.achieved;
        total = (total.0 + facts.read, total.1 + facts.kept, total.2 + examples);
        rows.push(vec![
            id.clone(),
            thousands(facts.read),
            thousands(facts.kept),
            thousands(examples),
            percent(facts.share),
            percent(facts.achieved_share),
            reasons(facts),
        ]);
    }
    let total = [total.0, total.1, total.2].map(thousands);
    rows.push(["total".to_string()].into_iter().chain(total).collect());
    output::table(&rows)
}

/// `3 reserved, 1 filtered no goal`: why rows are not in the training split.
fn reasons(facts: &DatasetFacts) -> String {
    let counted = facts
        .rows
        .iter()
        .filter(|(reason, count)| *reason != "used" && **count > 0);
    counted
        .map(|(reason, count)| format!("{} {reason}", thousands(*count)))
        .collect::<Vec<_>>()
        .join(", ")
}
