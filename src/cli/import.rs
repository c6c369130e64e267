//! `flanc import`: somebody else's prompt collection as a project of its own.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::args::{Collection, Common, Import};
use super::output;
use crate::import::{self, Imported};
use crate::text;

pub fn run(common: &Common, command: &Import) -> anyhow::Result<ExitCode> {
    let out = &command.out;
    let filled = out.is_dir() && fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if filled && !command.force {
        bail!(
            "{} has something in it; name another directory, or say --force to write into it",
            out.display()
        );
    }
    let Imported { files, report, .. } = match command.collection {
        Collection::Promptsource => import::promptsource(&command.path)?,
        Collection::Flan => import::flan(&command.path)?,
    };
    for (path, text) in &files {
        let path = out.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if common.json() {
        output::print_json(&serde_json::to_value(&report)?);
        return Ok(ExitCode::SUCCESS);
    }
    output::print(&format!(
        "{} of {} translated, for {}: {}\n",
        text::thousands(report.translated as u64),
        text::count(report.templates, "template"),
        text::count(report.datasets, "dataset"),
        out.display()
    ));
    if !common.quiet && report.translated < report.templates {
        let mut rows = vec![vec!["not translated".to_string(), "templates".to_string()]];
        for (reason, count) in report.reasons().into_iter().take(20) {
            rows.push(vec![text::excerpt(reason, 90).to_string(), count.to_string()]);
        }
        output::note(output::table(&rows).trim_end());
        output::note(&format!("all of them: {}", out.join("IMPORT.md").display()));
    }
    Ok(ExitCode::SUCCESS)
}
