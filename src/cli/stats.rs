//! `flanc stats`: what a built directory holds, as tables, as JSON and as one page.

use std::process::ExitCode;

use anyhow::Context as _;

use super::args::{By, Common, Stats as Command};
use super::output;
use crate::files;
use crate::report::stats::{self, Group, Stats, Summary, percent};
use crate::text::{self, thousands};

pub fn run(common: &Common, command: &Command) -> anyhow::Result<ExitCode> {
    let stats = stats::measure(&command.directory, &command.selection)?;
    if let Some(path) = &command.html {
        files::replace(path, &stats::page(&stats)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if common.json() {
        output::print_json(&serde_json::to_value(&stats)?);
    } else if command.html.is_none() {
        output::print(&tables(&stats, &command.by));
    }
    if let (Some(path), false) = (&command.html, common.quiet) {
        output::note(&format!(
            "{}: {}",
            path.display(),
            text::count(stats.examples as usize, "example")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The tables that were asked for. All but the first are of one split: `train`, or the first that is selected.
fn tables(stats: &Stats, by: &[By]) -> String {
    let split = stats.splits.first().map_or("train", |group| group.name.as_str());
    let mut parts = Vec::new();
    for what in by {
        let of = |groups: &'_ [Group]| -> Vec<Group> {
            groups.iter().filter(|group| group.split == split).cloned().collect()
        };
        parts.push(match what {
            By::Split => groups(&stats.splits, "split"),
            By::Cluster => groups(&of(&stats.clusters), "cluster"),
            By::Dataset => groups(&of(&stats.datasets), "dataset"),
            By::Template => groups(&of(&stats.templates), "template"),
            By::Role => groups(&of(&stats.roles), "role"),
            By::Label => labels(stats, split),
        });
    }
    parts.retain(|part| !part.is_empty());
    let mut out = parts.join("\n");
    if by.iter().any(|what| *what != By::Label) {
        out.push_str("\nWords in and out: least, median, 90 %, 99 %, most. Bytes are in `--format json`.\n");
    }
    if stats.splits.len() > 1 && by.first() == Some(&By::Split) && by.len() > 1 {
        let others: Vec<String> = stats.splits[1..]
            .iter()
            .map(|group| format!("split:{}", group.name))
            .collect();
        out.push_str(&format!(
            "\nThese are of `{split}`; {} shows another split.\n",
            text::list(&others).replace(" and ", " or ")
        ));
    }
    out
}

fn groups(groups: &[Group], kind: &str) -> String {
    let targets = groups.iter().any(|group| group.target_share.is_some());
    let (inputs, outputs) = (
        lengths(groups.iter().map(|group| &group.inputs.words)),
        lengths(groups.iter().map(|group| &group.targets.words)),
    );
    let mut head = vec![kind, "examples", "share"];
    if targets {
        head.push("target");
    }
    head.extend(["words in", "words out", "repeated"]);
    let mut rows = vec![head.into_iter().map(str::to_string).collect::<Vec<_>>()];
    for ((group, inputs), outputs) in groups.iter().zip(inputs).zip(outputs) {
        let mut row = vec![group.name.clone(), thousands(group.examples), percent(group.share)];
        if targets {
            row.push(group.target_share.map_or("-".to_string(), percent));
        }
        row.extend([inputs, outputs, thousands(group.repeated_inputs)]);
        rows.push(row);
    }
    output::table(&rows)
}

/// Five numbers of each, below each other.
fn lengths<'a>(all: impl Iterator<Item = &'a Summary>) -> Vec<String> {
    let numbers: Vec<[String; 5]> = all
        .map(|of| [of.min, of.median, of.p90, of.p99, of.max].map(|n| thousands(u64::from(n))))
        .collect();
    let width = |at: usize| numbers.iter().map(|row| row[at].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let cell = |row: &[String; 5]| {
        let padded = row
            .iter()
            .zip(&widths)
            .map(|(number, width)| format!("{number:>width$}"));
        padded.collect::<Vec<_>>().join(" ")
    };
    numbers.iter().map(cell).collect()
}

/// A line for each dataset with options: how often each label is right, or each place.
fn labels(stats: &Stats, split: &str) -> String {
    let mut lines = Vec::new();
    for labels in stats.labels.iter().filter(|labels| labels.split == split) {
        let parts = labels
            .labels
            .iter()
            .map(|l| format!("{} {}", text::excerpt(&l.label, 30), percent(l.share)));
        lines.push((labels.dataset.clone(), 0, parts.collect::<Vec<_>>().join(" · ")));
    }
    for places in stats.positions.iter().filter(|places| places.split == split) {
        if stats
            .labels
            .iter()
            .any(|labels| labels.split == split && labels.dataset == places.dataset)
        {
            continue;
        }
        let total: u64 = places.examples.iter().sum();
        let share = |count: &u64| if total == 0 { 0.0 } else { *count as f64 / total as f64 };
        let parts = places
            .examples
            .iter()
            .enumerate()
            .map(|(at, n)| format!("{}. {}", at + 1, percent(share(n))));
        lines.push((
            places.dataset.clone(),
            places.options,
            parts.collect::<Vec<_>>().join(" · "),
        ));
    }
    if lines.is_empty() {
        return String::new();
    }
    lines.sort();
    let mut rows = vec![vec!["dataset".to_string(), "right option".to_string()]];
    rows.extend(lines.into_iter().map(|(dataset, _, parts)| vec![dataset, parts]));
    output::table(&rows)
}
