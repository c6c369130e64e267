//! `flanc check`: parse and resolve, and report the mistakes of all or of what was selected.

use std::process::ExitCode;

use super::args::{Check, Common};
use super::chosen;
use super::output;
use crate::diagnostic;
use crate::project;
use crate::text;

pub fn run(common: &Common, command: &Check) -> anyhow::Result<ExitCode> {
    let mut project = project::load(&common.project)?;
    let chosen = chosen::of_declared(&project, &command.selecting)?;
    let mut elsewhere = 0;
    if !chosen.everything {
        let all = std::mem::take(&mut project.diagnostics);
        let (of, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|d| chosen.concerns(&project, d.span));
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
