//! `flanc score`: what predictions for a build's examples are worth, as tables, as JSON and as pages.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::answers::Score as Command;
use super::args::Common;
use super::output;
use crate::files;
use crate::report::score::{self, Report, Request};
use crate::text;

pub fn run(common: &Common, command: &Command) -> anyhow::Result<ExitCode> {
    let request = Request {
        directory: command.directory.clone(),
        predictions: command.predictions.clone(),
        split: command.split.clone(),
        rule: command.rule.clone(),
        dev: command.dev.clone(),
        allow_missing: command.allow_missing,
        part: false,
        resamples: score::RESAMPLES,
    };
    let mut report = score::score(&request)?;
    if let Some(baseline) = &command.baseline {
        let before = score::score(&Request {
            predictions: baseline.clone(),
            dev: None,
            ..request
        })?;
        report.comparison = Some(score::compare(&before, &report)?);
    }
    let write = |path: &Path, page: String| {
        files::replace(path, &page).with_context(|| format!("cannot write {}", path.display()))?;
        if !common.quiet {
            let scored = text::count(report.scored as usize, "example");
            output::note(&format!("{}: {scored}", path.display()));
        }
        anyhow::Ok(())
    };
    if let Some(path) = &command.out {
        write(path, score::page(&report))?;
    }
    if let Some(path) = &command.html {
        write(path, score::html(&report))?;
    }
    if common.json() {
        output::print_json(&serde_json::to_value(&report)?);
    } else {
        output::print(&tables(&report));
    }
    Ok(ExitCode::SUCCESS)
}

/// The report as text.
pub fn tables(report: &Report) -> String {
    let (datasets, clusters) = score::tables(report);
    let notes = score::notes(report);
    let mut out = format!("{}\n{}", output::table(&datasets), output::table(&clusters));
    if let Some(comparison) = &report.comparison {
        let (datasets, clusters) = comparison.tables();
        let tables = [output::table(&datasets), output::table(&clusters)];
        out.push_str(&format!("\nbeside {}\n\n{}", comparison.baseline, tables.join("\n")));
        if !comparison.notes.is_empty() {
            out.push('\n');
        }
        for note in &comparison.notes {
            out.push_str(&format!("note: {note}\n"));
        }
    }
    if !notes.is_empty() {
        out.push('\n');
    }
    for (about, note) in notes {
        out.push_str(&format!("note: {about}: {note}\n"));
    }
    out + &format!("\n{}\n", score::summary(report))
}
