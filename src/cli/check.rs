//! `flanc check`: parse and resolve, and report the mistakes of all or of what was selected.

use std::process::ExitCode;

use super::args::{Check, Common};
use super::chosen::{self, Chosen};
use super::output;
use crate::diagnostic::{self, Diagnostic};
use crate::project::{self, Project};
use crate::text;

pub fn run(common: &Common, command: &Check) -> anyhow::Result<ExitCode> {
    let mut project = project::load(&common.project)?;
    let chosen = chosen::of_declared(&project, &command.selecting)?;
    let mut elsewhere = 0;
    if !chosen.everything {
        let all = std::mem::take(&mut project.diagnostics);
        let (of, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|d| concerns(&project, &chosen, d));
        project.diagnostics = of;
        elsewhere = others.len();
    }
    if common.json() || !project.diagnostics.is_empty() {
        output::report(common, &project);
    }
    if elsewhere > 0 && !common.quiet {
        output::note(&format!("{} elsewhere", text::count(elsewhere, "finding")));
    }
    if diagnostic::has_errors(&project.diagnostics) {
        return Ok(output::FOUND);
    }
    if !common.json() && !common.quiet {
        let datasets = chosen.datasets(&project);
        let templates: usize = datasets.iter().map(|dataset| chosen.templates(dataset).len()).sum();
        let mut counts = vec![
            text::count(datasets.len(), "dataset"),
            text::count(templates, "template"),
        ];
        if chosen.everything {
            counts.push(text::count(project.catalog.mixtures.len(), "mixture"));
        }
        output::print(&format!("{}: no mistakes\n", counts.join(", ")));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a finding stands in an item of the chosen datasets, or beside them in a file, in no item at all.
fn concerns(project: &Project, chosen: &Chosen, diagnostic: &Diagnostic) -> bool {
    let at = diagnostic.span;
    let mut around = project.outline.iter().filter(|item| item.span.file == at.file);
    let of = |datasets: &[String]| datasets.iter().any(|id| chosen.has_dataset(id));
    let inside = |start: usize, end: usize| start <= at.start && at.end <= end;
    match around.clone().find(|item| inside(item.span.start, item.span.end)) {
        Some(item) => of(&item.datasets),
        None => around.any(|item| of(&item.datasets)),
    }
}
