//! `flanc check`: parse and resolve.

use std::process::ExitCode;

use super::args::{Check, Common};
use super::output;
use crate::diagnostic;
use crate::project;
use crate::text;

pub fn run(common: &Common, _command: &Check) -> anyhow::Result<ExitCode> {
    let project = project::load(&common.project)?;
    if common.json() || !project.diagnostics.is_empty() {
        output::report(common, &project);
    }
    if diagnostic::has_errors(&project.diagnostics) {
        return Ok(output::FOUND);
    }
    if !common.json() && !common.quiet {
        let catalog = &project.catalog;
        let templates: usize = catalog.datasets.values().map(|d| d.templates.len()).sum();
        output::print(&format!(
            "{}, {}, {}: no mistakes\n",
            text::count(catalog.datasets.len(), "dataset"),
            text::count(templates, "template"),
            text::count(catalog.mixtures.len(), "mixture"),
        ));
    }
    Ok(ExitCode::SUCCESS)
}
