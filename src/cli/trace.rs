//! `flanc trace`: an example back to its source row.

use std::process::ExitCode;

use serde_json::json;

use super::args::{Common, Trace};
use super::unified::{self, Paint};
use super::{chosen, output, progress};
use crate::build::{self, Traced};
use crate::project::Project;
use crate::select::{Kind, Select, Subject};

pub fn run(common: &Common, command: &Trace) -> anyhow::Result<ExitCode> {
    let project = match output::sound_project(common)? {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let select = Select::parse(&command.selection, Kind::BUILD)?;
    let default = || chosen::build_directory(&project);
    let directory = command.directory.clone().unwrap_or_else(default);
    let mut traced = build::trace(
        &project.catalog,
        progress::depot(common, &project, false)?.into(),
        &directory,
        &command.row,
    )?;
    if !select.is_everything() {
        let subjects: Vec<Subject> = traced.iter().map(|t| subject(&project, t)).collect();
        let chosen = select
            .choose(&subjects)?
            .map_err(|nothing| anyhow::anyhow!(nothing.0))?;
        let mut flags = chosen.into_iter();
        traced.retain(|_| flags.next().unwrap_or_default());
    }
    let equal = traced.iter().all(|t| t.equal);
    if common.json() {
        output::print_json(&json!({ "examples": traced }));
    } else {
        let paint = Paint::new(output::paints(common));
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
            if !t.equal {
                output::print(&difference(t, paint));
            }
        }
    }
    if !equal {
        output::note("the project or its sources have changed since this was built");
    }
    Ok(if equal { ExitCode::SUCCESS } else { output::FOUND })
}

/// The example as it was built and as it is rendered now, as one text.
fn difference(traced: &Traced, paint: Paint) -> String {
    // A build of tokens has rows of them, and no texts; an example of another split has its row no more.
    let Some(now) = &traced.now else {
        return "  there is no text to show beside the one that was built\n".to_string();
    };
    let mut out = String::new();
    if now.template != traced.template {
        out.push_str(&format!("  template {} → {}\n", traced.template, now.template));
    }
    let texts =
        |system: &Option<String>, inputs: &String, targets: &String| (system.clone(), inputs.clone(), targets.clone());
    let before = texts(&traced.system, &traced.inputs, &traced.targets);
    if before == texts(&now.system, &now.inputs, &now.targets) {
        return out + "  its texts are the same; other columns differ\n";
    }
    out.push_str(&unified::part(
        "system",
        traced.system.as_deref(),
        now.system.as_deref(),
        paint,
    ));
    out.push_str(&unified::part("input", Some(&traced.inputs), Some(&now.inputs), paint));
    out.push_str(&unified::part(
        "target",
        Some(&traced.targets),
        Some(&now.targets),
        paint,
    ));
    out
}

/// A traced example by what it can be selected by.
fn subject(project: &Project, traced: &Traced) -> Subject {
    let dataset = project.catalog.datasets.get(&traced.dataset);
    let of = |d: &crate::catalog::Dataset| d.templates.iter().find(|t| t.name == traced.template).map(|t| t.role);
    Subject {
        dataset: traced.dataset.clone(),
        template: Some(traced.template.clone()),
        role: dataset.and_then(of).map(|role| role.name().to_string()),
        split: Some(traced.split.clone()),
        ..dataset.map(chosen::subject).unwrap_or_default()
    }
}
