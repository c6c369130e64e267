//! `flanc count`: what a source holds, split by split.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use anyhow::bail;

use super::args::{Common, Count, From};
use super::{chosen, output, progress};
use crate::catalog::Dataset;
use crate::project::Project;
use crate::source::{self, Budget, Place, SourceError};
use crate::text;

/// Where the files of the source lie, with the project's lock and cache.
pub fn located(common: &Common, project: &Project, from: &From) -> anyhow::Result<Place> {
    let (source, data) = place(project, from);
    let depot = progress::depot(common, project, from.offline)?;
    Ok(Place::new(data, &source, depot.into()))
}

/// The source's name and the directory its paths begin in.
pub fn place(project: &Project, from: &From) -> (String, PathBuf) {
    let build = &project.config.build;
    let data = from.data.clone().unwrap_or_else(|| project.root.join(&build.data));
    (from.source.clone().unwrap_or_else(|| build.source.clone()), data)
}

/// An error where none of some datasets has a source, which is a name mistyped and nothing that they lack.
pub fn known(datasets: &[&Dataset], source: &str) -> anyhow::Result<()> {
    let has = |dataset: &&Dataset| dataset.sources.contains_key(source);
    match datasets {
        [] => Ok(()),
        [one] if !has(one) => bail!("{}", unknown(one, source)),
        several if !several.iter().any(has) => {
            let names: BTreeSet<&str> = several
                .iter()
                .flat_map(|dataset| dataset.sources.keys().map(String::as_str))
                .collect();
            let near = text::suggest(source, names.iter().copied());
            let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            bail!(
                "none of {} has a source named `{source}`{near}\nhelp: name one with --source; they have {}",
                text::count(several.len(), "dataset"),
                text::list(&names.into_iter().collect::<Vec<_>>())
            )
        }
        _ => Ok(()),
    }
}

/// That a dataset has no such source, and which it has.
pub fn unknown(dataset: &Dataset, source: &str) -> String {
    format!(
        "dataset `{}` has no source named `{source}`, {}",
        dataset.id,
        dataset.only_sources()
    )
}

pub fn run(common: &Common, command: &Count) -> anyhow::Result<ExitCode> {
    let (project, mut code) = output::usable_project(common)?;
    let (source, _) = place(&project, &command.from);
    let place = located(common, &project, &command.from)?;
    let chosen = chosen::of_project(&project, &command.selecting)?;
    let datasets = chosen.datasets(&project);
    known(&datasets, &source)?;
    let header = [
        "dataset",
        "split",
        "read",
        "dropped",
        "unlabelled",
        "quarantined",
        "kept",
    ];
    let mut rows = vec![header.map(str::to_string).to_vec()];
    let mut values = Vec::new();
    for dataset in datasets {
        let id = &dataset.id;
        let Some(from) = dataset.sources.get(&source) else {
            output::note(&format!("absent: {}", unknown(dataset, &source)));
            // Of what was named it is missed; of everything only some datasets have a source.
            if !chosen.everything {
                code = output::outside();
            }
            continue;
        };
        for (split, declared) in &from.splits {
            match source::read_split(dataset, split, declared, &place, &Budget::unlimited()) {
                Ok((kept, report)) => {
                    let dropped: u64 = report.dropped.iter().map(|(_, n)| n).sum();
                    let aside = report.quarantined.len() as u64;
                    let cells = [report.read, dropped, report.unlabelled, aside, kept.len() as u64];
                    let numbers = cells.map(text::thousands);
                    rows.push([id.clone(), split.clone()].into_iter().chain(numbers).collect());
                    values.push(json!({ "dataset": id, "split": split, "read": cells[0],
                        "dropped": report.dropped.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
                        "unlabelled": cells[2], "quarantined": aside, "kept": cells[4] }));
                }
                Err(error @ SourceError::Absent { .. }) => {
                    output::note(&format!("absent: {error}"));
                    // What is said to be absent is not missed.
                    if declared.absent.is_none() {
                        code = output::outside();
                    }
                }
                Err(error) => {
                    output::note(&format!("error: {error}"));
                    code = output::outside();
                }
            }
        }
    }
    if common.json() {
        output::print_json(&json!({ "splits": values }));
    } else {
        output::print(&output::table(&rows));
    }
    Ok(code)
}
