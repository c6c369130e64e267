//! `flanc trace`: an example back to its source row.

use std::process::ExitCode;

use serde_json::json;

use super::args::{Common, Trace};
use super::{output, progress};
use crate::build;

pub fn run(common: &Common, command: &Trace) -> anyhow::Result<ExitCode> {
    let project = match output::sound_project(common)? {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let config = &project.config.build;
    let default = || match &config.out {
        Some(out) => project.root.join(out),
        None => project.root.join("build").join(&config.mixture),
    };
    let directory = command.directory.clone().unwrap_or_else(default);
    let traced = build::trace(
        &project.catalog,
        progress::depot(common, &project, false)?.into(),
        &directory,
        &command.row,
    )?;
    let equal = traced.iter().all(|t| t.equal);
    if common.json() {
        output::print_json(&json!({ "examples": traced }));
    } else {
        for t in &traced {
            let which = if t.identical > 1 {
                format!(", one of {} identical rows", t.identical)
            } else {
                String::new()
            };
            let verdict = if t.equal {
                "rendered again: equal"
            } else {
                "rendered again: NOT equal"
            };
            output::print(&format!(
                "{} · {} · {} in {}\n  from {}, row {}{which}\n  {verdict}\n",
                t.dataset, t.template, t.split, t.shard, t.file, t.row
            ));
        }
    }
    if !equal {
        output::note("the project or its sources have changed since this was built");
    }
    Ok(if equal { ExitCode::SUCCESS } else { output::FOUND })
}
