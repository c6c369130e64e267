//! `flanc fetch`: the files of sources brought here, and flanc.lock.

use std::process::ExitCode;

use serde_json::json;

use super::args::{Common, Fetch};
use super::{chosen, count, output, progress};
use crate::project::LOCK;
use crate::source::{self, FetchReport, State};
use crate::text::{count as count_of, thousands};

pub fn run(common: &Common, command: &Fetch) -> anyhow::Result<ExitCode> {
    let project = match output::sound_project(common)? {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let (source, data) = count::place(&project, &command.from);
    let bars = progress::Bars::new(common);
    let depot = progress::depot_with(&project, command.from.offline, &bars)?;
    let chosen = chosen::of_project(&project, &command.selecting)?;
    let datasets = chosen.datasets(&project);
    count::known(&datasets, &source)?;
    let request = source::Fetch {
        datasets: datasets.clone(),
        source: &source,
        data: &data,
        update: command.update,
    };
    let mut report = source::fetch(&request, &project.catalog, depot);
    bars.clear();
    // Of what was named a source is missed; of everything only some datasets have one.
    let without = datasets.iter().filter(|dataset| !dataset.sources.contains_key(&source));
    if !chosen.everything {
        report
            .absent
            .extend(without.map(|dataset| count::unknown(dataset, &source)));
    }
    let failed = !report.problems.is_empty() || !report.absent.is_empty();
    // A lock in which nothing is would say that something was fetched.
    if !(failed && report.files.is_empty()) {
        report.lock.write(&project.root)?;
    }
    if common.json() {
        output::print_json(&as_json(&report));
    } else {
        output::print(&as_text(&report, failed));
    }
    for absent in &report.absent {
        output::note(&format!("absent: {absent}"));
    }
    for problem in &report.problems {
        let help = problem
            .help
            .as_ref()
            .map_or(String::new(), |help| format!("\n  help: {help}"));
        output::note(&format!("error: {problem}{help}"));
    }
    Ok(if failed { output::outside() } else { ExitCode::SUCCESS })
}

fn as_json(report: &FetchReport) -> serde_json::Value {
    let file = |file: &source::FetchedFile| {
        json!({ "file": file.file, "state": file.state.name(), "bytes": file.locked.bytes,
            "sha256": file.locked.sha256, "rows": file.locked.rows, "revision": file.locked.revision })
    };
    json!({
        "lock": LOCK,
        "files": report.files.iter().map(file).collect::<Vec<_>>(),
        "absent": report.absent,
        "problems": report.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// A line for each file that is not as it was, and one for all.
fn as_text(report: &FetchReport, failed: bool) -> String {
    if failed && report.files.is_empty() {
        let held = report.lock.iter().map(|(_, files)| files.len()).sum();
        return match held {
            0 => format!("nothing was fetched; {LOCK} is not written\n"),
            held => format!(
                "nothing was fetched; {LOCK} stays as it was, with {}\n",
                count_of(held, "file")
            ),
        };
    }
    let mut rows = vec![["", "bytes", "rows", "file"].map(str::to_string).to_vec()];
    for file in report.files.iter().filter(|file| file.state != State::Same) {
        rows.push(vec![
            file.state.name().to_string(),
            thousands(file.locked.bytes),
            file.locked.rows.map_or("-".to_string(), thousands),
            file.file.clone(),
        ]);
    }
    let table = if rows.len() > 1 {
        output::table(&rows)
    } else {
        String::new()
    };
    format!("{table}{LOCK}: {}\n", report.summary())
}
