//! `flanc lint`: the rules over what was chosen, their fixes, and the report in the form that was asked for.

use std::process::ExitCode;

use anyhow::Context as _;

use super::args::{Common, Form, Lint};
use super::named::Named;
use super::patch::patch;
use super::{count, output};
use crate::diagnostic::{Severity, Sources};
use crate::files;
use crate::lint::rows::Data;
use crate::lint::settings::{self, Active, Asked};
use crate::lint::{self, Report, Request, fix, output as forms};
use crate::project::{self, Project};
use crate::text;

/// Fixes can make room for others; so often is a project read again.
const PASSES: usize = 8;

pub fn run(common: &Common, command: &Lint) -> anyhow::Result<ExitCode> {
    let mut project = project::load(&common.project)?;
    // A flanc.toml that cannot be read says nothing of what is to be done.
    if in_config(&project) {
        output::report(common, &project);
        return Ok(output::outside());
    }
    let asked = Asked {
        select: command.select.clone(),
        ignore: command.ignore.clone(),
        fail_on: None,
    };
    let mut active = Active::new(&project.config.lint, &asked)?;
    if let Some(level) = &command.fail_on {
        active.fail_on = settings::level(level)?;
    }
    let mut report = report(common, command, &project, &active)?;
    if command.diff {
        return Ok(diff(common, command, &project, &report));
    }
    if command.fix || command.unsafe_fixes {
        let mut fixed = 0;
        for _ in 0..PASSES {
            let (files, count) = fix::apply(&report.findings, &project.sources, command.unsafe_fixes);
            if files.is_empty() {
                break;
            }
            for (file, new) in files {
                let path = project.root.join(project.sources.name(file));
                let failed = || format!("cannot write {}", path.display());
                files::replace(&path, &new).with_context(failed)?;
            }
            fixed += count;
            project = project::load(&common.project)?;
            report = self::report(common, command, &project, &active)?;
        }
        if !common.quiet {
            output::note(&format!("{} fixed", text::count(fixed, "finding")));
        }
    }
    print(common, command, &project, &report);
    Ok(if report.fails(active.fail_on) {
        output::FOUND
    } else {
        ExitCode::SUCCESS
    })
}

fn in_config(project: &Project) -> bool {
    let mut errors = project.diagnostics.iter().filter(|d| d.is_error());
    errors.any(|d| project.sources.name(d.span.file) == "flanc.toml")
}

fn report(common: &Common, command: &Lint, project: &Project, active: &Active) -> anyhow::Result<Report> {
    let named = Named::of(project, command)?;
    let (source, _) = count::place(project, &command.from);
    let place = count::located(common, project, &command.from)?;
    let request = Request {
        active,
        parts: &named.parts(project),
        whole: named.is_everything(),
        data: (!command.no_rows).then_some(Data {
            source: &source,
            place: &place,
            rows: command.rows,
        }),
    };
    Ok(lint::lint(project, &request))
}

/// Shows what the fixes would change. The code says whether there is anything.
fn diff(common: &Common, command: &Lint, project: &Project, report: &Report) -> ExitCode {
    let (files, count) = fix::apply(&report.findings, &project.sources, command.unsafe_fixes);
    let placed = placed(common, project);
    for (file, new) in &files {
        let (name, old) = (placed.name(*file), placed.text(*file));
        output::print(&patch(name, old, new, output::paints(common)));
    }
    if !common.quiet {
        output::note(&format!("{} would be fixed", text::count(count, "finding")));
    }
    if files.is_empty() {
        ExitCode::SUCCESS
    } else {
        output::FOUND
    }
}

/// The files under their paths from where the command runs: what reads patches and annotations knows no project.
fn placed(common: &Common, project: &Project) -> Sources {
    let here = std::env::current_dir().unwrap_or_default();
    let root = common.project.as_path();
    let root = root
        .strip_prefix(".")
        .or_else(|_| root.strip_prefix(&here))
        .unwrap_or(root);
    let mut placed = Sources::default();
    for file in project.sources.ids() {
        let path = root.join(project.sources.name(file));
        placed.add(path.display().to_string(), project.sources.text(file));
    }
    placed
}

fn print(common: &Common, command: &Lint, project: &Project, report: &Report) {
    let sources = &project.sources;
    if command.statistics {
        statistics(common, report);
    } else if common.json() {
        output::print_json(&forms::json(report, project));
    } else {
        match common.finding_format() {
            Some(Form::Sarif) => output::print_json(&forms::sarif(report, &placed(common, project))),
            Some(Form::Github) => output::print(&forms::github(report, &placed(common, project))),
            Some(Form::Junit) => output::print(&forms::junit(report, sources)),
            Some(Form::Concise) => output::print(&forms::concise(report, sources)),
            _ => output::print(&forms::full(report, sources, output::paints(common))),
        }
    }
    if !common.quiet {
        summary(project, report);
    }
}

fn statistics(common: &Common, report: &Report) {
    let counts = forms::statistics(report);
    if common.json() {
        let values: Vec<_> = counts
            .iter()
            .map(|(rule, count, fixable)| {
                serde_json::json!({ "code": rule.code, "name": rule.name, "severity": rule.severity.name(),
                    "findings": count, "fixable": fixable })
            })
            .collect();
        output::print_json(&serde_json::json!({ "statistics": values }));
        return;
    }
    let mut rows = vec![
        ["code", "name", "severity", "findings", "fixable"]
            .map(str::to_string)
            .to_vec(),
    ];
    for (rule, count, fixable) in counts {
        let numbers = [count, fixable].map(|n| text::thousands(n as u64));
        let names = [rule.code, rule.name, rule.severity.name()].map(str::to_string);
        rows.push(names.into_iter().chain(numbers).collect());
    }
    output::print(&output::table(&rows));
}

/// What was looked at, what was found, and what was not looked at.
fn summary(project: &Project, report: &Report) {
    let found: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| text::count(report.count(severity), severity.name()))
        .collect();
    let mut looked = vec![
        text::count(report.datasets, "dataset"),
        text::count(report.templates, "template"),
    ];
    if report.rows > 0 {
        looked.push(text::count(report.rows, "row"));
    }
    output::note(&format!("{}: {}", looked.join(", "), found.join(", ")));
    if report.allowed > 0 {
        output::note(&format!(
            "{} allowed by comments",
            text::count(report.allowed, "finding")
        ));
    }
    if !report.without_rows.is_empty() {
        let rules = text::count(report.without_rows.len(), "rule");
        output::note(&format!("{rules} did not run: they look at rows, and none were read"));
    }
    if let Some((id, reason)) = report.no_rows.first() {
        let others = match report.no_rows.len() {
            1 => String::new(),
            many => format!(", and {} more", text::count(many - 1, "dataset")),
        };
        output::note(&format!("no rows of {id} ({reason}){others}"));
    }
    let broken = project.diagnostics.iter().filter(|d| d.is_error()).count();
    if broken > 0 {
        output::note(&format!(
            "{} of the project left something out; `flanc check` shows them",
            text::count(broken, "mistake")
        ));
    }
}
